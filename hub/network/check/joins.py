"""How a procedure's steps are joined: names, predecessors, circles, dead ends, rejections."""

from hub.names import StepName
from hub.network.check.report import FileReport
from hub.network.expression import is_step_name
from hub.network.flow import Flow, named_before
from hub.network.folder.finding import meant
from hub.network.model import After, Procedure, Step


class JoinCheck:
    """Check how the steps of one procedure wait for each other."""

    def __init__(self, procedure: Procedure, flow: Flow, report: FileReport) -> None:
        """Keep what is checked."""
        self._procedure = procedure
        self._flow = flow
        self._report = report

    def run(self) -> bool:
        """Report everything that is wrong; tell whether what happens in the flow can be looked at."""
        if not self._procedure.steps:
            self._report.at(("steps",), "no-steps", "the procedure has no steps", fix="write what its agencies do")
        for name, step in self._procedure.steps.items():
            self._check_name(name)
            self._check_after(name, step)
            self._check_rejection(name, step)
        cycle = self._flow.cycle
        if cycle:
            message = f"these steps wait for each other: {' > '.join((*cycle, cycle[0]))}"
            self._report.at_key(("steps", cycle[0]), "cycle", message, fix="let one of them wait for less")
            return False
        self._check_reach()
        return True

    def _check_name(self, name: StepName) -> None:
        if not is_step_name(name) or name != name.lower():
            message = f"{name!r} cannot be a step's name: expressions call its facts {name}.<field>"
            fix = "write lower-case letters, digits and underscores, and neither 'application' nor a word of CEL"
            self._report.at_key(("steps", name), "step-name", message, fix=fix)

    def _check_after(self, name: StepName, step: Step) -> None:
        path = ("steps", name, "after")
        ways = [way for way in ("all", "any", "of") if getattr(step.after, way)]
        if len(ways) > 1:
            message = f"step {name} waits in more than one way: {', '.join(ways)}"
            self._report.at_key(path, "after-mixed", message, fix="keep one of them")
        elif why := _wrong_count(step.after):
            self._report.at_key(
                path, "after-count", f"step {name} {why}", fix="name different steps, and at_least one to all of them"
            )
        for other in step.after.provisional:
            named = self._procedure.steps.get(other)
            answers = named.answers.values() if named is not None else ()
            if other not in named_before(step) or not any(each.outcome == "provisional" for each in answers):
                message = f"step {name} begins on a provisional outcome of {other}, which has none or is not waited for"
                fix = f"name a step that {name} waits for, one of whose answers is provisional"
                self._report.at_key((*path, "provisional"), "after-provisional", message, fix=fix)
        for other in dict.fromkeys(named_before(step)):
            way, at = _way_to(step.after, other)
            short = (*path, at)
            self._check_known(other, short if self._report.holds(short) else (*path, way, at))

    def _check_rejection(self, name: StepName, step: Step) -> None:
        if step.on_rejected is None:
            return
        path = ("steps", name, "on_rejected")
        self._check_known(step.on_rejected, path)
        if not any(answer.outcome == "rejected" for answer in step.answers.values()):
            message = f"step {name} goes on to {step.on_rejected} when rejected, but no answer rejects it"
            self._report.at(path, "edge-never-taken", message, fix="add the answer that rejects, or take the way out")

    def _check_known(self, name: StepName, path: tuple[str | int, ...]) -> None:
        if name not in self._procedure.steps:
            message = f"step {name!r} is not in this procedure"
            fix = meant(name, self._procedure.steps, otherwise="add the step")
            self._report.at(path, "unknown-step", message, fix=fix)

    def _check_reach(self) -> None:
        dead: set[StepName] = set()
        for name in self._flow.order:
            step = self._procedure.steps[name]
            if step.when is not None and step.when.strip() == "false":
                dead.add(name)
                self._unreachable(name, "its guard is always false")
            elif self._is_cut_off(name, dead):
                dead.add(name)
                self._unreachable(name, "no step before it can ever be done")
            elif (
                self._flow.mode(name) == "start" and not self._flow.successors(name) and len(self._procedure.steps) > 1
            ):
                message = f"step {name} starts at once and nothing waits for it"
                fix = "write after: if it comes after others; leave it so if it stands alone"
                self._report.at_key(("steps", name), "unjoined-step", message, fix=fix, level="warning")

    def _is_cut_off(self, name: StepName, dead: set[StepName]) -> bool:
        """Tell whether every way to a step is dead: the steps before it, and those whose rejection leads to it."""
        before, rejecting = self._flow.after[name], self._flow.rejected_by[name]
        ways = [each for each in before if each not in dead]
        ways += [each for each in rejecting if each not in dead and _rejects(self._procedure.steps[each])]
        return bool(before or rejecting) and not ways

    def _unreachable(self, name: StepName, why: str) -> None:
        message = f"step {name} can never start: {why}"
        self._report.at_key(("steps", name), "unreachable-step", message, fix="mend the way to it, or take it out")


def _rejects(step: Step) -> bool:
    return any(answer.outcome == "rejected" for answer in step.answers.values())


def _wrong_count(after: After) -> str:
    names = (*after.all, *after.any, *after.of)
    if len(set(names)) < len(names):
        return "waits for the same step twice"
    if after.of and after.at_least is None:
        return "does not say how many of them it waits for"
    if after.at_least is not None and not after.of:
        return "says at_least without of"
    return f"waits for {after.at_least} of {len(after.of)} steps" if (after.at_least or 0) > len(names) else ""


def _way_to(after: After, name: StepName) -> tuple[str, int]:
    """Find where a step's name stands, in the long form; ``after: [a, b]`` is short for all."""
    return next((way, names.index(name)) for way in ("all", "any", "of") if name in (names := getattr(after, way)))
