"""A procedure drawn from left to right as one small SVG: steps in columns, arrows, returns dashed, rejections dotted.

Needs nothing to be shown but a browser; says in words what it shows to those who cannot see it.
"""

from collections.abc import Iterator
from html import escape
from itertools import pairwise
from typing import Final

from hub.names import StepName
from hub.network.flow import Flow
from hub.network.load import DeclaredNetwork
from hub.network.model import APPLICANT, Procedure
from hub.network.paper.layout import BOX_H, BOX_W, EDGE, Box, Layout, Point
from hub.network.paper.words import Language, Tongue

#: Characters of a line in a box, and lines of a title.
_LINE, _LINES = 27, 2
#: How far below the boxes the first return runs, and the next below it.
_LANE: Final = 14

_STYLE: Final = (
    "text{font:12px system-ui,sans-serif;fill:#0f172a}.a{fill:#475569;font-size:11px}"
    ".b{fill:#fff;stroke:#334155;stroke-width:1.2}.g{stroke-dasharray:5 3}.s{fill:#e2e8f0;stroke:#334155}"
    ".e{fill:none;stroke:#334155;stroke-width:1.3}.r{fill:none;stroke:#b45309;stroke-width:1.3;stroke-dasharray:6 4}"
    ".n{fill:none;stroke:#b91c1c;stroke-width:1.3;stroke-dasharray:2 3}"
)
_TIP: Final = (
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path d="M0,0 L8,4 L0,8 z" fill="#334155"/></marker></defs>'
)


def picture(network: DeclaredNetwork, procedure: Procedure, *, language: Language) -> str:
    """Draw a procedure; the same procedure gives the same picture."""
    return "\n".join(_Picture(network, procedure, language).lines()) + "\n"


class _Picture:
    """Draw one procedure in one language."""

    def __init__(self, network: DeclaredNetwork, procedure: Procedure, language: Language) -> None:
        self._network = network
        self._procedure = procedure
        self._tongue = Tongue(language)
        self._flow = Flow(procedure)
        self._layout = Layout(self._flow)
        self._returns = [(name, to) for name in self._flow.order for to in self._flow.return_targets(name)]

    def lines(self) -> Iterator[str]:
        """Give the picture line by line: what lies below first."""
        tongue, width = self._tongue, self._layout.width
        height = self._layout.floor + EDGE + _LANE * len(self._returns)
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            f'role="img" aria-labelledby="title about">'
        )
        yield f'<title id="title">{escape(tongue.say("picture", tongue.of(self._procedure.title)))}</title>'
        yield f'<desc id="about">{escape(tongue.say("picture_of", len(self._flow.order)))}</desc>'
        yield f"<style>{_STYLE}</style>"
        yield f'<rect width="{width}" height="{height}" fill="#f8fafc"/>'
        yield _TIP
        yield from self._arrows()
        for lane, (name, to) in enumerate(self._returns, start=1):
            yield self._return(name, to, lane)
        yield from self._opening()
        for name, box in self._layout.boxes.items():
            yield from self._step(name, box)
        yield "</svg>"

    def _arrows(self) -> Iterator[str]:
        for name, box in self._layout.boxes.items():
            if self._flow.mode(name) == "start":
                yield _arrow("e", [self._layout.start.right, box.left])
            for before in self._flow.after[name]:
                yield _arrow("e", self._layout.way(before, name))
            for before in self._flow.rejected_by[name]:
                yield _arrow("n", self._layout.way(before, name))

    def _return(self, name: StepName, to: str, lane: int) -> str:
        """Draw a return below all boxes, each on a lane of its own."""
        box = self._layout.boxes[name]
        target = self._layout.start if to == APPLICANT else self._layout.boxes[StepName(to)]
        depth, aside = self._layout.floor + _LANE * lane, 6 * lane % (BOX_W // 3)
        x, to_x = box.x + box.width - 20 - aside, target.x + 20 + aside
        path = f"M{x},{box.y + BOX_H} V{depth} H{to_x} V{target.y + BOX_H + 2}"
        return f'<path class="r" d="{path}" marker-end="url(#tip)"/>'

    def _opening(self) -> Iterator[str]:
        box = self._layout.start
        yield f'<g><rect class="s" x="{box.x}" y="{box.y}" width="{box.width}" height="{BOX_H}" rx="36"/>'
        yield f"{_text(self._tongue.say('start'), box, line=1.1)}</g>"

    def _step(self, name: StepName, box: Box) -> Iterator[str]:
        step = self._procedure.steps[name]
        title, agency = self._tongue.of(step.title), self._agency(step.agency)
        guarded = " g" if step.when is not None else ""
        yield f"<g><title>{escape(f'{title} ({agency})')}</title>"
        yield f'<rect class="b{guarded}" x="{box.x}" y="{box.y}" width="{box.width}" height="{BOX_H}" rx="6"/>'
        lines = _wrapped(title)
        for line, text in enumerate(lines):
            yield _text(text, box, line=line + (0.4 if len(lines) == 1 else 0))
        yield f"{_text(_cut(agency, _LINE + 3), box, line=2.4, kind='a')}</g>"
        if guarded:
            yield f'<text class="a" x="{box.x + 4}" y="{box.y - 4}">{escape(self._tongue.say("if"))}</text>'

    def _agency(self, code: str) -> str:
        agency = next((each for each in self._network.agencies.values() if each.agency == code), None)
        return self._tongue.of(agency.title) if agency else code


def _arrow(kind: str, points: list[Point]) -> str:
    """Draw an arrow: bent between columns, straight where it runs through one."""
    (x, y), (last_x, last_y) = points[0], points[-1]
    points = [*points[:-1], (last_x - 1, last_y)]
    path = f"M{x},{y}"
    for at, ((from_x, from_y), (to_x, to_y)) in enumerate(pairwise(points)):
        bend = max(30, (to_x - from_x) // 2)
        path += f" C{from_x + bend},{from_y} {to_x - bend},{to_y} {to_x},{to_y}" if at % 2 == 0 else f" H{to_x}"
    return f'<path class="{kind}" d="{path}" marker-end="url(#tip)"/>'


def _text(text: str, box: Box, *, line: float, kind: str = "") -> str:
    x, y = box.x + box.width // 2, box.y + 21 + round(17 * line)
    shown = f' class="{kind}"' if kind else ""
    return f'<text{shown} x="{x}" y="{y}" text-anchor="middle">{escape(text)}</text>'


def _wrapped(title: str) -> list[str]:
    """Break a title into at most two lines between words; what is too long ends in an ellipsis."""
    lines: list[str] = []
    for word in title.split():
        if lines and len(lines[-1]) + len(word) < _LINE:
            lines[-1] += f" {word}"
        elif len(lines) < _LINES:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}"
    return [_cut(line, _LINE) for line in lines]


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
