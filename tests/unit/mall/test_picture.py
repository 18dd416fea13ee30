"""The picture of a week is a picture: well formed, with every service and every hour's people in it."""

from datetime import date
from xml.etree import ElementTree as ET

from hub.events.catalog import Catalog
from hub.mall.picture import draw_week
from hub.mall.week import Script, Week
from hub.network.load import DeclaredNetwork

SVG = "{http://www.w3.org/2000/svg}"


def test_a_week_is_drawn_whole(samarinda: DeclaredNetwork, catalog: Catalog) -> None:
    """Each service has a bar that fills the width; each hour in which somebody came has one too."""
    week = Week(samarinda, catalog, Script(begins=date(2025, 3, 17), cases=80, seed=2))
    diary = week.run()
    root = ET.fromstring(draw_week(week, diary))  # noqa: S314 - our own
    words = {each.text for each in root.iter(f"{SVG}text")}
    bars = [each for each in root.iter(f"{SVG}rect") if each.get("height") == "16.0"]
    assert {name for name, each in diary.services.items() if each.opened} <= words
    assert round(sum(float(each.get("width", "0")) for each in bars)) == 700 * sum(
        each.age > 0 for each in diary.services.values()
    )
    assert len(list(root.iter(f"{SVG}polyline"))) == 1
