"""``make bench``: measure the hub, beside a bare loop of the same job and a plain faust agent, on this machine."""

import argparse
import json
from typing import Any, Final

from tests.bench.ground.machine import machine, say
from tests.bench.ground.place import ground
from tests.bench.measure import (
    against,
    calendar,
    desk,
    footprint,
    kill,
    latency,
    limits,
    migration,
    restore,
    scale,
    stages,
    throughput,
    timers,
    week,
)
from tests.bench.report import as_text

#: What needs no broker.
_WITHOUT: Final = {
    "calendar": calendar.measure, "desk": desk.measure, "stages": stages.measure, "limits": limits.measure,
    "week": week.measure,
}  # fmt: skip
#: What runs on Kafka, in this order: kills come while there is as much state as a mall has, restoring comes last, since
#: it fills the topic of states with what no worker may read.
_ON_KAFKA: Final = {
    "footprint": footprint.measure, "kill": kill.measure, "throughput": throughput.measure, "latency": latency.measure,
    "migration": migration.measure, "restore": restore.measure,
}  # fmt: skip
#: What fills the topic of states with a crowd, each on a broker of its own.
_ALONE: Final = {"scale": scale.measure, "timers": timers.measure}
#: What is measured only beside a commit that is named.
_AGAINST: Final = "against"


def main() -> None:
    """Measure what was asked for and print figures and what they must reach."""
    given = _arguments()
    asked = given.only or [*_WITHOUT, *_ON_KAFKA, *_ALONE, *([_AGAINST] if given.base else [])]
    figures: dict[str, Any] = {"machine": machine()}
    for name in (each for each in _WITHOUT if each in asked):
        figures[name] = _WITHOUT[name](quick=given.quick)
    if wanted := [name for name in _ON_KAFKA if name in asked]:
        say("starting Kafka and the registry, applying the Samarinda network")
        with ground() as place:
            for name in wanted:
                figures[name] = _ON_KAFKA[name](place, quick=given.quick)
    for name in (each for each in _ALONE if each in asked):
        say(f"starting Kafka and the registry for {name}")
        with ground() as place:
            figures[name] = _ALONE[name](place, quick=given.quick)
    if _AGAINST in asked:
        figures[_AGAINST] = against.measure(given.base or "HEAD", quick=given.quick)
    print(json.dumps(figures, indent=1) if given.json else as_text(figures))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of everything: about 4 minutes instead of 15")
    parser.add_argument(
        "--only", choices=[*_WITHOUT, *_ON_KAFKA, *_ALONE, _AGAINST], action="append", help="this part; may be repeated"
    )
    parser.add_argument("--base", help="with `against`: the commit whose worker runs beside this one's")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
