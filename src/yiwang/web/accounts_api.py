"""`/api/session`, `/api/accounts`, `/api/audit`: signing in and out, who may, and what was done."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from yiwang.base.errors import UsageError, WorkError
from yiwang.services.accounts import LONGEST_PASSWORD, Accounts, Actor, SignInRefused, TooManyAttempts
from yiwang.store.database.records import Account
from yiwang.web.gate import COOKIE, Gate, address, check_own_page

Name = Annotated[str, Field(min_length=1, max_length=64)]
Password = Annotated[str, Field(min_length=1, max_length=LONGEST_PASSWORD)]
MOST_ENTRIES = 500


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SignIn(_Body):
    """Name and password."""

    name: Name
    password: Password


class PasswordChange(_Body):
    """One's own password."""

    old: Password
    new: Password


class NewAccount(_Body):
    """An account to be made; ``role`` is viewer, operator or admin."""

    name: Name
    role: str
    password: Password


class AccountChange(_Body):
    """What of an account is to be another."""

    role: str | None = None
    password: Password | None = None


class SessionView(BaseModel):
    """Who is signed in; nobody: both are null."""

    name: str | None
    role: str | None


class AccountView(BaseModel):
    """An account."""

    name: str
    role: str
    made_at: str
    signed_in_at: str | None


class AuditView(BaseModel):
    """Something that was done."""

    id: int
    at: str
    who: str
    address: str
    action: str
    subject: str
    before: Any
    after: Any


def accounts_router(gate: Gate) -> APIRouter:
    """Return the routes."""
    router = APIRouter()
    _sessions(router, gate)
    _accounts(router, gate)
    return router


def _sessions(router: APIRouter, gate: Gate) -> None:
    accounts = gate.accounts
    anyone = Depends(gate.needs("viewer"))

    @router.get("/api/session")
    async def get_session(request: Request, response: Response) -> SessionView:
        """Return who is signed in."""
        response.headers["Cache-Control"] = "no-store"
        actor = await gate.actor(request)
        return SessionView(name=actor and actor.name, role=actor and actor.role)

    @router.post("/api/session")
    async def sign_in(body: SignIn, request: Request, response: Response) -> SessionView:
        """Sign in: the session is a cookie that scripts cannot read. 401: no such name and password; 429: too many attempts."""
        check_own_page(request)
        with _Refusals():
            token, actor = await accounts.sign_in(body.name, body.password, address(request))
        response.set_cookie(
            COOKIE,
            token,
            max_age=accounts.longest_s,
            path="/",
            httponly=True,
            samesite="strict",
            secure=_is_tls(request),
        )
        response.headers["Cache-Control"] = "no-store"
        return SessionView(name=actor.name, role=actor.role)

    @router.delete("/api/session", status_code=204)
    async def sign_out(response: Response, actor: Actor = anyone) -> None:
        """Sign out: the session is over."""
        with _Refusals():
            await accounts.sign_out(actor)
        response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")

    @router.post("/api/session/password", status_code=204)
    async def change_password(body: PasswordChange, actor: Actor = anyone) -> None:
        """Change one's own password; all other sessions of the account end."""
        with _Refusals(wrong=403):
            await accounts.set_own_password(actor, body.old, body.new)


def _accounts(router: APIRouter, gate: Gate) -> None:
    accounts: Accounts = gate.accounts
    admin = Depends(gate.needs("admin"))

    @router.get("/api/accounts", dependencies=[admin])
    async def get_accounts() -> list[AccountView]:
        """Return all accounts."""
        with _Refusals():
            return [_account(account) for account in await accounts.every()]

    @router.post("/api/accounts", status_code=201)
    async def add_account(body: NewAccount, actor: Actor = admin) -> SessionView:
        """Make an account."""
        with _Refusals():
            await accounts.add(actor, body.name, body.role, body.password)
        return SessionView(name=body.name, role=body.role)

    @router.patch("/api/accounts/{name}", status_code=204)
    async def change_account(name: str, body: AccountChange, actor: Actor = admin) -> None:
        """Change a role, at once, or a password: the account's sessions end."""
        with _Refusals():
            if body.role is not None:
                await accounts.set_role(actor, name, body.role)
            if body.password is not None:
                await accounts.set_password(actor, name, body.password)

    @router.delete("/api/accounts/{name}", status_code=204)
    async def remove_account(name: str, actor: Actor = admin) -> None:
        """Forget an account; what it did stays in the audit log."""
        with _Refusals():
            await accounts.remove(actor, name)

    @router.get("/api/audit", dependencies=[admin])
    async def get_audit(
        before: Annotated[int | None, Query(ge=1, description="only entries with a smaller id")] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_ENTRIES)] = 100,
    ) -> list[AuditView]:
        """Return what was done, the newest first."""
        with _Refusals():
            return [
                AuditView(
                    id=e.id, at=_at(e.at_s), who=e.who, address=e.address, action=e.action, subject=e.subject, before=e.before,
                    after=e.after,
                )
                for e in await accounts.audit(before, limit)
            ]  # fmt: skip


def _account(account: Account) -> AccountView:
    signed_in = account.signed_in_at_s
    return AccountView(
        name=account.name,
        role=account.role,
        made_at=_at(account.made_at_s),
        signed_in_at=None if signed_in is None else _at(signed_in),
    )


class _Refusals:
    """Turns what the accounts raise into HTTP."""

    def __init__(self, wrong: int = 401) -> None:
        self._wrong = wrong

    def __enter__(self) -> None: ...

    def __exit__(self, _type: object, error: BaseException | None, _trace: object) -> None:
        match error:
            case SignInRefused():
                raise HTTPException(self._wrong, "no account has this name and password") from None
            case TooManyAttempts():
                raise HTTPException(429, str(error), headers={"Retry-After": str(error.wait_s)}) from None
            case UsageError():
                raise HTTPException(422, str(error)) from None
            case WorkError():
                raise HTTPException(503, str(error)) from None


def _is_tls(request: Request) -> bool:
    return "https" in (request.url.scheme, request.headers.get("x-forwarded-proto", ""))


def _at(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
