"""A cache tier in front of nodes: nginx, with a configuration of our writing.

What the origin says in Cache-Control is what the edge keeps: media for ever (as long as there is room), playlists for a
moment. However many viewers there are, a node answers each thing once: requests for what is on its way wait for it, a
blocked playlist too. When a node fails the next one is asked, and when all fail what is there is served.
"""

import os
import pwd
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from yiwang.base.errors import UsageError
from yiwang.store.config_file import Config

KEY_ZONE_MB = 64
"""Half a million names: an hour of a thousand channels in three tracks."""
BLOCKED_S = 60
"""A playlist or part that is waited for comes within three target durations, each at most 20 s."""
UNPRIVILEGED = "www-data"


@dataclass(frozen=True, slots=True)
class Regional:
    """What a cache must know of restrictions by region: each region has its own copy of what not all may have (ADR 61).

    Parameters
    ----------
    prefixes : tuple of (prefix, region)
    services : tuple of str               patterns of ids
    choices : tuple of str                regions that viewers may say they are in
    """

    prefixes: tuple[tuple[str, str], ...]
    services: tuple[str, ...]
    choices: tuple[str, ...] = ()


def regional_of(config: Config) -> Regional | None:
    """Return what an edge before a node of this config must know; None: nothing is restricted."""
    if not config.restriction:
        return None
    prefixes = tuple((prefix, region.id) for region in config.region for prefix in region.prefixes)
    services = tuple(dict.fromkeys(pattern for rule in config.restriction for pattern in rule.services))
    choices = tuple(region.id for region in config.region) if config.viewers.choice != "no" else ()
    return Regional(prefixes, services, choices)


@dataclass(frozen=True, slots=True)
class Edge:
    """What the cache tier is.

    Parameters
    ----------
    nodes : tuple of str          their URLs, all http or all https
    host, port                    where viewers come in
    folder : Path                 cache and process id
    cache_gb : float              disk for media
    certificate, key : Path       of TLS; None: plain HTTP
    regional : Regional           the nodes' restrictions; None: what some may not have goes through, and is not kept
    """

    nodes: tuple[str, ...]
    host: str
    port: int
    folder: Path
    cache_gb: float = 10.0
    certificate: Path | None = None
    key: Path | None = None
    regional: Regional | None = None


def check(edge: Edge) -> None:
    """Refuse what nginx would not understand, in one line. Raises UsageError."""
    if not edge.nodes:
        raise UsageError("edge: name at least one node, as in: yiwang edge http://[::1]:8080")
    for node in edge.nodes:
        parts = urlsplit(node)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
            raise UsageError(f"edge: {node}: expected the URL of a node, as in http://[2001:db8::1]:8080")
        if not re.fullmatch(r"[0-9A-Za-z.:%_-]+", parts.hostname):
            raise UsageError(f"edge: {node}: {parts.hostname!r} is no host name")
        try:
            _ = parts.port
        except ValueError:
            raise UsageError(f"edge: {node}: expected a port of 1 to 65535") from None
    if len({urlsplit(node).scheme for node in edge.nodes}) > 1:
        raise UsageError("edge: some nodes are http and some https; name them all alike")
    if (edge.certificate is None) != (edge.key is None):
        raise UsageError("edge: --certificate and --key belong together")
    for file in (edge.certificate, edge.key):
        if file is not None and not file.is_file():
            raise UsageError(f"edge: {file}: no such file")
    if not 0 < edge.port < 65536:
        raise UsageError(f"--port {edge.port}: expected 1 to 65535")
    if not edge.cache_gb > 0:
        raise UsageError(f"--cache-gb {edge.cache_gb}: expected more than 0")


def find_nginx() -> str:
    """Return the program's path. Raises UsageError."""
    path = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if path is None:
        raise UsageError("edge: nginx is not installed: apt-get install nginx")
    return path


def nginx_configuration(edge: Edge) -> str:
    """Return the text of nginx.conf, whose paths are relative to the folder."""
    scheme = urlsplit(edge.nodes[0]).scheme
    tls = f" ssl http2;\n    ssl_certificate {_quoted(edge.certificate)};\n    ssl_certificate_key {_quoted(edge.key)}"
    return _TEMPLATE.format(
        user=_user(),
        cache_mb=max(1, round(edge.cache_gb * 1000)),
        zone_mb=KEY_ZONE_MB,
        servers="\n".join(f"    server {_authority(node)} max_fails=2 fail_timeout=3s;" for node in edge.nodes),
        listen=_listen(edge),
        tls=tls if edge.certificate is not None else "",
        scheme=scheme,
        blocked_s=BLOCKED_S,
        tries=min(3, len(edge.nodes)),
        regions=_regions(edge.regional) if edge.regional is not None else "",
        regional=_regional(edge.regional, scheme) if edge.regional is not None else "",
    )


def _regions(regional: Regional) -> str:
    """Return what tells where a viewer is, by his address and by what he says; the node decides by the same rules."""
    by_address = "\n".join(f"    {prefix} {region};" for prefix, region in regional.prefixes)
    by_choice = "\n".join(f"    {region} {region};" for region in regional.choices)
    return f"""
  geo $region {{
    default "-";
{by_address}
  }}
  map $cookie_{COOKIE} $chosen {{
    default "-";
{by_choice}
  }}
"""


def _regional(regional: Regional, scheme: str) -> str:
    """Return the places of what not all may have: the nodes forbid shared caches to keep it, and this one keeps regions apart.

    Refusals and redirections are kept by nobody.
    """
    ids = "|".join("".join(_IN_PATTERN.get(c, re.escape(c)) for c in pattern) for pattern in regional.services)
    names = rf"^/live/(?:{ids})/"
    return "".join(
        _PLACE.format(pattern=names + ending, life=life, scheme=scheme)
        for ending, life in ((r"[^/]+/[^/]+\.(?:m4s|mp4|vtt|ts)$", "1h"), ("", "1s"))
    )


def _user() -> str:
    """Workers of a root process are the user that Debian's nginx has."""
    if os.geteuid() != 0:
        return ""
    try:
        pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        return "user nobody;\n"
    return f"user {UNPRIVILEGED};\n"


def _quoted(path: Path | None) -> str:
    text = str(path.absolute() if path is not None else "")
    if re.search(r'["\\$\n]', text):
        raise UsageError(f"edge: {text}: a path with quotes, backslashes or $ is not for nginx")
    return f'"{text}"'


def _authority(node: str) -> str:
    parts = urlsplit(node)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


def _listen(edge: Edge) -> str:
    if edge.host == "::":
        return f"[::]:{edge.port} ipv6only=off"
    return f"[{edge.host}]:{edge.port}" if ":" in edge.host else f"{edge.host}:{edge.port}"


COOKIE = "yiwang_region"
_IN_PATTERN = {"*": "[^/]*", "?": "[^/]"}
_PLACE = """
    location ~ "{pattern}" {{
      proxy_cache_key $region|$chosen|$uri|$coding|$arg__HLS_msn|$arg__HLS_part|$arg__HLS_skip;
      proxy_ignore_headers Vary Cache-Control;
      proxy_cache_valid 200 206 {life};
      proxy_cache_use_stale updating;
      proxy_no_cache $http_x_forwarded_for;  # who comes through another proxy is where that says
      proxy_cache_bypass $http_x_forwarded_for;
      proxy_pass {scheme}://nodes;
    }}"""
_TEMPLATE = """# Written by `yiwang edge`; it is written anew at each start.
{user}worker_processes auto;
worker_rlimit_nofile 65536;
daemon off;
pid nginx.pid;
error_log stderr warn;

events {{
  worker_connections 16384;
}}

http {{
  default_type application/octet-stream;
  access_log off;
  server_tokens off;
  sendfile on;
  tcp_nopush on;
  keepalive_timeout 75s;
  keepalive_requests 100000;
  client_max_body_size 1m;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;

  proxy_cache_path media levels=1:2 keys_zone=media:{zone_mb}m max_size={cache_mb}m inactive=24h use_temp_path=off;

  # a channel is always asked of the same node: its replicas make the same octets, but not at the same instant
  map $uri $service {{
    ~^/live/(?<id>[^/]+)/ $id;
    default $uri;
  }}
  # two forms of a text, not one for each browser's list of codings
  map $http_accept_encoding $coding {{
    ~*gzip gzip;
    default "";
  }}
{regions}  upstream nodes {{
    hash $service consistent;
{servers}
    keepalive 64;
  }}

  server {{
    listen {listen}{tls};

    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header Accept-Encoding $coding;
    proxy_ssl_server_name on;
    proxy_connect_timeout 2s;
    proxy_read_timeout {blocked_s}s;
    proxy_next_upstream error timeout http_500 http_502 http_503 http_504;
    proxy_next_upstream_tries {tries};
    proxy_buffers 64 16k;
    proxy_busy_buffers_size 64k;
    proxy_force_ranges on;

    proxy_cache media;
    proxy_ignore_headers Vary;
    proxy_cache_key $uri|$coding|$arg__HLS_msn|$arg__HLS_part|$arg__HLS_skip;
    proxy_cache_lock on;
    proxy_cache_lock_timeout {blocked_s}s;
    proxy_cache_lock_age {blocked_s}s;
    proxy_cache_use_stale error timeout updating http_500 http_502 http_504;
    add_header X-Cache $upstream_cache_status always;

    location /live/ {{
      proxy_pass {scheme}://nodes;
    }}
    # a stream without end is nothing to keep
    location ~ ^/live/[^/]+/stream\\.ts$ {{
      proxy_cache off;
      proxy_buffering off;
      proxy_pass {scheme}://nodes;
    }}
{regional}
    location / {{
      proxy_cache_key $uri|$coding|$args;
      proxy_pass {scheme}://nodes;
    }}
    # for operators, who ask the node itself
    location ~ ^/(console|metrics|api/docs|openapi) {{
      return 404;
    }}
    location = /healthz {{
      default_type text/plain;
      return 200 "ok\\n";
    }}
  }}
}}
"""
