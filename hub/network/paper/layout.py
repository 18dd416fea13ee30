"""Where each step of a procedure stands in its picture, and by which points its arrows run.

Columns from left to right, one after the last step before; an arrow over several columns has a place in each.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from hub.names import StepName
from hub.network.flow import Flow

BOX_W: Final = 200
BOX_H: Final = 72
GAP_X: Final = 70
GAP_Y: Final = 28
EDGE: Final = 24
START_W: Final = 110
#: Height of the place that an arrow takes in a column it runs through.
_PASS_H: Final = 10

Point = tuple[int, int]
#: Who has a place in a column: a step, or the arrows of a step that run through (marked True).
_Seat = tuple[StepName, bool]


@dataclass(frozen=True, slots=True)
class Box:
    """Where a step, or an arrow on its way, stands in the picture."""

    x: int
    y: int
    width: int = BOX_W
    height: int = BOX_H

    @property
    def left(self) -> Point:
        """Give the point where arrows arrive."""
        return self.x, self.y + self.height // 2

    @property
    def right(self) -> Point:
        """Give the point where arrows leave."""
        return self.x + self.width, self.y + self.height // 2


class Layout:
    """Place the steps of a flow; the same flow, the same places."""

    def __init__(self, flow: Flow) -> None:
        """Sort the steps into columns and rows."""
        self._flow = flow
        self._column: dict[StepName, int] = {}
        for name in flow.order:
            self._column[name] = max((self._column[each] + 1 for each in _before(flow, name)), default=0)
        columns = self._ordered(self._seats())
        self.floor = EDGE + max((_height(column) for column in columns), default=BOX_H)
        self.width = EDGE * 2 + START_W + len(columns) * (BOX_W + GAP_X)
        self.start = Box(EDGE, self._top(BOX_H), START_W)
        self._boxes = {(seat, i): box for i, column in enumerate(columns) for seat, box in self._placed(column, i)}

    @property
    def boxes(self) -> dict[StepName, Box]:
        """Give the box of each step, column by column."""
        return {name: box for ((name, passing), _), box in self._boxes.items() if not passing}

    def way(self, before: StepName, name: StepName) -> list[Point]:
        """List the points of the arrow from one step to a later one, the ends of each place on its way included."""
        points = [self._boxes[(before, False), self._column[before]].right]
        for column in range(self._column[before] + 1, self._column[name]):
            box = self._boxes[(before, True), column]
            points += [box.left, box.right]
        return [*points, self._boxes[(name, False), self._column[name]].left]

    def _seats(self) -> list[list[_Seat]]:
        columns: list[dict[_Seat, None]] = [{} for _ in range(max(self._column.values(), default=-1) + 1)]
        for name in self._flow.order:
            columns[self._column[name]][name, False] = None
            for before in _before(self._flow, name):
                for column in range(self._column[before] + 1, self._column[name]):
                    columns[column][before, True] = None
        return [list(column) for column in columns]

    def _ordered(self, columns: list[list[_Seat]]) -> list[list[_Seat]]:
        """Bring each seat near those it comes from, so that arrows cross little."""
        rows: dict[_Seat, float] = {}
        for i, column in enumerate(columns):
            wanted = {seat: self._wanted_row(seat, i, rows) for seat in column}
            column.sort(key=wanted.__getitem__)
            middle = (len(column) - 1) / 2
            rows = {**rows, **{seat: at - middle for at, seat in enumerate(column)}}
        return columns

    def _wanted_row(self, seat: _Seat, column: int, rows: dict[_Seat, float]) -> float:
        name, passing = seat
        before = [name] if passing else list(_before(self._flow, name))
        found = [rows[each, self._column[each] < column - 1] for each in before]
        return sum(found) / len(found) if found else 0.0

    def _placed(self, column: list[_Seat], number: int) -> Iterator[tuple[_Seat, Box]]:
        x, y = EDGE + START_W + GAP_X + number * (BOX_W + GAP_X), self._top(_height(column))
        for seat in column:
            height = _PASS_H if seat[1] else BOX_H
            yield seat, Box(x, y, BOX_W, height)
            y += height + GAP_Y

    def _top(self, height: int) -> int:
        """Give the top of something that stands in the middle."""
        return EDGE + (self.floor - EDGE - height) // 2


def _before(flow: Flow, name: StepName) -> tuple[StepName, ...]:
    return (*flow.after[name], *flow.rejected_by[name])


def _height(column: list[_Seat]) -> int:
    return sum((_PASS_H if passing else BOX_H) + GAP_Y for _, passing in column) - GAP_Y
