"""`/api/control`: what operators do with channels and their sources."""

import socket
from collections.abc import Awaitable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, HTTPException, Query
from pydantic import BaseModel, ConfigDict, Field

from yiwang.base.errors import UsageError, WorkError
from yiwang.base.said import said
from yiwang.net.interface import interface_addresses
from yiwang.services.accounts import Actor
from yiwang.services.control import Configured, Control, Done, NotConfigured, NotNow, NotTried, shown
from yiwang.services.dry_run import Tried
from yiwang.store.config_file import Packaging
from yiwang.web.clauses import ClauseView, clause_views
from yiwang.web.gate import Gate

Values = Annotated[dict[str, Any], Body(description="a service, with the keys of [[service]] in the config")]


class ConfiguredView(BaseModel):
    """A service of the config: of the operator's file, of the console, or of the file and changed by the console.

    ``kind`` ``carried``: of another's list, which may be stopped, and its source chosen; ``programme``: of ``multiplex``, a
    service of the config that takes all programmes of its source. Of those ``service`` is empty.
    """

    id: str
    service: dict[str, Any]
    in_file: bool
    changed: bool
    stopped: bool
    sources: list[str] = Field(description="URLs of its sources, without passwords")
    kind: Literal["config", "carried", "programme"] = "config"
    multiplex: str = ""
    held_source: str | None = Field(description="the source that an operator has chosen; null: the best that is good")


class TriedView(BaseModel):
    """What came of a source: ``report`` as `yiwang probe --json` gives it, ``picture`` a JPEG in base64.

    Of an output there is only whether it can be sent to: ``fault`` is empty.
    """

    url: str
    fault: str
    said: list[ClauseView]
    report: dict[str, Any] | None
    picture: str | None
    is_output: bool


class InterfaceView(BaseModel):
    """A network interface of this machine."""

    name: str
    addresses: list[str]


class ChoicesView(BaseModel):
    """What a channel that says nothing of its packaging gets, and by which interfaces it may be received and sent."""

    packaging: Packaging
    interfaces: list[InterfaceView]


class SourceChoice(BaseModel):
    """The source to stay with; null: choose by what they are like."""

    model_config = ConfigDict(extra="forbid")

    url: str | None


class DoneView(BaseModel):
    """What has changed; ``later``: what of it waits for the node's next start."""

    subject: str
    before: Any
    after: Any
    later: list[str]


def control_router(control: Control, gate: Gate) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/api/control")
    operator = Depends(gate.needs("operator"))
    one = "/channels/{service_id}"

    async def do(actor: Actor, action: str, work: Awaitable[Done]) -> DoneView:
        """Act, and write down who did."""
        with _Refusals():
            done = await work
            await gate.accounts.note(actor, action, done.subject, done.before, done.after)
        return DoneView(subject=done.subject, before=done.before, after=done.after, later=done.later)

    @router.get("/channels", dependencies=[operator])
    async def get_channels(
        only: Annotated[str | None, Query(alias="id", description="of this id only")] = None,
    ) -> list[ConfiguredView]:
        """Return the services of the config and those that are carried, stopped ones, too; of one id, any channel there is."""
        configured = [_view(one) for one in control.services()]
        others = [_other_view(one) for one in control.others() if one.id == only or not one.multiplex]
        return [one for one in (*configured, *others) if only is None or one.id == only]

    @router.get("/choices", dependencies=[operator])
    def get_choices() -> ChoicesView:
        """Return what a form for channels needs to know of the node."""
        addresses = interface_addresses()
        return ChoicesView(
            packaging=control.packaging,
            interfaces=[
                InterfaceView(name=name, addresses=[str(address) for own, address in addresses if own == index])
                for index, name in socket.if_nameindex()
            ],
        )

    @router.post("/dry-run")
    async def dry_run(values: Values, actor: Actor = operator) -> list[TriedView]:
        """Look at the sources of a service that is to be, some seconds each: programmes, tracks and a picture."""
        with _Refusals():
            tried = await control.dry_run(values)
            await gate.accounts.note(
                actor,
                "dry run",
                str(values["id"]),
                after={one.url if one.is_output else shown(one.url): one.fault for one in tried},
            )
        return [_tried(one) for one in tried]

    @router.put(one)
    async def save(
        service_id: str,
        values: Values,
        untried: Annotated[bool, Query(description="sources that did not pass a dry run, too")] = False,
        actor: Actor = operator,
    ) -> DoneView:
        """Add a channel, or change it; 409: a source has not passed a dry run."""
        return await do(actor, "channel saved", control.save({**values, "id": service_id}, untried=untried))

    @router.delete(one)
    async def remove(service_id: str, actor: Actor = operator) -> DoneView:
        """Remove a channel."""
        return await do(actor, "channel removed", control.remove(service_id))

    @router.post(one + "/stop")
    async def stop(service_id: str, actor: Actor = operator) -> DoneView:
        """Stop a channel; it stays in the config."""
        return await do(actor, "channel stopped", control.stop(service_id, stopped=True))

    @router.post(one + "/start")
    async def start(service_id: str, actor: Actor = operator) -> DoneView:
        """Start a channel that was stopped."""
        return await do(actor, "channel started", control.stop(service_id, stopped=False))

    @router.post(one + "/source")
    async def use_source(service_id: str, choice: SourceChoice, actor: Actor = operator) -> DoneView:
        """Stay with a source, whatever it is like, after the next starts, too; or choose by what they are like, again."""
        return await do(actor, "source chosen", control.use_source(service_id, choice.url))

    @router.post("/reload")
    async def reload(actor: Actor = operator) -> DoneView:
        """Read the config file anew; one that is not good changes nothing."""
        return await do(actor, "config reloaded", control.reload())

    return router


class _Refusals:
    """Turns what the control raises into HTTP."""

    def __enter__(self) -> None: ...

    def __exit__(self, _type: object, error: BaseException | None, _trace: object) -> None:
        match error:
            case KeyError():
                raise HTTPException(404, said("not-in-config", id=repr(error.args[0]))) from None
            case NotTried() | NotNow():
                raise HTTPException(409, str(error)) from None
            case UsageError():
                raise HTTPException(422, str(error)) from None
            case WorkError():
                raise HTTPException(503, str(error)) from None


def _view(one: Configured) -> ConfiguredView:
    return ConfiguredView(
        id=one.service.id,
        service=one.service.model_dump(mode="json", exclude_unset=True, exclude_none=True),
        in_file=one.is_in_file,
        changed=one.is_changed,
        stopped=one.is_stopped,
        sources=[shown(url) for url in one.service.source],
        held_source=one.held_source,
    )


def _other_view(one: NotConfigured) -> ConfiguredView:
    return ConfiguredView(
        id=one.id, service={}, in_file=False, changed=False, stopped=one.is_stopped, sources=list(one.sources),
        held_source=one.held_source, kind="programme" if one.multiplex else "carried", multiplex=one.multiplex,
    )  # fmt: skip


def _tried(one: Tried) -> TriedView:
    said = clause_views(one.fault)
    return TriedView(
        url=one.url, fault=one.fault, said=said, report=one.report, picture=one.picture, is_output=one.is_output
    )
