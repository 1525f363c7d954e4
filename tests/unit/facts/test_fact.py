"""How a published value is read: as a number, a range, seconds or a flag, and when it is refused."""

import dataclasses
import math

import pytest

from simulator.facts import Fact


def fact(value: str, unit: str = "") -> Fact:
    return Fact("barn.door", value, unit, "default", "a source", "")


def read(fact: Fact, reading: str) -> object:
    return getattr(fact, reading)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("20", 20),
        ("0.55", 0.55),
        ("1,000,000", 1_000_000),
        ("about 70", 70),
        ("5 (burst 10)", 5),
        ("0.1 (1 node per 10 s)", 0.1),
        ("420 +/- 300 (2-12 min)", 420),
        ("300 (+0-10% jitter)", 300),
    ],
)
def test_number_leaves_the_remark_and_the_unit_alone(value, number):
    assert fact(value, "min").number == number


@pytest.mark.parametrize(
    "value",
    ["", "5m", "60-120", "65 to 45", "3 to 45+", "50 / 100", "2/3 of lifetime", "03:30", "0 with backoff"],
)
def test_what_is_not_one_number_has_no_number(value):
    with pytest.raises(ValueError, match="barn.door"):
        read(fact(value), "number")


@pytest.mark.parametrize(
    ("value", "unit", "seconds"),
    [
        ("70m", "duration", 4_200),
        ("1h30m", "duration", 5_400),
        ("5m", "", 300),
        ("750", "ms", 0.75),
        ("35", "min", 2_100),
        ("24", "h", 86_400),
        ("13.9", "days", 1_200_960),
        ("2", "weeks", 1_209_600),
        ("1", "years", 365 * 86_400),
        ("12", "months", 365 * 86_400),
        ("10", "min running", 600),
        ("10 s", "", 10),
        ("10 s doubling to 300 s", "", 10),
        ("5 s x2 up to 3 min", "", 5),
        ("10min after boot, then hourly", "schedule", 600),
        ("3h (attempt 3m)", "duration", 10_800),
        ("24h, refreshed at half life", "duration", 86_400),
        ("5s (initial delay 1s, timeout 500ms)", "duration", 5),
        ("about 10", "s", 10),
        ("420 +/- 300 (2-12 min)", "s", 420),
        ("0", "s", 0),
    ],
)
def test_seconds_take_the_leading_duration(value, unit, seconds):
    assert fact(value, unit).seconds == pytest.approx(seconds, rel=1e-12)


@pytest.mark.parametrize("value", ["0 (infinite)", "0 (never expires)"])
@pytest.mark.parametrize("unit", ["s", "duration"])
def test_a_zero_that_means_no_limit_is_not_a_timeout_of_no_time(value, unit):
    assert fact(value, unit).seconds == math.inf


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        ("12", "files"),
        ("12", ""),
        ("0 (infinite)", "retries"),
        ("2 updates per 15 min", ""),
        ("2 updates", "min"),  # its own unit wins, and that one is no time
        ("10", "minimum"),
        ("10", "per year"),
        ("60-120", "s"),
        ("5s to 5m", "duration"),
        ("5s-5m", "duration"),
        ("2/3 of lifetime", "days"),
        ("03:30", "h"),
        ("<1 day", ""),
        ("interval minus 30 s", ""),
        ("5 months / 1 year", ""),
    ],
)
def test_what_is_not_one_duration_has_no_seconds(value, unit):
    with pytest.raises(ValueError, match="barn.door"):
        read(fact(value, unit), "seconds")


def test_a_range_asked_for_one_quantity_says_that_it_is_a_range():
    with pytest.raises(ValueError, match="^barn.door: '5s to 5m' is a range, not one duration$"):
        read(fact("5s to 5m", "duration"), "seconds")
    with pytest.raises(ValueError, match="^barn.door: '60-120' is a range, not one number$"):
        read(fact("60-120", "s"), "number")


@pytest.mark.parametrize(
    ("value", "ends"),
    [
        ("60-120", (60, 120)),
        ("65 to 45", (45, 65)),
        ("3 to 45+", (3, 45)),
        ("0.5-2.5", (0.5, 2.5)),
        ("420 +/- 300 (2-12 min)", (120, 720)),
    ],
)
def test_range_is_ordered_and_in_the_stated_unit(value, ends):
    assert fact(value, "min").range == ends


@pytest.mark.parametrize(
    ("value", "unit", "ends"),
    [
        ("60-120", "s", (60, 120)),
        ("3 to 45+", "min", (180, 2_700)),
        ("5s to 5m", "duration", (5, 300)),
        ("1 day to 1 week", "", (86_400, 604_800)),
        ("1-2 weeks", "", (604_800, 1_209_600)),
        ("2700 +/- 300 (40-50 min)", "s", (2_400, 3_000)),
    ],
)
def test_seconds_range_counts_both_ends_in_seconds(value, unit, ends):
    assert fact(value, unit).seconds_range == ends


def test_ranges_refuse_what_is_none():
    for value in ("60", "5m", "50 / 100", "daily to weekly"):
        with pytest.raises(ValueError, match=r"barn\.door: .* is not a range"):
            read(fact(value, "s"), "range")
    with pytest.raises(ValueError, match="carry units"):
        read(fact("5s to 5m"), "range")
    with pytest.raises(ValueError, match=r"barn\.door: '0-5' in 'CVEs' is not a range of durations"):
        read(fact("0-5", "CVEs"), "seconds_range")


def test_a_flag_is_true_or_false_and_nothing_else():
    assert fact("true").flag is True
    assert fact("false").flag is False
    for value in ("required field", "True", "1", "yes", ""):
        with pytest.raises(ValueError, match=r"barn\.door: .* is neither true nor false"):
            read(fact(value, "bool"), "flag")


def test_a_fact_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        fact("20").value = "21"
