"""API keys: shown once, kept hashed, recognised, taken back."""

import os
import stat
from pathlib import Path

import pytest

from hub.errors import SettingsError
from hub.names import AgencyCode
from hub.settings import Settings
from hub.web import keys
from hub.web.keys import KeyRing, add_key, create_key, keys_path, read_keys, remove_key

CIVIL = AgencyCode("disdukcapil")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give a place for a key file that is not there yet."""
    return tmp_path / "home" / "keys.json"


def test_a_key_is_recognised_and_never_kept(path: Path) -> None:
    """The file holds a hash only, readable by its owner only, and the ring knows whose the key is."""
    plain, record = add_key(path, CIVIL)

    assert plain not in path.read_text()
    assert plain.rsplit(".", 1)[1] not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_keys(path) == {CIVIL: [record]}
    assert KeyRing(path).agency_of(plain) == CIVIL


@pytest.mark.parametrize("change", [lambda key: key[:-1], lambda key: key + "x", lambda key: key.swapcase()])
def test_a_key_with_any_change_is_nobodys(path: Path, change: object) -> None:
    """A key that is nearly right is not known."""
    plain, _ = add_key(path, CIVIL)

    assert KeyRing(path).agency_of(change(plain)) is None  # type: ignore[operator]


@pytest.mark.parametrize("key", ["", "simpul", "simpul..", "simpul.00000000.x", "ÿ.é.ü", "..", "other.00000000.x"])
def test_what_is_no_key_is_nobodys(path: Path, key: str) -> None:
    """Anything may be sent; it is not known, and nothing fails."""
    add_key(path, CIVIL)

    assert KeyRing(path).agency_of(key) is None


def test_two_keys_are_never_the_same() -> None:
    """A key carries 256 random bits of its own."""
    plain, other = create_key(CIVIL)[0], create_key(CIVIL)[0]

    assert plain.rsplit(".", 1)[1] != other.rsplit(".", 1)[1]
    assert len(plain.rsplit(".", 1)[1]) >= 43


def test_a_key_is_for_an_agency_code() -> None:
    """What cannot be an agency gets no key."""
    with pytest.raises(SettingsError, match="no agency code"):
        create_key(AgencyCode("No Agency"))


def test_a_ring_follows_its_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key made or taken back while the gateway runs is known or refused without a restart."""
    monkeypatch.setattr(keys, "_STALE_S", 0.0)
    ring = KeyRing(path)
    plain, record = add_key(path, CIVIL)
    other, _ = add_key(path, AgencyCode("rs"))
    assert ring.agency_of(plain) == CIVIL

    assert remove_key(path, record.id) == CIVIL

    assert ring.agency_of(plain) is None
    assert ring.agency_of(other) == "rs"


def test_a_file_that_is_gone_lets_nobody_in(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Taking the file away takes all keys back."""
    monkeypatch.setattr(keys, "_STALE_S", 0.0)
    plain, _ = add_key(path, CIVIL)
    ring = KeyRing(path)
    assert ring.agency_of(plain) == CIVIL

    path.unlink()

    assert ring.agency_of(plain) is None


def test_a_broken_file_changes_nothing_while_running(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slip of the pen does not shut the agencies out; at a start it is told."""
    monkeypatch.setattr(keys, "_STALE_S", 0.0)
    plain, _ = add_key(path, CIVIL)
    ring = KeyRing(path)

    path.write_text("{")

    assert ring.agency_of(plain) == CIVIL
    with pytest.raises(SettingsError, match=r"keys\.json"):
        KeyRing(path)


def test_a_file_with_a_plain_key_is_refused(path: Path) -> None:
    """Unknown members are told, so that nobody believes a key is kept that is not."""
    path.parent.mkdir(parents=True)
    path.write_text('{"disdukcapil": [{"id": "1", "key": "plain", "sha256": "", "created": ""}]}')

    with pytest.raises(SettingsError, match="key"):
        read_keys(path)


def test_no_such_key_is_told(path: Path) -> None:
    """Taking back what is not there says so."""
    assert remove_key(path, "ffffffff") is None


def test_a_change_leaves_no_half_file(path: Path) -> None:
    """A file is replaced whole: what a killed writer left behind does no harm."""
    plain, _ = add_key(path, CIVIL)
    path.with_name(".keys.json.new").write_text("half")

    other, _ = add_key(path, CIVIL)

    ring = KeyRing(path)
    assert [ring.agency_of(key) for key in (plain, other)] == [CIVIL, CIVIL]
    assert not any(name.endswith(".new") for name in os.listdir(path.parent))  # noqa: PTH208 - names only


def test_the_place_of_the_keys_is_a_setting(tmp_path: Path) -> None:
    """HUB_KEYS_FILE names the file; without it, it stands in HUB_HOME."""
    assert keys_path(Settings(home=tmp_path)) == tmp_path / "keys.json"
    assert keys_path(Settings(home=tmp_path, keys_file=tmp_path / "other")) == tmp_path / "other"


@pytest.mark.parametrize("kept", ["", "é" * 64, "A" * 64, "0" * 63])
def test_what_is_no_hash_is_told_and_not_compared(tmp_path: Path, kept: str) -> None:
    """A slip of the pen in the key file is named when it is read, and no fault when somebody speaks."""
    path = tmp_path / "keys.json"
    path.write_text(f'{{"rs": [{{"id": "0a", "sha256": "{kept}", "created": "2026-01-31T00:00:00Z"}}]}}')
    with pytest.raises(SettingsError, match="sha256"):
        KeyRing(path)


def test_a_key_file_that_is_no_text_shuts_nobody_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Saved in another encoding while the gateway runs, it is told and the keys of before stay in force."""
    monkeypatch.setattr(keys, "_STALE_S", 0.0)
    path = tmp_path / "keys.json"
    plain, _ = add_key(path, AgencyCode("rs"))
    ring = KeyRing(path)

    path.write_bytes(b'{"r\xe9": []}')

    assert ring.agency_of(plain) == "rs"
    with pytest.raises(SettingsError, match=r"keys\.json"):
        read_keys(path)
