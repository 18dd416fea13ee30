"""A rehearsed week as one picture (SVG): who came and what ended by the hour, and whose time the cases took."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from hub.mall.diary import HOLDERS, Diary
from hub.mall.week import Week

_HOUR_MS: Final = 3_600_000
_WIDTH, _LEFT, _PLOT, _HEIGHT = 900, 170, 700, 150
_TOP: Final = 50
_BAR, _STEP = 16, 24
_COME, _ENDED = "#2b6cb0", "#c05621"
#: One colour for each holder, told apart also in grey.
_COLOURS: Final = dict(zip(HOLDERS, ("#2b6cb0", "#c05621", "#d69e2e", "#718096", "#1a202c"), strict=True))


def draw_week(week: Week, diary: Diary) -> str:
    """Draw it; the same week, the same picture."""
    services = [(name, each) for name, each in diary.services.items() if each.age]
    below = _TOP + _HEIGHT + 80
    height = below + _STEP * len(services) + 20
    title = f"{week.network.network.title.en}: {week.script.days} days from {week.script.begins.isoformat()}"
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" '
            f'font-size="12" role="img" aria-label="{escape(title)}">'
        ),
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        _text(10, 20, title, size=15),
        *_load(week, diary),
        *_held(diary, below),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _load(week: Week, diary: Diary) -> Iterator[str]:
    """Draw cases by the hour: who came as bars, what ended as a line."""
    hours = (diary.until - diary.since) // _HOUR_MS
    most = max([1, *diary.come.values(), *diary.ended.values()])
    width, foot = _PLOT / hours, _TOP + _HEIGHT
    yield _text(10, _TOP + 12, f"cases an hour, at most {most:,}")
    yield _text(10, _TOP + 32, "came", fill=_COME)
    yield _text(10, _TOP + 52, "ended", fill=_ENDED)
    for hour in sorted(diary.come):
        tall = _HEIGHT * diary.come[hour] / most
        yield _rect(_LEFT + hour * width, foot - tall, max(width - 0.5, 0.5), tall, fill=_COME)
    points = " ".join(
        f"{_LEFT + (hour + 0.5) * width:.1f},{foot - _HEIGHT * diary.ended[hour] / most:.1f}" for hour in range(hours)
    )
    yield f'<polyline points="{points}" fill="none" stroke="{_ENDED}" stroke-width="1.5"/>'
    yield f'<line x1="{_LEFT}" y1="{foot}" x2="{_LEFT + _PLOT}" y2="{foot}" stroke="#1a202c"/>'
    zone, every = ZoneInfo(week.network.network.time_zone), max(1, week.script.days // 7)
    for day in range(0, week.script.days, every):
        at = datetime.fromtimestamp((diary.since + day * 24 * _HOUR_MS) / 1000, zone)
        yield _text(_LEFT + day * 24 * width + 2, foot + 16, f"{at:%a %d}")


def _held(diary: Diary, top: int) -> Iterator[str]:
    """Draw whose time each service's cases took: a bar of a hundred percent each."""
    yield _text(10, top - 12, "whose time it was")
    for place, holder in enumerate(HOLDERS):
        at = _LEFT + place * 110
        yield _rect(at, top - 22, 12, 12, fill=_COLOURS[holder])
        yield _text(at + 18, top - 12, holder)
    services = [(name, each) for name, each in diary.services.items() if each.age]
    for row, (name, each) in enumerate(services):
        x, y = float(_LEFT), top + row * _STEP
        yield _text(10, y + 13, name)
        for holder in HOLDERS:
            width = _PLOT * each.held[holder] / each.age
            if width:
                yield _rect(x, y, width, _BAR, fill=_COLOURS[holder])
            x += width


def _rect(x: float, y: float, width: float, height: float, /, *, fill: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}"/>'


def _text(x: float, y: float, words: str, /, *, fill: str = "#1a202c", size: int = 12) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{fill}" font-size="{size}">{escape(words)}</text>'
