"""Who may do what by the API: the one place where it is decided (ADR 39).

Somebody is known by the cookie of a session, or by the node's operator token (`yiwang services decide`), sent as Bearer. A
browser sends the cookie by itself, so with it anything but reading needs a header that only a script of our own page can
set, and must not come from another origin.
"""

import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from fastapi import HTTPException, Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from yiwang.base.errors import WorkError
from yiwang.base.said import said
from yiwang.services.accounts import Accounts, Actor
from yiwang.web.operator_token import FILE

COOKIE = "yiwang_session"
HEADER = "x-yiwang-console"
"""Its value says nothing. A page of another origin cannot set it: the browser asks us first (Fetch), and we never allow it."""
READING = frozenset({"GET", "HEAD", "OPTIONS"})
_SCHEME = "bearer "


class Gate:
    """Lets requests in, or not.

    Parameters
    ----------
    accounts : Accounts
    token : str    the node's operator token
    """

    def __init__(self, accounts: Accounts, token: str) -> None:
        self.accounts = accounts
        self._token = token

    async def actor(self, request: Request) -> Actor | None:
        """Return who asks; None: nobody that is known. Raises HTTPException: a wrong token, no database."""
        given = bearer(request)
        if given is not None:
            if not secrets.compare_digest(given.encode(), self._token.encode()):
                detail = f"Authorization: Bearer, with the token in {FILE} in the node's state_dir"
                raise HTTPException(401, detail, headers={"WWW-Authenticate": "Bearer"})
            return Actor(FILE, "operator", address(request))
        token = request.cookies.get(COOKIE)
        if not token or len(token) > 200:
            return None
        try:
            return await self.accounts.actor(token, address(request))
        except WorkError as error:
            raise HTTPException(503, str(error)) from None

    def needs(self, role: str) -> Callable[[Request], Awaitable[Actor]]:
        """Return the dependency of routes for a role and those above: 401 for nobody, 403 for who may not."""

        async def check(request: Request) -> Actor:
            if request.method not in READING and bearer(request) is None and COOKIE in request.cookies:
                check_own_page(request)
            actor = await self.actor(request)
            if actor is None:
                raise HTTPException(401, "sign in first", headers={"WWW-Authenticate": "Bearer"})
            if not actor.may(role):
                raise HTTPException(403, said("needs-role", role=role, name=actor.name, has=actor.role))
            return actor

        return check


def check_own_page(request: Request) -> None:
    """See that a request comes from our own page, and not from one that uses our reader's cookie. Raises HTTPException."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    is_ours = origin is None or urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower()
    if HEADER not in request.headers or site != "same-origin" or not is_ours:
        raise HTTPException(403, f"only from the node's own pages, with the header {HEADER}")


def bearer(request: Request) -> str | None:
    """Return the token of an Authorization header; None: there is none."""
    said = request.headers.get("authorization", "")
    return said[len(_SCHEME) :].strip() if said.lower().startswith(_SCHEME) else None


def address(request: Request) -> str:
    """Return where a request comes from."""
    return request.client.host if request.client is not None else ""


READ_BY_OPERATORS = (
    "/api/channels", "/api/console", "/api/node", "/api/sources", "/api/conflicts", "/api/not-carried", "/api/decisions",
    "/api/regions", "/api/guide/coverage", "/api/failover", "/api/restrictions",
)  # fmt: skip
"""What the console's pages read and the web TV's do not."""


class SignedInReaders:
    """ASGI middleware for ``[console] sign_in_to_read``: what operators read is for accounts only.

    Parameters
    ----------
    app : ASGI app
    gate : Gate
    """

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app = app
        self._check = gate.needs("viewer")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 401, or hand the request on."""
        path = scope.get("path", "")
        if scope["type"] == "http" and any(path == one or path.startswith(one + "/") for one in READ_BY_OPERATORS):
            try:
                await self._check(Request(scope))
            except HTTPException as error:
                answer = JSONResponse({"detail": error.detail}, error.status_code, error.headers)
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)
