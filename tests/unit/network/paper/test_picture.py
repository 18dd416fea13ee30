"""A procedure as a picture that every browser shows and every reader can be told of."""

import xml.etree.ElementTree as ET

from hub.names import StepName
from hub.network.flow import Flow
from hub.network.paper.layout import Layout
from hub.network.paper.picture import picture
from tests.unit.network.town import BIRTH, PROCEDURE, Town

SVG = "{http://www.w3.org/2000/svg}"


def drawn(town: Town) -> ET.Element:
    """Draw the town's procedure and read the picture back."""
    network = town.network()
    return ET.fromstring(picture(network, network.procedures[BIRTH], language="en"))  # noqa: S314 - our own picture


def test_the_picture_shows_every_step_and_way(town: Town) -> None:
    """A box for each step and the opening; order, returns and rejections have their own lines."""
    root = drawn(town)
    kinds = [path.get("class") for path in root.iter(f"{SVG}path") if path.get("class")]

    boxes = [group.findtext(f"{SVG}title") for group in root.iter(f"{SVG}g")]
    assert boxes == [
        None,
        "Record the birth (Civil registry)",
        "Print the card (Civil registry)",
        "Enrol in the insurance (Health insurer)",
        "Advise the family (One-stop office)",
        "Hand the documents over (One-stop office)",
    ]
    assert (kinds.count("e"), kinds.count("r"), kinds.count("n")) == (6, 1, 1)
    assert len([rect for rect in root.iter(f"{SVG}rect") if rect.get("class") == "b g"]) == 1


def test_the_picture_can_be_read_out(town: Town) -> None:
    """It has a title and a description, and says that it is an image."""
    root = drawn(town)

    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "title about"
    assert root.findtext(f"{SVG}title") == "Flow of Birth package"
    assert (root.findtext(f"{SVG}desc") or "").startswith("5 steps; solid arrows: order")


def test_what_people_wrote_cannot_break_the_picture(town: Town) -> None:
    """Signs of markup in a title stand in the picture as text; long titles are cut."""
    title = "'<script>&\"x\" a very long title that goes on and on and on and on'"
    town.edit(PROCEDURE, "en: Print the card}", f"en: {title}}}")

    texts = [text.text for text in drawn(town).iter(f"{SVG}text")]

    assert '<script>&"x" a very long' in texts
    assert "title that goes on and on…" in texts


def test_the_same_procedure_gives_the_same_picture(town: Town) -> None:
    """Pictures can be kept under version control."""
    network = town.network()
    draw = [picture(network, network.procedures[BIRTH], language="id") for _ in range(2)]

    assert draw[0] == draw[1]


def test_no_arrow_runs_through_a_box(town: Town) -> None:
    """An arrow over several columns has its own place in each: boxes and places do not touch."""
    layout = Layout(Flow(town.network().procedures[BIRTH]))
    way = layout.way(StepName("card"), StepName("deliver"))
    advise = layout.boxes[StepName("advise")]

    assert len(way) == 4
    assert way[1][1] == way[2][1]
    assert not advise.y <= way[1][1] <= advise.y + advise.height
