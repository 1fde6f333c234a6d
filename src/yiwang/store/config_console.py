"""The config file's section on the console: how long a sign-in holds, who reads the figures."""

from pydantic import Field

from yiwang.store.config_section import Section

PRINTABLE = r"^[\x21-\x7e]+$"


class Console(Section):
    """[console]: `/console`, `/api` and `/metrics`."""

    sign_in_to_read: bool = Field(False, description="the console's figures, too, are for accounts only")
    idle: float = Field(7200.0, ge=60, le=7 * 86_400, description="seconds; a session that is not used is over")
    longest: float = Field(43_200.0, ge=60, le=30 * 86_400, description="seconds from sign-in to the end of a session")
    metrics_token: str | None = Field(
        None,
        min_length=16,
        max_length=200,
        pattern=PRINTABLE,
        description="who reads /metrics sends it as Bearer",
    )
