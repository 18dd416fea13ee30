"""Rounds of the hub's own worker, one for each line on stdin, with the code of the folder that this is started in.

Run as a file with that folder on PYTHONPATH: an earlier commit has no such program, but the rest of the bench.
"""

import json
import os
import sys
from pathlib import Path

from tests.bench.ground import place as at
from tests.bench.measure import throughput


def main(network: str, schemas: str) -> None:
    """Answer each line, which is a number of cases, with the figures of a round of as many."""
    at.shipped = {"deploy/samarinda": Path(network), "schemas": Path(schemas)}.__getitem__
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    with at.ground() as place:
        print("ready", file=answers, flush=True)
        for number, line in enumerate(sys.stdin):
            begins = place.ends()
            place.publish(place.teller.stories(f"against-{number}", int(line)))
            print(json.dumps(throughput._hub(place, begins)), file=answers, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
