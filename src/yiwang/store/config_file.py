"""The config file: TOML in, a checked `Config` out; every fault is named with file, key and what was expected."""

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from yiwang.base.errors import UsageError
from yiwang.base.said import said
from yiwang.mpegts.roles import UNDETERMINED, language_code
from yiwang.store.config_console import PRINTABLE, Console
from yiwang.store.config_network import Listing, Matching, Numbering, Region, check_regions
from yiwang.store.config_restrictions import RestrictionSection, Viewers, check_restrictions
from yiwang.store.config_section import Identifier, RegionId, Section, Text, as_list
from yiwang.store.database_url import check_url, sqlite_url
from yiwang.store.toml_faults import toml_fault

EVERY_PROGRAM = "*"
LONGEST_ID = 64
MAX_WORKERS = 64


DOMAIN = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$"


class Node(Section):
    """[node]: this program."""

    name: Text = Text(zh="一网", en="yiwang")
    state_dir: Path = Path("var")
    domain: str | None = Field(
        None,
        pattern=DOMAIN,
        max_length=200,
        description="yours: identifiers of lists and services are made of it; default: one of this node alone",
    )
    workers: int | Literal["auto"] = Field(
        1, description="processes that package channels, 1 to 64; 'auto': one for each core; 1: the node itself"
    )

    @field_validator("workers", mode="before")
    @classmethod
    def _workers(cls, value: Any) -> Any:
        is_number = isinstance(value, int) and not isinstance(value, bool)
        if value == "auto" or (is_number and 1 <= value <= MAX_WORKERS):
            return value
        raise ValueError(said("workers-form", most=MAX_WORKERS, got=repr(value)))


class Store(Section):
    """[store]: the database; without one it is a file of SQLite's in ``node.state_dir``."""

    url: Annotated[str, AfterValidator(check_url)] | None = None


def _as_languages(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    codes = (
        tuple(map(language_code, value))
        if isinstance(value, list | tuple) and all(isinstance(c, str) for c in value)
        else ()
    )
    if not codes or UNDETERMINED in codes:
        raise ValueError(said("languages-form", got=repr(value)))
    return codes


ReadSubtitles = Annotated[bool | tuple[str, ...], BeforeValidator(_as_languages)]


class Packaging(Section):
    """[packaging]: how channels are packaged; a service may set any of these for itself."""

    segment_duration: float = Field(2.0, ge=0.5, le=20, description="seconds")
    part_duration: float = Field(0.5, ge=0.1, le=4, description="seconds; low-latency parts")
    low_latency: bool = True
    window: float = Field(60.0, ge=10, le=86_400, description="seconds of media kept for viewers")
    transcode_audio: Literal["auto", "always", "never"] = Field(
        "auto",
        description="an extra AAC track beside sound that browsers do not play: where no track plays, for each one, never",
    )
    transcode_video: Literal["auto", "never"] = Field(
        "auto", description="H.264 in place of MPEG-2 video, which browsers do not play; or as it is"
    )
    measure_buffers: bool = Field(
        False,
        description="TR 101 290 3.3, 3.9 and 3.10: the buffers of a decoder; a few per cent of a channel's CPU time",
    )
    read_subtitles: ReadSubtitles = Field(
        False,
        description="text beside DVB subtitles, which are pictures: true, or in some languages (ISO 639-2); the extra 'ocr'",
    )


class SwitchOverTimes(Section):
    """[switch_over]: when a source is left for the next, of services that list several; a service may have its own."""

    leave_after: float = Field(3.0, ge=0.5, le=3600, description="seconds that the source in use is bad")
    return_after: float = Field(30.0, ge=1, le=86_400, description="seconds that a better one is good without a break")
    errors_per_second: float = Field(
        10.0, ge=0, le=1e6, description="more TR 101 290 priority 1 indicators than this are bad"
    )
    watch: Literal["better", "all"] = Field(
        "better", description="which others are received while the one in use is good: the better ones, all"
    )


class WatchPicture(Section):
    """[watch_picture]: black, freeze and silence, of the services that set ``watch_picture = true``."""

    every: float = Field(3.0, ge=0.5, le=600, description="seconds between two looks at a channel")
    black_after: float = Field(5.0, ge=0, le=86_400, description="seconds")
    freeze_after: float = Field(15.0, ge=0, le=86_400, description="seconds")
    silence_after: float = Field(10.0, ge=0, le=86_400, description="seconds")
    silence_level: float = Field(
        -60.0, ge=-119, le=0, description="dB relative to full scale, RMS of the loudest channel"
    )


class Audience(Section):
    """[audience]: what is known of those who watch."""

    cmcd: bool = Field(
        True, description="take what players report of themselves (CMCD), counted by channel in /metrics"
    )


MAX_SOURCES = 8


def _as_urls(value: Any) -> Any:
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list | tuple) or not all(isinstance(url, str) and url for url in value):
        raise ValueError(said("urls-expected"))
    if not 1 <= len(value) <= MAX_SOURCES:
        raise ValueError(said("urls-count", most=MAX_SOURCES, count=len(value)))
    return tuple(value)


class Service(Section):
    """[[service]]: a channel."""

    id: Identifier
    source: Annotated[tuple[str, ...], BeforeValidator(_as_urls)] = Field(
        description="one URL, or several, the best first"
    )
    name: Text | None = None
    region: RegionId | None = None
    number: int | None = Field(None, ge=1, le=9999)
    program: int | Literal["*"] | None = Field(
        None, description="program_number; '*': a channel for each of the multiplex; default: the first in the PAT"
    )
    interface: str | None = None
    output: str | None = Field(
        None, min_length=1, description="udp://group:port: the source's packets, unchanged, as multicast"
    )
    segment_duration: float | None = Field(None, ge=0.5, le=20)
    part_duration: float | None = Field(None, ge=0.1, le=4)
    low_latency: bool | None = None
    window: float | None = Field(None, ge=10, le=86_400)
    transcode_audio: Literal["auto", "always", "never"] | None = None
    transcode_video: Literal["auto", "never"] | None = None
    measure_buffers: bool | None = None
    read_subtitles: ReadSubtitles | None = None
    switch_over: SwitchOverTimes | None = None
    watch_picture: bool = Field(False, description="look for black, freeze and silence")

    @field_validator("program", mode="before")
    @classmethod
    def _program(cls, value: Any) -> Any:
        is_number = isinstance(value, int) and not isinstance(value, bool)
        if value is None or value == EVERY_PROGRAM or (is_number and 1 <= value <= 65535):
            return value
        raise ValueError(said("program-form", got=repr(value)))

    @property
    def is_every_program(self) -> bool:
        """Whether it stands for all programmes of its source that no other service names."""
        return self.program == EVERY_PROGRAM

    @property
    def program_number(self) -> int | None:
        """The programme, where it is one that is named."""
        return self.program if isinstance(self.program, int) else None

    def of_program(self, program_number: int) -> "Service":
        """Return the service of one programme of a multiplex that is taken whole; its id is always the same."""
        return self.model_copy(update={"id": f"{self.id}-{program_number}", "program": program_number})

    def packaging(self, defaults: Packaging) -> Packaging:
        """Return the defaults with what this service sets for itself."""
        own = {key: getattr(self, key) for key in Packaging.model_fields if getattr(self, key) is not None}
        return defaults.model_copy(update=own)


class Config(Section):
    """The whole file."""

    node: Node = Node()
    store: Store = Store()
    console: Console = Console()
    packaging: Packaging = Packaging()
    switch_over: SwitchOverTimes = SwitchOverTimes()
    watch_picture: WatchPicture = WatchPicture()
    audience: Audience = Audience()
    region: Annotated[tuple[Region, ...], BeforeValidator(as_list)] = ()
    service: Annotated[tuple[Service, ...], BeforeValidator(as_list)] = ()
    listing: Annotated[tuple[Listing, ...], BeforeValidator(as_list)] = ()
    viewers: Viewers = Viewers()
    restriction: Annotated[tuple[RestrictionSection, ...], BeforeValidator(as_list)] = ()
    numbering: Numbering = Numbering()
    matching: Matching = Matching()

    @property
    def database_url(self) -> str:
        """The database's URL."""
        return self.store.url or sqlite_url(self.node.state_dir / "yiwang.sqlite")

    @model_validator(mode="after")
    def _consistent(self) -> "Config":
        if not self.service and not self.listing:
            raise ValueError(f"service: {said('service-or-listing')}")
        regions = [region.id for region in self.region]
        _unique("region", "id", regions)
        _unique("service", "id", [service.id for service in self.service])
        _unique("listing", "id", [listing.id for listing in self.listing])
        check_regions(self.region, self.listing, self.numbering)
        ids = [service.id for service in self.service]
        check_restrictions(self.viewers, self.restriction, self.region, ids, self.listing)
        self._every_program_consistent()
        numbers: dict[tuple[str | None, int], str] = {}
        for i, service in enumerate(self.service):
            if service.region is not None and service.region not in regions:
                known = ", ".join(regions) or "none is declared"
                wrong = said("region-undeclared", region=repr(service.region), known=known)
                raise ValueError(f"service[{i}].region: {wrong}")
            if service.number is not None:
                other = numbers.setdefault((service.region, service.number), service.id)
                if other != service.id:
                    wrong = said("number-of-another", number=service.number, other=repr(other))
                    raise ValueError(f"service[{i}].number: {wrong}")
            own = service.packaging(self.packaging)
            if own.part_duration > own.segment_duration:
                raise ValueError(f"service[{i}].part_duration: {said('part-too-long')}")
            if own.window < 5 * own.segment_duration:
                raise ValueError(f"service[{i}].window: {said('window-too-short')}")
        return self

    def _every_program_consistent(self) -> None:
        """See that a multiplex that is taken whole can name its channels."""
        for i, service in enumerate(self.service):
            if not service.is_every_program:
                continue
            where = f"service[{i}]"
            if service.name is not None or service.number is not None:
                key = "name" if service.name is not None else "number"
                raise ValueError(f"{where}.{key}: {said('programmes-key')}")
            if len(service.id) > LONGEST_ID - len("-65535"):
                raise ValueError(f"{where}.id: {said('programmes-id', most=LONGEST_ID - len('-65535'))}")


def _unique(table: str, key: str, values: list[str]) -> None:
    for i, value in enumerate(values):
        if value in values[:i]:
            raise ValueError(f"{table}[{i}].{key}: {said('used-twice', value=repr(value))}")


def parse_config(text: str, file: str) -> Config:
    """Read a config file's text.

    Raises
    ------
    UsageError    one line per fault: file, key, what is wrong, what was expected
    """
    values = read_toml(text, file)
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        raise UsageError("\n".join(fault_sentence(file, fault) for fault in error.errors())) from None


def read_toml(text: str, file: str) -> dict[str, Any]:
    """Read TOML. UsageError: it is none."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{file}: {toml_fault(error)}") from None


LONGEST_GOT = 80
_FAULTS = {
    "missing": ("key-missing", ""),
    "extra_forbidden": ("key-unknown", ""),
    "string_type": ("expected-text", ""),
    "int_type": ("expected-whole", ""),
    "int_parsing": ("expected-whole", ""),
    "int_from_float": ("expected-whole", ""),
    "float_type": ("expected-number", ""),
    "float_parsing": ("expected-number", ""),
    "finite_number": ("expected-number", ""),
    "bool_type": ("expected-boolean", ""),
    "bool_parsing": ("expected-boolean", ""),
    "tuple_type": ("expected-list", ""),
    "list_type": ("expected-list", ""),
    "dict_type": ("expected-table", ""),
    "model_type": ("expected-table", ""),
    "model_attributes_type": ("expected-table", ""),
    "literal_error": ("expected-one-of", "choices"),
    "greater_than_equal": ("expected-least", "bound"),
    "less_than_equal": ("expected-most", "bound"),
    "greater_than": ("expected-above", "bound"),
    "less_than": ("expected-below", "bound"),
    "string_too_short": ("expected-longer", "least"),
    "string_too_long": ("expected-shorter", "most"),
    "string_pattern_mismatch": ("expected-form", ""),
}
"""By pydantic's type of fault: the code of what is said, and what fills it in beside what was got."""
_FORMS = {DOMAIN: "expected-domain", PRINTABLE: "expected-printable"}
_CONTEXT = {
    "literal_error": "expected",
    "greater_than_equal": "ge",
    "less_than_equal": "le",
    "greater_than": "gt",
    "less_than": "lt",
    "string_too_short": "min_length",
    "string_too_long": "max_length",
}
"""Where pydantic has that."""


def value_fault(fault: Any) -> str:
    """Say what is wrong with a value, of one of pydantic's faults; its own words for those that no model here makes."""
    code, asked = _FAULTS.get(fault["type"], ("", ""))
    if not code:
        return str(fault["msg"]).removeprefix("Value error, ")
    if code == "expected-form":
        code = _FORMS.get(fault["ctx"]["pattern"], code)
    value = fault.get("input")
    got = "a list" if isinstance(value, list | tuple) else "a table" if isinstance(value, dict) else repr(value)
    limit = fault["ctx"][_CONTEXT[fault["type"]]] if asked else None
    if isinstance(limit, float) and limit.is_integer():
        limit = int(limit)
    return said(code, got=got[:LONGEST_GOT], **({asked: limit} if asked else {}))


def fault_sentence(file: str, fault: Any) -> str:
    """Say one of pydantic's faults: file, key, what is wrong, what was expected."""
    key = ""
    for step in fault["loc"]:
        key += f"[{step}]" if isinstance(step, int) else f".{step}" if key else str(step)
    message = value_fault(fault)
    return f"{file}: {key}: {message}" if key else f"{file}: {message}"


def load_config(path: Path) -> Config:
    """Read and check a config file; UsageError when it cannot be used."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise UsageError(f"{path}: cannot be read: {reason}") from None
    return parse_config(text, str(path))
