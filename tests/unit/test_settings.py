"""Settings: what the environment says, and everything that is wrong with it at once."""

from pathlib import Path

import pytest

from hub.errors import SettingsError
from hub.settings import Settings, masked, page_url, shipped, strangers


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what the machine that runs the tests has set."""
    import os

    for name in os.environ:
        if name.startswith(("HUB_", "KAFKA_", "SCHEMA_")):
            monkeypatch.delenv(name)


def test_nothing_needs_to_be_set() -> None:
    """With no variable at all the hub starts its own broker and registry in ``.hub``."""
    settings = Settings.read({})

    assert (settings.kafka.bootstrap, settings.registry_url, settings.home) == (None, None, Path(".hub"))


def test_the_usual_names_of_kafka_and_registry_are_read() -> None:
    """Broker, client settings and registry keep the names that other tools know."""
    settings = Settings.read(
        {
            "KAFKA_BOOTSTRAP_SERVERS": "a:1,b:2",
            "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "SCHEMA_REGISTRY_URL": "http://r:8081",
        }
    )

    assert settings.kafka.bootstrap == "a:1,b:2"
    assert settings.kafka.client == {"security.protocol": "SASL_SSL"}
    assert settings.registry_url == "http://r:8081"


def test_each_role_has_a_page_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Router, views and gateway run side by side with nothing set; a port that is given is the process's own."""
    unset = Settings.read({})
    assert len({unset.metrics_port, unset.views_port, unset.gateway_port}) == 3

    monkeypatch.setenv("HUB_METRICS_PORT", "9404")
    assert Settings.read({}).views_port == 9404
    assert Settings.read({}).model_copy(update={"registry_url": "http://r:8081"}).views_port == 9404


def test_nested_settings_are_set_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """``HUB_ENGINE__INSTANCE`` sets one field and leaves the others at their defaults."""
    monkeypatch.setenv("HUB_ENGINE__INSTANCE", "router-7")
    engine = Settings.read({}).engine

    assert (engine.instance, engine.group) == ("router-7", "hub.router")


def test_kafkas_names_go_with_the_hubs_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client setting given as HUB_KAFKA__CLIENT stays when KAFKA_BOOTSTRAP_SERVERS is given too."""
    monkeypatch.setenv("HUB_KAFKA__CLIENT", '{"security.protocol": "SSL"}')
    kafka = Settings.read({"KAFKA_BOOTSTRAP_SERVERS": "a:1"}).kafka

    assert kafka.bootstrap == "a:1"
    assert kafka.client == {"security.protocol": "SSL"}


def test_arguments_win_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a command was told counts more than what the machine says."""
    monkeypatch.setenv("HUB_WORKERS", "3")

    assert Settings.read({}, workers=2).workers == 2
    assert Settings.read({}).workers == 3


def test_all_that_is_wrong_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong start names every wrong variable by the name that a person must set, and never its value."""
    monkeypatch.setenv("HUB_KAFKA_PORT", "hunter2")
    monkeypatch.setenv("HUB_ENGINE__COMMIT_IDLE_MS", "1")

    with pytest.raises(SettingsError) as wrong:
        Settings.read({})

    assert "HUB_KAFKA_PORT" in str(wrong.value)
    assert "HUB_ENGINE__COMMIT_IDLE_MS" in str(wrong.value)
    assert "hunter2" not in str(wrong.value)


def test_settings_do_not_change() -> None:
    """What was read at the start stays."""
    with pytest.raises(ValueError, match="frozen"):
        Settings.read({}).workers = 2


def test_shipped_folders_are_there() -> None:
    """The schemas that the hub ships are found wherever it is installed."""
    assert list(shipped("schemas").rglob("*.avsc"))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://registry:8081/apis/ccompat/v7", "http://registry:8081/apis/ccompat/v7"),
        ("https://hub:pass%40word@registry/v7", "https://hub:***@registry/v7"),
        ("https://hub:p@ss@[::1]:8081/v7", "https://hub:***@[::1]:8081/v7"),
        ("https://token@registry/v7", "https://***@registry/v7"),
        ("http://[broken", "(an address that cannot be read)"),
    ],
)
def test_an_address_is_shown_without_its_secret(url: str, shown: str) -> None:
    """What is printed or logged of an address does not open it."""
    assert masked(url) == shown


def test_a_wrong_setting_is_told_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where a traceback shows what pydantic said."""
    monkeypatch.setenv("HUB_KAFKA_PORT", "hunter2")
    with pytest.raises(SettingsError) as wrong:
        Settings.read()
    assert "hunter2" not in f"{wrong.value} {wrong.value.__cause__}"


@pytest.mark.parametrize(
    ("host", "page"),
    [
        ("127.0.0.1", "http://127.0.0.1:8080"),
        ("hub.mpp.example", "http://hub.mpp.example:8080"),
        ("", "http://127.0.0.1:8080"),
        ("0.0.0.0", "http://127.0.0.1:8080"),  # noqa: S104 - only asked
        ("::", "http://[::1]:8080"),
        ("fd00::7", "http://[fd00::7]:8080"),
    ],
)
def test_a_page_is_where_its_host_says(host: str, page: str) -> None:
    """Who listens everywhere is asked on this machine; colons in a host stand in brackets."""
    assert page_url(host, 8080) == page


def test_a_name_that_sets_nothing_is_told_with_the_nearest_that_does() -> None:
    """A slip of the pen is not silently a default; what commands, compose files and tests read is no stranger."""
    environ = dict.fromkeys(
        ("HUB_WORKRES", "HUB_ENGINE__BATCH_EVENT", "HUB_COLOUR", "HUB_HOME", "HUB_ENGINE__GROUP", "HUB_ACTOR", "PATH",
         "HUB_FAULT_KILLS", "HUB_KAFKA__CLIENT"), "x",
    )  # fmt: skip

    assert strangers(environ) == (
        "HUB_COLOUR is no setting; the settings are listed in docs/operating.md",
        "HUB_ENGINE__BATCH_EVENT is no setting; did you mean HUB_ENGINE__BATCH_EVENTS?",
        "HUB_WORKRES is no setting; did you mean HUB_WORKERS?",
    )


def test_a_key_that_is_too_short_is_refused_and_shown_to_nobody() -> None:
    """The secret that seals proofs is long, and stands in no message and no listing of settings."""
    with pytest.raises(SettingsError) as wrong:
        Settings.read({}, evidence_key="short-secret")
    assert "short-secret" not in str(wrong.value)
    settings = Settings.read({}, evidence_key="a-secret-of-more-than-thirty-two-characters")
    assert "a-secret" not in repr(settings)
    assert settings.evidence_keys == (b"a-secret-of-more-than-thirty-two-characters",)
    assert Settings.read({}).evidence_keys == ()


def test_keys_are_read_from_a_file_the_one_that_seals_first(tmp_path: Path) -> None:
    """One a line; notes and empty lines are none."""
    file = tmp_path / "keys"
    file.write_text(f"# of 2026\n{'b' * 40}\n\n  {'a' * 32}  \n", encoding="utf-8")
    assert Settings.read({}, evidence_key_file=file).evidence_keys == (b"b" * 40, b"a" * 32)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (f"{'b' * 40}\nsecret\n", "the key on line 2 has less than 32 characters"),
        ("# nothing\n", "it holds no key"),
        (None, "the file cannot be read: FileNotFoundError"),
    ],
)
def test_a_file_of_keys_that_holds_no_good_ones_stops_the_start(tmp_path: Path, content: str | None, told: str) -> None:
    """What is wrong is said, and no key is shown."""
    file = tmp_path / "keys"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=f"HUB_EVIDENCE_KEY_FILE: {told}") as wrong:
        Settings.read({}, evidence_key_file=file)
    assert "secret" not in str(wrong.value)


def test_one_key_and_a_file_of_keys_are_not_given_together(tmp_path: Path) -> None:
    """Which of them seals would not be plain."""
    file = tmp_path / "keys"
    file.write_text("a" * 32, encoding="utf-8")
    with pytest.raises(SettingsError, match="HUB_EVIDENCE_KEY_FILE: HUB_EVIDENCE_KEY is given too; give one of them"):
        Settings.read({}, evidence_key="b" * 32, evidence_key_file=file)
