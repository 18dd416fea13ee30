"""A migration that names steps for each of several subjects as they are declared, written out as the steps are.

``check: verify`` says it of each subject: ``check_groom: verify_groom`` and so on. What is said of a step by its full
name comes before; what cannot be written out stays as it stands and is the check's finding.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from hub.names import StepName
from hub.network.expression import rewritten
from hub.network.folder.yaml import Path
from hub.network.migration.declared import Gone, Migration
from hub.network.model import Procedure
from hub.network.subject import standing_for


@dataclass(frozen=True)
class WrittenOut:
    """Hold a migration whose steps are named in full; ``places``: where in the file what was written out stands."""

    migration: Migration
    places: Mapping[Path, Path]


def subject_steps(procedure: Procedure, name: StepName) -> dict[str, StepName]:
    """Give the steps that a declared one was written out to, by subject; none for a name that means one step."""
    found = () if name in procedure.steps else standing_for(procedure, name)
    return {str(procedure.steps[each].subject): each for each in found}


def written_out(migration: Migration, old: Procedure, new: Procedure) -> WrittenOut:
    """Name each subject's step in a migration that names a step for each of them as it is declared."""
    if not old.subjects and not new.subjects:
        return WrittenOut(migration, {})
    return _Writing(migration, old, new).run()


class _Writing:
    """Write one migration out."""

    def __init__(self, migration: Migration, old: Procedure, new: Procedure) -> None:
        self._migration, self._old, self._new = migration, old, new
        self._places: dict[Path, Path] = {}

    def run(self) -> WrittenOut:
        facts = self._migration.facts.model_copy(update={"add": self._added_facts(), "drop": self._dropped()})
        more = {"steps": self._steps(), "gone": self._gone(), "added": self._added(), "facts": facts}
        return WrittenOut(self._migration.model_copy(update=more), self._places)

    def _steps(self) -> dict[StepName, StepName]:
        said = self._migration.steps
        found = dict(said)
        for name, to in said.items():
            olds, news = subject_steps(self._old, name), subject_steps(self._new, to)
            if not olds or not news:
                continue  # one becomes several, or several one: told by the check, or both are single steps
            del found[name]
            for code, each in olds.items():
                if code in news and self._is_free(said, "steps", name, each):
                    found[each] = news[code]
        return found

    def _gone(self) -> dict[StepName, Gone]:
        said = self._migration.gone
        found = dict(said)
        for name, gone in said.items():
            if olds := subject_steps(self._old, name):
                del found[name]
            ways = {} if gone.at is None else subject_steps(self._new, gone.at)
            for code, each in olds.items():
                if self._is_free(said, "gone", name, each):
                    found[each] = gone.model_copy(update={"at": ways.get(code, gone.at)})
        return found

    def _added(self) -> dict[StepName, str]:
        said = self._migration.added
        found: dict[StepName, str] = dict(said)
        for name, how in said.items():
            if news := subject_steps(self._new, name):
                del found[name]
            for each in news.values():
                if self._is_free(said, "added", name, each):
                    found[each] = how
        return found

    def _added_facts(self) -> dict[str, str]:
        said = self._migration.facts.add
        found = dict(said)
        for name, text in said.items():
            source, _, field = name.partition(".")
            if news := subject_steps(self._new, StepName(source)):
                del found[name]
            for code, step in news.items():
                each = f"{step}.{field}"
                if each not in said:
                    found[each] = self._of_subject(text, code)
                    self._places["facts", "add", each] = ("facts", "add", name)
        return found

    def _dropped(self) -> tuple[str, ...]:
        found: list[str] = []
        for name in self._migration.facts.drop:
            source, _, field = name.partition(".")
            news = subject_steps(self._new, StepName(source))
            found += [f"{step}.{field}" for step in news.values()] or [name]
        return tuple(found)

    def _of_subject(self, text: str, code: str) -> str:
        """Let an expression over old facts mean the subject's own by a step that is for each of them."""

        def rewrite(source: str, field: str) -> str | None:
            own = subject_steps(self._old, StepName(source)).get(code)
            return None if own is None else f"{own}.{field}"

        return rewritten(text, rewrite)

    def _is_free(self, said: Mapping[StepName, object], key: str, name: StepName, each: StepName, /) -> bool:
        """Tell whether nothing is said of a written-out step by its full name, and remember where it stands."""
        if each in said:
            return False
        self._places[key, each] = (key, name)
        return True
