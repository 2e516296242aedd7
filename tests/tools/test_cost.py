"""What the cloud costs is computed from counts, right to the cent, with every price's source and date."""

from collections import Counter
from datetime import date

import pytest

from tools import cost, cost_year
from tools.cost_bill import bill, extrapolated, off_the_line, total
from tools.cost_infra import names, number, standing
from tools.cost_prices import PRICES
from tools.package import ROOT, targets

SIZES = (10, 20, 30)

pytestmark = pytest.mark.xdist_group("cost")  # the years are simulated once


@pytest.fixture(scope="module")
def years(tmp_path_factory):
    folder = tmp_path_factory.mktemp("years")
    return {size: cost_year.simulate(size, folder) for size in SIZES}


def lines(days, standing=()):
    return {line.name: line for line in bill(days, dict(standing))}


def test_what_is_free_by_the_day_is_paid_for_on_the_days_that_go_beyond():
    """150,000 and 60,000 reads in a month: 100,000 and 10,000 beyond the free 50,000, at 6 cents each 100,000."""
    days = {
        date(2026, 1, 1): {"reads": 150_000},
        date(2026, 1, 2): {"reads": 60_000},
        date(2026, 2, 1): {"reads": 50_000},
    }
    reads = lines(days)["reads"]
    assert reads.busiest_day == 150_000
    assert reads.busiest_month == 210_000
    assert reads.dearest_month == pytest.approx(0.066)
    assert reads.year == pytest.approx(0.066)
    assert reads.used_of_free == 3


def test_what_is_free_by_the_month_is_paid_for_in_the_months_that_go_beyond():
    """Two months with 181,000 and 179,000 vCPU-seconds: 1,000 beyond."""
    days = {date(2026, 1, 1): {"cpu": 90_500}, date(2026, 1, 2): {"cpu": 90_500}, date(2026, 2, 1): {"cpu": 179_000}}
    cpu = lines(days)["cpu"]
    assert cpu.year == pytest.approx(0.024)
    assert cpu.used_of_free == pytest.approx(181 / 180)


def test_egress_costs_from_the_first_byte_and_what_stands_all_the_time_each_month():
    found = lines({date(2026, 1, 1): {"egress": 2}}, {"images": 1.5, "jobs": 3}.items())
    assert found["egress"].year == pytest.approx(0.24)
    assert found["images"].year == pytest.approx(1.2)
    assert found["jobs"].year == 0


def test_a_size_that_was_not_counted_lies_on_the_line_through_two_that_were():
    day = date(2026, 1, 1)
    small, large = {day: Counter(reads=30, writes=100)}, {day: Counter(reads=50, writes=90, tasks=1)}
    line = extrapolated(small, large, (10, 20), 100)
    assert line[day]["reads"] == 210
    assert line[day]["writes"] == 10
    assert line[day]["tasks"] == 9
    assert extrapolated(small, large, (10, 20), 1000)[day]["writes"] == 0


def test_every_price_names_its_source_and_the_day_on_which_it_was_read():
    for price in PRICES.values():
        assert "google.com" in price.source
        assert date(2026, 1, 1) < price.read
        assert price.usd > 0
        assert price.period in ("day", "month")


def test_what_stands_all_the_time_is_read_from_infra():
    found = standing(1000)

    assert found["jobs"] == len(names("schedule.tf", "schedule")) >= 2
    assert found["secrets"] == len(names("secrets.tf", "secrets")) >= 3
    assert names("functions.tf", "functions") == targets(ROOT / "functions" / "main.py")
    assert found["builds"] < PRICES["builds"].free / 10
    assert 0 < found["files"] < 0.1
    assert standing(2000)["documents"] == 2 * found["documents"]
    with pytest.raises(LookupError, match=r"queue\.tf has no map nothing"):
        names("queue.tf", "nothing")
    with pytest.raises(LookupError, match=r"queue\.tf says no keep_count"):
        number("queue.tf", "keep_count")


@pytest.mark.slow
def test_the_schedule_is_counted_all_year(years):
    for days in years.values():
        assert total(days, "reminders") == 365 * 96
        assert total(days, "retention") == 365
        assert len(days) == 365


@pytest.mark.slow
def test_everybody_gets_their_mails_and_is_erased_in_the_end(years):
    """At each of 4 meetings 30 people are asked, told and reminded two or three times; 3 more never confirm."""
    used = years[30]
    people, others = 4 * 30, 4 * 3
    assert 4 * people + others <= total(used, "mails") <= 6 * people + others
    assert total(used, "deletes") >= 2 * others + people
    assert total(used, "join") > people * cost_year.PRESENT


@pytest.mark.slow
def test_a_thousand_attendees_stay_inside_what_is_free_but_for_egress_and_images(years):
    assert off_the_line(years) <= cost.SAME
    days = extrapolated(years[20], years[30], (20, 30), 1000)
    found = lines(days, standing(1000).items())
    assert {name for name, line in found.items() if line.year > 0} == {"egress", "images", "files"}
    assert sum(line.dearest_month for line in found.values()) < 0.5
    assert found["reads"].busiest_day < 50_000
    assert found["writes"].busiest_day < 20_000
    assert found["deletes"].busiest_day < 20_000


@pytest.mark.slow
def test_the_report_shows_each_size_with_its_total(monkeypatch, years, tmp_path, capsys):
    monkeypatch.setattr(cost_year, "simulate", years.__getitem__)
    file = tmp_path / "cost.json"
    assert cost.main(["--attendees", *map(str, SIZES), "--json", str(file)]) == 0
    told = capsys.readouterr().out
    for size in ("10 attendees", "30 attendees", "10,000 attendees", "total", "read 2026-11-23"):
        assert size in told
    assert '"writes"' in file.read_text()
