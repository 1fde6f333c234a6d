"""What the sections of the config file have in common."""

import re
from ipaddress import ip_interface, ip_network
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from yiwang.base.said import said

LONGEST_TEXT = 200
ID = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")


def _identifier(value: str) -> str:
    if not ID.fullmatch(value) or ".." in value:
        raise ValueError(said("identifier-form"))
    return value


Identifier = Annotated[str, AfterValidator(_identifier)]


def _region_id(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", value) or ".." in value:
        raise ValueError(said("region-form"))
    return value


RegionId = Annotated[str, AfterValidator(_region_id)]


def _country(value: str) -> str:
    if not re.fullmatch("[A-Z]{3}", value):
        raise ValueError(said("country-form", got=repr(value[:60])))
    return value


Country = Annotated[str, AfterValidator(_country)]


def _prefix(value: str) -> str:
    try:
        network = ip_network(value, strict=False)
    except ValueError:
        raise ValueError(said("prefix-form", got=repr(value[:60]))) from None
    if network.network_address != ip_interface(value).ip:
        raise ValueError(said("prefix-bits", got=repr(value)))
    return value


Prefix = Annotated[str, AfterValidator(_prefix)]


class Text(BaseModel):
    """A text in Chinese and English; a plain string in the file stands for both."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zh: str = Field(min_length=1, max_length=LONGEST_TEXT)
    en: str = Field(min_length=1, max_length=LONGEST_TEXT)

    @model_validator(mode="before")
    @classmethod
    def _from_string(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"zh": value, "en": value}
        if isinstance(value, dict) and len(value) == 1:
            (text,) = value.values()
            return {"zh": text, "en": text} if set(value) <= {"zh", "en"} else value
        return value


class Section(BaseModel):
    """A table of the file: no key but its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def as_list(value: Any) -> Any:
    """Let a single table stand for a list of one."""
    return [value] if isinstance(value, dict) else value
