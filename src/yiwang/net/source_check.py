"""Whether a stream that a list names can be a source of this node: asked before it is made one."""

import httpx

from yiwang.net.hls_source import HlsSource
from yiwang.net.node_mark import check_no_loop
from yiwang.net.source import SourceError
from yiwang.net.source_url import HlsSpec, HttpSpec

TIMEOUT_S = 10.0
MOST_REDIRECTS = 5


def new_client() -> httpx.AsyncClient:
    """Return a client for `trouble_of`; it keeps connections."""
    return httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=True, max_redirects=MOST_REDIRECTS)


async def trouble_of(client: httpx.AsyncClient, spec: HttpSpec | HlsSpec) -> str:
    """Return why it cannot be a source, in one clause; empty: it can, as far as can be told.

    Of HLS the playlists are read: encrypted or fragmented MP4, gone, or a loop. A transport stream is asked only whether
    it is a loop; who does not answer now may do so when the stream is needed.
    """
    if isinstance(spec, HlsSpec):
        source = HlsSource(spec)
        try:
            await source.open()
        except SourceError as error:
            return str(error).removeprefix(f"{spec.url}: ")
        finally:
            await source.close()
        return ""
    try:
        answer = await client.head(spec.location, headers=spec.headers)
        check_no_loop(spec.url, answer.headers.get("Via", ""))
    except SourceError as error:
        return str(error).removeprefix(f"{spec.url}: ")
    except (httpx.HTTPError, httpx.InvalidURL, OSError):
        pass
    return ""
