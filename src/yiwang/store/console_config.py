"""What the console has changed of the config: a file of its own in ``node.state_dir``, laid over the operator's file.

The operator's file is never written. What the console has for a service stands whole in its own file, as TOML that may be
read, and copied into the other one.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError

from yiwang.base.errors import UsageError
from yiwang.store.config_file import Config, Service, fault_sentence, read_toml
from yiwang.store.config_section import Identifier, Section, as_list

FILE = "console.toml"
HEAD = "# Written by the console, over the config file. Services here take the place of those of the same id there.\n"


class ConsoleConfig(Section):
    """The file: services that were added or changed, ids of those that were removed, and of those that are stopped.

    ``chosen`` has the source that an operator stays with, by the service's id, as logs have its URL: without passwords.
    """

    service: Annotated[tuple[Service, ...], BeforeValidator(as_list)] = ()
    removed: tuple[Identifier, ...] = ()
    stopped: tuple[Identifier, ...] = ()
    chosen: dict[Identifier, str] = Field(default_factory=dict)

    def with_service(self, service: Service) -> "ConsoleConfig":
        """Return it with a service that is new or changed."""
        others = tuple(one for one in self.service if one.id != service.id)
        places = [one.id for one in self.service]
        at = places.index(service.id) if service.id in places else len(others)
        removed = tuple(one for one in self.removed if one != service.id)
        return self.model_copy(update={"service": (*others[:at], service, *others[at:]), "removed": removed})

    def without_service(self, service_id: str, *, is_in_file: bool) -> "ConsoleConfig":
        """Return it with a service removed; one of the config file is marked so."""
        services = tuple(one for one in self.service if one.id != service_id)
        removed = tuple(one for one in self.removed if one != service_id) + ((service_id,) if is_in_file else ())
        stopped = tuple(one for one in self.stopped if one != service_id)
        return self.with_chosen(service_id, None).model_copy(
            update={"service": services, "removed": removed, "stopped": stopped}
        )

    def with_stopped(self, service_id: str, *, stopped: bool) -> "ConsoleConfig":
        """Return it with a service stopped, or not."""
        others = tuple(one for one in self.stopped if one != service_id)
        return self.model_copy(update={"stopped": (*others, service_id) if stopped else others})

    def with_chosen(self, service_id: str, url: str | None) -> "ConsoleConfig":
        """Return it with a source chosen, or (None) none."""
        others = {id_: one for id_, one in self.chosen.items() if id_ != service_id}
        return self.model_copy(update={"chosen": others if url is None else others | {service_id: url}})

    def over(self, base: Config, file: str) -> Config:
        """Return the config with what the console has changed, checked as any.

        Raises
        ------
        UsageError    the two do not go together: file, key, what is wrong
        """
        mine = {service.id: service for service in self.service}
        kept = [mine.pop(one.id, one) for one in base.service if one.id not in self.removed]
        services = (*kept, *mine.values())
        if services == base.service:
            return base
        try:
            return Config.model_validate(dict(base) | {"service": services})
        except ValidationError as error:
            raise UsageError("\n".join(fault_sentence(file, fault) for fault in error.errors())) from None


def load_console_config(state_dir: Path) -> ConsoleConfig:
    """Read the console's file; there need not be one. UsageError: it cannot be used."""
    path = state_dir / FILE
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return ConsoleConfig()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise UsageError(f"{path}: cannot be read: {reason}") from None
    try:
        return ConsoleConfig.model_validate(read_toml(text, str(path)))
    except ValidationError as error:
        raise UsageError("\n".join(fault_sentence(str(path), fault) for fault in error.errors())) from None


def save_console_config(state_dir: Path, config: ConsoleConfig) -> None:
    """Write the console's file whole, or leave the one before. For a thread. OSError."""
    path = state_dir / FILE
    text = toml_of(config)
    if ConsoleConfig.model_validate(read_toml(text, str(path))) != config:
        raise AssertionError(f"{path}: is not read as it was written")
    state_dir.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{FILE}.{os.getpid()}")
    try:
        with new.open("w", encoding="utf-8") as written:
            written.write(text)
            written.flush()
            os.fsync(written.fileno())
        new.replace(path)
        folder = os.open(state_dir, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        new.unlink(missing_ok=True)


def toml_of(config: ConsoleConfig) -> str:
    """Return the file's text."""
    values = config.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    services = values.pop("service", [])
    lines = [HEAD, *(f"{key} = {_value(value)}\n" for key, value in values.items() if value)]
    for service in services:
        lines += ["\n[[service]]\n", *_keys(service)]
    return "".join(lines)


def _keys(table: dict[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        yield f"{_key(key)} = {_value(value)}\n"


def _key(key: str) -> str:
    """Return a key, in quotes where it has a dot: that would be two keys."""
    return f'"{key}"' if "." in key else key


def _value(value: Any) -> str:
    """Return a value as TOML has it; strings are escaped as in JSON, and what TOML forbids beyond that."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {_value(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False).replace("\x7f", "\\u007f")
