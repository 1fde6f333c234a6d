"""What is wrong with a text that is no TOML, in our words: those of `tomllib` are for programmers and in English only."""

import re
import tomllib

from yiwang.base.said import said

_AT = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)
_SAYS = (
    (r"Invalid statement", "toml-statement"),
    (r"Expected newline or end of document after a statement", "toml-after"),
    (r"Cannot (declare|overwrite|mutate|redefine)|Duplicate inline table key", "toml-twice"),
    (r"Expected '\]{1,2}' at the end of", "toml-bracket"),
    (r"Expected '=' after a key", "toml-equals"),
    (r"Invalid initial character for a key part", "toml-key"),
    (r"Unclosed array", "toml-list"),
    (r"Unclosed inline table", "toml-table"),
    (r"Unescaped '\\'|Invalid hex value|Escaped character is not", "toml-escape"),
    (r"Unterminated string|Expected [\"']['\"]", "toml-text"),
    (r"Found invalid character|Illegal character", "toml-character"),
    (r"Invalid date or datetime", "toml-date"),
    (r"Invalid value", "toml-value"),
)
"""By the beginning of what `tomllib` says, of Python 3.11 to 3.14: the code of `yiwang.base.said`."""


def toml_fault(error: tomllib.TOMLDecodeError) -> str:
    """Say where it is wrong, and what; what is not known here stays as `tomllib` says it."""
    found = _AT.fullmatch(str(error))
    what, line, column = found.groups() if found else (str(error), None, None)
    code = next((code for pattern, code in _SAYS if re.match(pattern, what)), None)
    where = said("toml-line", line=line, column=column) if line else said("toml-end")
    return f"{said('not-toml')}: {where}: {said(code) if code else what}" if found else f"{said('not-toml')}: {what}"
