"""`python -m bench`: measure everything, or the parts that are named, and say what met its aim."""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from bench import answering, clouding, fanning, sizes, starting
from bench.effort import FULL, QUICK, Effort
from bench.table import Row, markdown, text

Measure = Callable[[Path, Effort], Iterator[Row]]
PARTS: dict[str, Measure] = {
    "start": starting.measure,
    "answers": answering.measure,
    "fan-out": fanning.measure,
    "sizes": sizes.measure,
    "cloud": clouding.measure,
}


def main() -> int:
    options = _options()
    effort = QUICK if options.quick else FULL
    rows: list[Row] = []
    for name in options.part or PARTS:
        print(f"{name} ...", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="dela-bench-") as folder:
            rows += PARTS[name](Path(folder), effort)
    print(markdown(rows) if options.markdown else text(rows))
    missed = [row for row in rows if row.ok is False]
    print(f"\n{len(missed)} of {sum(row.ok is not None for row in rows)} aims missed", file=sys.stderr)
    if options.json:
        options.json.write_text(json.dumps([row.as_json() for row in rows], indent=1) + "\n")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--part", action="append", choices=PARTS, help="only this one; may be repeated")
    parser.add_argument("--quick", action="store_true", help="see that all of it runs; the figures mean nothing")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows there, too")
    parser.add_argument("--markdown", action="store_true", help="print the table as the README has it")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
