"""The commands of `yiwang`. Each imports what it needs when it runs, so that --help is instant."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter
from cyclopts.exceptions import CycloptsError

from yiwang import __version__
from yiwang.base.errors import UsageError

app = App(
    name="yiwang",
    version=__version__,
    help_format="plaintext",  # the renderer of Markdown takes a quarter of the time of a help page
    help="""A TV network in software: transport streams in, channels for every screen out.

    一网：用软件建成的电视网。
    """,
)


def _not_an_option(_type: object, value: str | list[str]) -> None:
    """Refuse what begins with a hyphen and is more than one, though an INPUT may be ``-``."""
    for token in [value] if isinstance(value, str) else value:
        if token.startswith("-") and token != "-":
            raise UsageError(f"unknown option {token}")


@app.command
def up(config: str | None = None, /, *, host: str = "::", port: int = 8080, log_json: bool = False) -> None:
    """Run the network of CONFIG, a TOML file; without it, the demo of two regions.

    Parameters
    ----------
    config
        The network's config file.
    host
        Address to listen on; :: is every address, IPv6 and IPv4.
    port
        TCP port.
    log_json
        Write the log as JSON, a line per event, for a log collector.
    """
    from yiwang.cli.without_numba import without_numba

    with without_numba():
        from yiwang.cli.up import run

        run(config, host, port, log_json=log_json)


@app.command
def package(
    inputs: Annotated[
        list[str], Parameter(name="INPUT", negative=(), allow_leading_hyphen=True, validator=_not_an_option)
    ],
    /,
    *,
    output: Annotated[str, Parameter(name=["-o", "--output"])],
    segment_duration: float = 2.0,
    program: int | None = None,
    transcode_audio: Literal["auto", "always", "never"] = "auto",
    transcode_video: Literal["auto", "never"] = "auto",
    ts: Annotated[bool, Parameter(negative=())] = False,
    read_subtitles: str | None = None,
) -> None:
    """Package transport stream files to HLS and DASH (CMAF) in a folder.

    Parameters
    ----------
    inputs
        Files, one after the other as one programme; - is standard input.
    output
        Folder to write: index.m3u8, manifest.mpd, TRACK/init.mp4, TRACK/NUMBER.m4s.
    segment_duration
        Target duration in seconds; segments begin at random access points.
    program
        program_number to package; the first one with playable streams by default.
    transcode_audio
        An extra AAC track beside sound that browsers do not play: auto, where none of the sound plays in them; always, for
        each such stream; never.
    transcode_video
        H.264 in place of MPEG-2 video, which browsers do not play; never: as it is.
    ts
        HLS with MPEG-TS segments, too: ts.m3u8, ts/NUMBER.ts.
    read_subtitles
        Text beside DVB subtitles that are pictures: all, or languages (ISO 639-2) as in fra,zho. Needs the extra ocr.
    """
    from yiwang.cli.package import run

    run(
        inputs,
        output,
        segment_duration,
        program,
        transcode_audio,
        transcode_video,
        ts=ts,
        read_subtitles=read_subtitles,
    )


@app.command
def probe(
    source: Annotated[str, Parameter(name="INPUT", allow_leading_hyphen=True, validator=_not_an_option)],
    /,
    *,
    json: bool = False,
    duration: float = 5.0,
    watch: bool = False,
    interval: float = 1.0,
    buffers: bool = False,
) -> None:
    """Show programmes, PIDs, codecs, bit rates and errors of a transport stream.

    Parameters
    ----------
    source
        A file, - for standard input, or a live URL (udp://, rtp://, srt://, http://, HLS as http://….m3u8).
    json
        Print JSON.
    duration
        Seconds to watch a live URL.
    watch
        Show bit rates and errors as they are now, until Ctrl-C; with --json a line each interval.
    interval
        Seconds between two views of --watch.
    buffers
        Measure the buffers of a decoder too (TR 101 290 3.3, 3.9 and 3.10); a large file takes longer.
    """
    if watch:
        from yiwang.cli.probe_watch import run as run_watch

        run_watch(source, json=json, interval_s=interval, buffers=buffers)
        return
    from yiwang.cli.without_numba import without_numba

    with without_numba():
        from yiwang.cli.probe import run

        run(source, json=json, duration_s=duration, buffers=buffers)


@app.command
def edge(
    nodes: Annotated[list[str], Parameter(name="NODE", negative=())],
    /,
    *,
    host: str = "::",
    port: int = 8081,
    folder: Path | None = None,
    cache_gb: float = 10.0,
    certificate: Path | None = None,
    key: Path | None = None,
    show: bool = False,
) -> None:
    """Run a cache tier (nginx) in front of one or many nodes, so that their load does not grow with viewers.

    Parameters
    ----------
    nodes
        URLs of nodes that carry the same services, as http://[2001:db8::1]:8080.
    host
        Address to listen on; :: is every address, IPv6 and IPv4.
    port
        TCP port.
    folder
        Where the cache lies; a folder of the system's for temporary files by default.
    cache_gb
        How much of it may be used, GB.
    certificate
        File of the TLS certificate chain; then viewers come by https and HTTP/2.
    key
        File of its private key.
    show
        Print the nginx configuration and run nothing.
    """
    from yiwang.cli.edge import default_folder, run
    from yiwang.services.edge import Edge

    run(Edge(tuple(nodes), host, port, folder or default_folder(), cache_gb, certificate, key), show=show)


services = App(name="services", help="Services of a running node's network: who they are, and why.")
app.command(services)
NODE_URL = "http://localhost:8080"


@services.command(name="list")
def services_list(*, url: str = NODE_URL, region: str = "", json: bool = False) -> None:
    """List services by number.

    Parameters
    ----------
    url
        The node.
    region
        Those that a region sees, by its numbers; otherwise all.
    json
        Print JSON.
    """
    from yiwang.cli.services import run_list

    run_list(url, region, as_json=json)


@services.command(name="explain")
def services_explain(service: str, /, *, url: str = NODE_URL, region: str = "", json: bool = False) -> None:
    """Show what a service is made of, and every piece of evidence for and against its members being one.

    Parameters
    ----------
    service
        Its id, as in the list.
    url
        The node.
    region
        Whose number is shown.
    json
        Print JSON.
    """
    from yiwang.cli.services import run_explain

    run_explain(url, service, region, as_json=json)


TOKEN_FILE = Path("var/operator-token")
TokenFile = Annotated[Path, Parameter(help="The node's operator-token, in its state_dir.")]
Who = Annotated[str, Parameter(help="Who decides; you, by default.")]
decide = App(name="decide", help="Decide over the network's judgement: kept in the node's database, with who and when.")
services.command(decide)


def _decide(url: str, token_file: Path, kind: str, about: list[str], who: str, number: int | None = None) -> None:
    from getpass import getuser

    from yiwang.cli.services import run_decide

    run_decide(url, token_file, {"kind": kind, "about": about, "number": number, "who": who or getuser()})


@decide.command(name="same")
def decide_same(
    ids: Annotated[list[str], Parameter(name="ID", negative=())],
    /,
    *,
    url: str = NODE_URL,
    token_file: TokenFile = TOKEN_FILE,
    who: Who = "",
) -> None:
    """These are one service.

    Parameters
    ----------
    ids
        Listed services (SOURCE/KEY), or services of the network, each for its best member.
    url
        The node.
    """
    _decide(url, token_file, "same", ids, who)


@decide.command(name="different")
def decide_different(
    ids: Annotated[list[str], Parameter(name="ID", negative=())],
    /,
    *,
    url: str = NODE_URL,
    token_file: TokenFile = TOKEN_FILE,
    who: Who = "",
) -> None:
    """No two of these are ever one service.

    Parameters
    ----------
    ids
        Listed services (SOURCE/KEY), or services of the network, each for its best member.
    url
        The node.
    """
    _decide(url, token_file, "different", ids, who)


@decide.command(name="number")
def decide_number(
    service: str,
    number: int | None = None,
    /,
    *,
    url: str = NODE_URL,
    token_file: TokenFile = TOKEN_FILE,
    who: Who = "",
) -> None:
    """A service keeps its number, or has this one, in every region.

    Parameters
    ----------
    service
        The service.
    number
        Its number; the one it has by default.
    url
        The node.
    """
    _decide(url, token_file, "number", [service], who, number)


@decide.command(name="list")
def decide_list(*, url: str = NODE_URL, history: bool = False, json: bool = False) -> None:
    """Show what has been decided.

    Parameters
    ----------
    url
        The node.
    history
        Those not in force, too.
    json
        Print JSON.
    """
    from yiwang.cli.services import run_decisions

    run_decisions(url, history=history, as_json=json)


@decide.command(name="withdraw")
def decide_withdraw(
    decision: int, /, *, url: str = NODE_URL, token_file: TokenFile = TOKEN_FILE, who: Who = ""
) -> None:
    """Take a decision back.

    Parameters
    ----------
    decision
        Its number, as in the list.
    url
        The node.
    """
    from getpass import getuser

    from yiwang.cli.services import run_withdraw

    run_withdraw(url, token_file, decision, who or getuser())


accounts = App(name="accounts", help="Who may sign in to a node's console: viewer, operator, admin.")
app.command(accounts)
AccountsConfig = Annotated[
    Path | None, Parameter(name="--config", help="The node's config file; without it, the demo's accounts.")
]
Role = Literal["viewer", "operator", "admin"]


@accounts.command(name="add")
def accounts_add(name: str, /, *, role: Role, config: AccountsConfig = None) -> None:
    """Make an account; its password is asked for, or is the first line of standard input.

    Parameters
    ----------
    name
        Who signs in.
    role
        viewer looks, operator acts on channels, sources and decisions, admin keeps accounts, too.
    """
    from yiwang.cli.accounts import run_add

    run_add(config, name, role)


@accounts.command(name="list")
def accounts_list(*, config: AccountsConfig = None) -> None:
    """Show all accounts."""
    from yiwang.cli.accounts import run_list

    run_list(config)


@accounts.command(name="remove")
def accounts_remove(name: str, /, *, config: AccountsConfig = None) -> None:
    """Forget an account and end its sessions.

    Parameters
    ----------
    name
        The account.
    """
    from yiwang.cli.accounts import run_remove

    run_remove(config, name)


@accounts.command(name="password")
def accounts_password(name: str, /, *, config: AccountsConfig = None) -> None:
    """Change a password and end the account's sessions; it is asked for, or is the first line of standard input.

    Parameters
    ----------
    name
        The account.
    """
    from yiwang.cli.accounts import run_password

    run_password(config, name)


@accounts.command(name="role")
def accounts_role(name: str, role: Role, /, *, config: AccountsConfig = None) -> None:
    """Change what an account may do, from its next request on.

    Parameters
    ----------
    name
        The account.
    role
        viewer, operator or admin.
    """
    from yiwang.cli.accounts import run_role

    run_role(config, name, role)


def run(arguments: Sequence[str]) -> None:
    """Run the command that ``arguments`` name.

    Raises
    ------
    UsageError    it is none, or its options are not as it needs them
    WorkError     it failed
    """
    try:
        app(arguments, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        raise UsageError(str(error)) from error
