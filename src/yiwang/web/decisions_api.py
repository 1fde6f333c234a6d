"""`/api/decisions`: what operators decided over the network's own judgement, to read, to add, to take back."""

import json
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query
from pydantic import BaseModel, ConfigDict, Field

from yiwang.base.errors import UsageError, WorkError
from yiwang.network.rules import DecisionKind
from yiwang.services.accounts import Actor
from yiwang.services.decisions import LONGEST_WHO, MOST_ABOUT, ContradictionError, NoDecisionError
from yiwang.services.one_network import OneNetworkService
from yiwang.store.database.records import Decision
from yiwang.web.gate import Gate

Who = Annotated[str, Field(min_length=1, max_length=LONGEST_WHO, description="who decides")]


class NewDecision(BaseModel):
    """A decision: ``about`` are ids of listed services (``source/key``) or of the network's, each for its best member."""

    model_config = ConfigDict(extra="forbid")

    kind: DecisionKind
    about: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=2000)]], Field(min_length=1, max_length=MOST_ABOUT)
    ]
    number: int | None = Field(None, description="of kind number: in every region; none: the one that it has")
    who: Who | None = Field(None, description="who decides, where a program asks; who is signed in has a name already")


class DecisionView(BaseModel):
    """A decision, by whom and when; one that was withdrawn, or replaced by a later one about the same, is not in force."""

    id: int
    kind: str
    about: list[str]
    number: int | None
    who: str
    at: str
    withdrawn_by: str | None
    withdrawn_at: str | None


def decisions_router(one: OneNetworkService, gate: Gate) -> APIRouter:
    """Return the routes; those that change something are for operators."""
    router = APIRouter()
    operator = Depends(gate.needs("operator"))

    @router.get("/api/decisions")
    async def get_decisions(
        history: Annotated[bool, Query(description="those not in force, too")] = False,
    ) -> list[DecisionView]:
        """Return the decisions in force, in the order they were made."""
        try:
            return [_view(decision) for decision in await one.decisions.every(history=history)]
        except WorkError as error:
            raise HTTPException(503, str(error)) from None

    @router.post("/api/decisions", status_code=201)
    async def decide(new: NewDecision, actor: Actor = operator) -> DecisionView:
        """Decide: these are the same, these are never the same, this keeps a number. It takes effect within seconds."""
        try:
            about = [one.listed_id(id_) for id_ in new.about]
            number = one.number_now(about[0]) if new.kind == "number" and new.number is None else new.number
            made = _view(await one.decisions.decide(new.kind, about, _who(actor, new.who), number))
            await gate.accounts.note(actor, "decision", str(made.id), after=made.model_dump())
            return made
        except ContradictionError as error:
            raise HTTPException(409, str(error)) from None
        except UsageError as error:
            raise HTTPException(422, str(error)) from None
        except WorkError as error:
            raise HTTPException(503, str(error)) from None

    @router.delete("/api/decisions/{decision_id}", status_code=204)
    async def withdraw(
        decision_id: int,
        who: Annotated[str | None, Query(min_length=1, max_length=LONGEST_WHO)] = None,
        actor: Actor = operator,
    ) -> None:
        """Take a decision back; that it was made, and by whom, stays known."""
        try:
            await one.decisions.withdraw(decision_id, _who(actor, who))
            await gate.accounts.note(actor, "decision withdrawn", str(decision_id))
        except NoDecisionError as error:
            raise HTTPException(404, str(error)) from None
        except UsageError as error:
            raise HTTPException(422, str(error)) from None
        except WorkError as error:
            raise HTTPException(503, str(error)) from None

    return router


def _who(actor: Actor, said: str | None) -> str:
    """Return who decides: an account speaks for itself, a program for whom it says."""
    return actor.name if actor.session else said or actor.name


def _view(decision: Decision) -> DecisionView:
    value = json.loads(decision.value)
    return DecisionView(
        id=decision.id,
        kind=decision.kind,
        about=list(decision.about),
        number=value if isinstance(value, int) else None,
        who=decision.who,
        at=_at(decision.at_s) or "",
        withdrawn_by=decision.withdrawn_by,
        withdrawn_at=_at(decision.withdrawn_at_s),
    )


def _at(at_s: int | None) -> str | None:
    return None if at_s is None else datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
