"""`make cost`: what a year on Google Cloud costs, from operations that were counted (tools/cost_year.py).

Four meetings with so many attendees each, the schedule all year, and the people of the year before who are erased.
"""

import argparse
import json
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tools import cost_world, cost_year
from tools.cost_bill import Line, bill, extrapolated, off_the_line
from tools.cost_infra import BUILD_MINUTES, DEPLOYMENTS, DOCUMENT_KIB, DOCUMENTS, IMAGE_GB, standing
from tools.cost_prices import PRICES, Price

SIZES = (50, 200, 1000)
LARGEST = 10_000
SAME = 0.02
"""So near to the line through two smaller sizes a counted size has to lie, to trust the line beyond it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Count, compute and print; 1 if what was counted does not lie on a line."""
    options = _options(arguments)
    days = {size: cost_year.simulate(size) for size in sorted(options.attendees)}
    distance = off_the_line(days) if len(days) > 2 else None
    if options.beyond and len(days) > 1:
        two = sorted(days)[-2:]
        days[options.beyond] = extrapolated(days[two[0]], days[two[1]], two, options.beyond)
    bills = {size: bill(used, standing(size)) for size, used in days.items()}
    print("\n\n".join([*(_table(size, lines) for size, lines in bills.items()), _notes(distance)]))
    if options.json:
        rows = {size: [asdict(line) for line in lines] for size, lines in bills.items()}
        options.json.write_text(json.dumps(rows, indent=1, default=str) + "\n")
    return int(distance is not None and distance > SAME)


def _table(size: int, lines: Sequence[Line]) -> str:
    head = ["", "busiest day", "busiest month", "free", "used of it", "$ in the dearest month", "$ a year"]
    rows = [head, *(_cells(line) for line in lines)]
    rows.append(["total", "", "", "", "", f"{sum(line.dearest_month for line in lines):.2f}", f"{_year(lines):.2f}"])
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    text = "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return f"{size:,} attendees at each of four meetings\n{text}"


def _cells(line: Line) -> list[str]:
    price, part = line.price, line.used_of_free
    return [
        line.name,
        f"{_number(line.busiest_day)} {price.unit}",
        f"{_number(line.busiest_month)} {price.unit}",
        f"{_whole(price.free)} a {price.period}" if price.free else "nothing",
        "" if part is None else f"{part:.0%}",
        f"{line.dearest_month:.2f}",
        f"{line.year:.2f}",
    ]


def _year(lines: Sequence[Line]) -> float:
    return sum(line.year for line in lines)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def _notes(distance: float | None) -> str:
    lines = ["Prices", *(f"  {name}: {_priced(price)}" for name, price in PRICES.items())]
    lines += textwrap.dedent(f"""\
        Counted: reads, writes, deletes, invocations, tasks, the bytes of pages and mails, by the day in UTC.
        Assumed: {cost_world.SLOWER:g} times the time that handlers took here, {cost_world.TRIP_SECONDS:g} s for each
        operation of the store, {cost_world.MAIL_SECONDS:g} s a mail, one request at a time on one vCPU with
        {cost_world.MEMORY_GIB:g} GiB, billed in steps of {cost_world.BILLED_STEP:g} s; {IMAGE_GB:g} GB an image,
        {BUILD_MINUTES:g} minutes to build one, {DEPLOYMENTS} deployments a month;
        {DOCUMENTS} documents of {DOCUMENT_KIB:g} KiB a person and meeting.
        Read from infra/: functions, images kept, jobs, secrets. Without monitoring's alerts and backups, which are off.
        People: {cost_year.FIRST_DAY:.0%} sign up on the first of {cost_year.OPEN_DAYS} days,
        {cost_year.UNCONFIRMED:.0%} more never confirm, {cost_year.LEAVING:.0%} leave, {cost_year.PRESENT:.0%} come,
        {cost_year.NOTIFIED:.0%} are kept for a year; scanners open the links of {cost_year.SCANNED:.0%}.
        The schedule runs all year: reminders {cost_year.TICKS_A_DAY} times a day, retention once.""").splitlines()
    if distance is not None:
        lines.append(f"The largest counted size lies {distance:.1%} off the line through the two before it.")
    return "\n".join(lines)


def _priced(price: Price) -> str:
    free = f"{_whole(price.free)} free a {price.period}, then " if price.free else ""
    usd = f"{price.usd:.7f}".rstrip("0")
    return f"{free}${usd} for {_whole(price.per)} {price.unit} [{price.source}; read {price.read}]"


def _whole(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:g}"


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="cost", description=__doc__)
    parser.add_argument("--attendees", type=int, nargs="+", default=SIZES, metavar="N", help="sizes that are counted")
    parser.add_argument(
        "--beyond", type=int, default=LARGEST, metavar="N", help="a size on the line through the two largest; 0: none"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
