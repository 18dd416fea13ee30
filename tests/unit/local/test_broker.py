"""The broker's settings, without a broker."""

from pathlib import Path

import pytest

from hub.errors import ConfigurationError, SettingsError
from hub.local.broker import broker_part, cluster_id, data_folder, make_cluster_id, render_broker_settings
from hub.local.parts import parts_of
from hub.settings import Settings


def rendered(settings: Settings, **extra: str) -> dict[str, str]:
    """Render the settings and read them as Java does: the last one wins."""
    text = render_broker_settings(settings, Path("/data"), extra={key.replace("_", "."): extra[key] for key in extra})
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)


def test_the_broker_listens_on_loopback_only(tmp_path: Path) -> None:
    """Every listener is bound to this machine, at the ports of the settings."""
    said = rendered(Settings(home=tmp_path, kafka_port=19092, controller_port=19093))

    listeners = said["listeners"].split(",")
    assert listeners == ["PLAINTEXT://127.0.0.1:19092", "CONTROLLER://127.0.0.1:19093"]
    assert said["controller.quorum.voters"] == "1@127.0.0.1:19093"
    assert said["advertised.listeners"] == "PLAINTEXT://127.0.0.1:19092"


@pytest.mark.parametrize(
    ("folder", "written"),
    [
        ("/srv/siti nur/.hub", "/srv/siti nur/.hub"),
        ("/srv/José/.hub", "/srv/Jos\\u00e9/.hub"),
        ("/srv/\U0001f600", "/srv/\\ud83d\\ude00"),
        ("/srv/a\\b", "/srv/a\\\\b"),
    ],
)
def test_any_folder_is_the_one_that_java_reads(tmp_path: Path, folder: str, written: str) -> None:
    """Java reads the file as Latin-1 with escapes: written otherwise, citizens' data would lie in another folder."""
    text = render_broker_settings(Settings(home=tmp_path), Path(folder))

    assert f"log.dirs={written}\n" in text
    assert text.isascii()


def test_a_folder_that_would_be_two_is_refused(tmp_path: Path) -> None:
    """Kafka takes a comma for the beginning of another folder."""
    with pytest.raises(SettingsError, match="HUB_HOME"):
        render_broker_settings(Settings(home=tmp_path), Path("/srv/a,b"))


def test_jars_that_java_would_not_find_are_refused(tmp_path: Path) -> None:
    """A colon parts the places in which Java looks."""
    settings = Settings(home=tmp_path, parts=tmp_path / "a:b")
    with pytest.raises(SettingsError, match="HUB_PARTS"):
        broker_part(settings, parts_of(settings), Path("java"))


@pytest.mark.parametrize(
    ("there", "said"),
    [
        (["4.0.0"], r"go on with them: cp -a kafka-4\.0\.0 kafka-"),
        (["4.0.0", "3.10.0", "3.9.0"], r"go on with them: cp -a kafka-4\.0\.0 kafka-"),
        (["4.0.0", "104.10.0", "104.9.0"], r"data of kafka-104\.10\.0.* use the hub that comes with it"),
    ],
)
def test_data_of_another_version_are_not_passed_over(tmp_path: Path, there: list[str], said: str) -> None:
    """A hub that comes with another Kafka says what to do with the newest data; it does not begin with none.

    An older Kafka is never led to a newer one's data.
    """
    settings = Settings(home=tmp_path)
    for version in there:
        (tmp_path / "data" / f"kafka-{version}").mkdir(parents=True)
    with pytest.raises(ConfigurationError, match=said):
        broker_part(settings, parts_of(settings), Path("java"))


def test_topics_are_never_made_by_a_typing_error(tmp_path: Path) -> None:
    """The broker creates no topic by itself, and stamps records with its own clock."""
    said = rendered(Settings(home=tmp_path))

    assert said["auto.create.topics.enable"] == "false"
    assert said["log.message.timestamp.type"] == "LogAppendTime"


def test_one_node_asks_for_one_copy(tmp_path: Path) -> None:
    """No topic, internal ones included, asks for more copies than there are brokers."""
    said = rendered(Settings(home=tmp_path))

    copies = {name: value for name, value in said.items() if name.endswith(("replication.factor", "min.isr"))}
    assert len(copies) >= 6
    assert set(copies.values()) == {"1"}


def test_workers_may_ask_for_their_session_timeout(tmp_path: Path) -> None:
    """The shortest session the broker grants is not above what a worker asks for."""
    settings = Settings(home=tmp_path)

    assert int(rendered(settings)["group.min.session.timeout.ms"]) <= settings.engine.session_timeout_ms


def test_fsync_flushes_each_append(tmp_path: Path) -> None:
    """HUB_DURABILITY decides whether an append is flushed before it is acknowledged."""
    assert rendered(Settings(home=tmp_path, durability="fsync"))["log.flush.interval.messages"] == "1"
    assert "log.flush.interval.messages" not in rendered(Settings(home=tmp_path, durability="page-cache"))


def test_extra_settings_win(tmp_path: Path) -> None:
    """What a caller gives comes last."""
    assert rendered(Settings(home=tmp_path), auto_create_topics_enable="true")["auto.create.topics.enable"] == "true"


def test_the_cluster_id_stays(tmp_path: Path) -> None:
    """The id is made once, is a Kafka id, and differs from another home's."""
    first = cluster_id(Settings(home=tmp_path))

    assert cluster_id(Settings(home=tmp_path)) == first
    assert len(first) == 22
    assert cluster_id(Settings(home=tmp_path / "other")) != first


def test_a_cluster_id_is_never_an_option() -> None:
    """No id begins with a dash: one in 64 would, and Kafka's tool would refuse it."""
    assert all(make_cluster_id()[0].isalpha() for _ in range(1_000))


def test_each_broker_version_has_its_own_data(tmp_path: Path) -> None:
    """An older broker never opens what a newer one wrote."""
    settings = Settings(home=tmp_path)
    parts = parts_of(settings)

    assert data_folder(settings, parts) == tmp_path / "data" / f"kafka-{parts.versions.kafka}"
