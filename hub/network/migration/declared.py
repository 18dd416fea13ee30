"""One migration file: which step of the new version an old one becomes, and which facts come and go.

Shape only; whether it fits the two versions is ``check``'s.
"""

import re
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from hub.names import StepName
from hub.network.model import Cel, Declared, Marked, Text, Word

_GONE: Final = re.compile(r"(restart at|jump to)\s+(\S+)")

#: Names one fact: the source (``application`` or a step) and its field.
FactName = Annotated[str, Field(pattern=r"^[A-Za-z_][\w-]*\.[A-Za-z_]\w*$")]


class Gone(Declared):
    """Say what becomes of a case whose step, which the new version does not have, is owed.

    ``skip``: its task is taken back and the case goes on. ``restart``: step ``at`` is done again, and all after it.
    ``jump``: step ``at`` starts, and what stands before it and is not over is left out. A step that is over, or was
    never reached, is left out in any case.
    """

    then: Literal["skip", "restart", "jump"]
    at: StepName | None = None


def _as_gone(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = _GONE.fullmatch(value.strip())
    return {"then": found[1].split()[0], "at": found[2]} if found else {"then": value.strip()}


_GoneText = Annotated[str, Field(pattern=rf"^(skip|{_GONE.pattern})$")]


class MovedFacts(Declared):
    """Say which facts of the new version are made of the old version's, and which the case keeps no longer."""

    add: dict[FactName, Cel] = Field(default_factory=dict)
    drop: tuple[FactName, ...] = ()


class Migration(Marked):
    """How cases go over from one version of a procedure to another (migrations/<procedure>-<from>-<to>.yaml).

    A step of the same name is the same step; ``steps`` says which others are. ``added`` says of steps that are new
    whether they are done in cases that have passed them already; they are not unless it says ``start``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    migration: Word
    start: Annotated[int, Field(alias="from", ge=1)]
    to: Annotated[int, Field(ge=1)]
    decided_by: str
    reason: Text
    legal_basis: str
    steps: dict[StepName, StepName] = Field(default_factory=dict)
    gone: dict[StepName, Annotated[Gone, BeforeValidator(_as_gone, json_schema_input_type=Gone | _GoneText)]] = Field(
        default_factory=dict
    )
    added: dict[StepName, Literal["skip", "start"]] = Field(default_factory=dict)
    facts: MovedFacts = MovedFacts()

    @property
    def name(self) -> str:
        """Name the migration as its file is named."""
        return f"{self.migration}-{self.start}-{self.to}"
