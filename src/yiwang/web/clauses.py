"""What a sentence of the node says, for pages in another language than English: its clauses, as the API tells them."""

from pydantic import BaseModel

from yiwang.base.said import clauses_of, said_as


class ClauseView(BaseModel):
    """What a text says, for another language than English: a code, and what fills its text in."""

    code: str
    values: dict[str, str]


def clause_views(text: str) -> list[ClauseView]:
    """Return the clauses of a text that knows them, or is known by its words; empty: it is plain text."""
    known = clauses_of(text) or clauses_of(said_as(str(text)))
    return [ClauseView(code=clause.code, values=dict(clause.values)) for clause in known]
