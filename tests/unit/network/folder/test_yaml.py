"""The plain part of YAML, with the place of every word."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.network.folder.yaml import MAX_BYTES, MAX_DEPTH, read_yaml


def test_every_key_and_value_knows_its_place() -> None:
    """Places count from 1, for keys and values, in blocks and in one line."""
    document, findings = read_yaml("a.yaml", b"one:\n  two: [x, {three: y}]\n")

    assert findings == []
    assert document.value == {"one": {"two": ["x", {"three": "y"}]}}
    assert document.key("one", "two") == (2, 3)
    assert document.at("one", "two", 1, "three") == (2, 20)
    assert document.at("one", "two", 7, "nine") == (2, 8)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"), ("yes", "yes"), ("true", True), ("null", None), ("", None), ("~", None), ("12", 12), ("-3", -3),
        ("1.5", 1.5), ("007", "007"), ("1_000", "1_000"), ("0x1f", "0x1f"), ("2026-01-31", "2026-01-31"),
        ("'12'", "12"), (".inf", ".inf"), ("12:30", "12:30"),
    ],
)  # fmt: skip
def test_words_mean_what_they_look_like(text: str, value: object) -> None:
    """Only plain numbers, truths and null are no texts: a code with zeros in front stays whole."""
    document, findings = read_yaml("a.yaml", f"a: {text}\n".encode())

    assert findings == []
    assert document.value == {"a": value}
    assert type(document.value["a"]) is type(value)


@pytest.mark.parametrize("text", ["9" * 5_000, "-" + "9" * 19, "1e999", "-1e999", '"\\ud800"', '{"\\udfff": 1}'])
def test_what_no_bundle_can_keep_is_a_finding(text: str) -> None:
    """A number past 64 bits and half a character are told at their place; nothing is raised."""
    document, findings = read_yaml("a.yaml", f"a:\n  b: {text}\n".encode())

    assert [(each.code, each.line) for each in findings] == [("yaml-value", 2)]
    assert document.value["a"]["b"] in (None, {})


def told(content: bytes) -> list[str]:
    """Write what is said of a file."""
    return [str(finding) for finding in read_yaml("a.yaml", content)[1]]


def test_what_is_too_deep_or_too_large_is_refused() -> None:
    """A file made to exhaust its reader becomes one finding."""
    deep, just = b"a: " + b"[" * 90_000, b"a: " + b"[" * (MAX_DEPTH - 1) + b"]" * (MAX_DEPTH - 1)

    assert told(deep) == [
        "a.yaml:1:29: error [yaml-depth] this is nested deeper than 24 levels; write it flatter",
    ]
    assert told(b"a: " + b"[" * 25 + b"]" * 25) == [
        "a.yaml:1:27: error [yaml-depth] this is nested deeper than 24 levels; write it flatter",
    ]
    assert told(just) == []
    assert told(b"#" * (MAX_BYTES + 1)) == [
        "a.yaml:1:1: error [yaml-size] the file has 524289 bytes, over 524288; split it or take things out",
    ]


def test_a_file_in_another_encoding_is_refused() -> None:
    """Bytes that are no UTF-8 are told with their line."""
    _, findings = read_yaml("a.yaml", "a: 1\nb: é\n".encode("latin-1"))

    assert str(findings[0]) == "a.yaml:2:1: error [yaml-syntax] the file is not UTF-8; save it as UTF-8"


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=st.sampled_from(list("ab:-[]{}&*!'\"|>#%@ \n\t,?~0")), max_size=40))
def test_any_text_is_read_or_told(text: str) -> None:
    """Whatever stands in a file gives a value or a finding, never an exception."""
    document, findings = read_yaml("a.yaml", text.encode())

    assert findings or document.value is None or isinstance(document.value, dict | list | str | int | float)
