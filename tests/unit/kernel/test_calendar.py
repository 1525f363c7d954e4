"""Local time: days with 23 and 25 hours, zones on both hemispheres, windows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.kernel import Calendar

HOUR, DAY = 3600.0, 86400.0
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]


def at(calendar: Calendar, zone: str, seconds: float) -> datetime:
    """The clock on the wall there."""
    return (calendar.start.astimezone(UTC) + timedelta(seconds=float(seconds))).astimezone(ZoneInfo(zone))


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),
    st.integers(0, 23),
    st.integers(1, 40),
)
def test_it_is_that_time_of_day_once_on_every_local_day(zone, start, hour, days):
    calendar = Calendar(start.replace(tzinfo=UTC), days * DAY)
    found = calendar.days(zone, hour * HOUR)
    assert (np.diff(found) > 22 * HOUR).all()
    walls = [at(calendar, zone, s) for s in found]
    dates = [w.date() for w in walls]
    assert dates[0] == at(calendar, zone, 0).date() - timedelta(days=1)
    assert dates[-1] >= at(calendar, zone, days * DAY).date() + timedelta(days=1)
    assert dates == [dates[0] + timedelta(days=k) for k in range(len(dates))]
    for wall in walls:
        skipped = wall.replace(fold=0).utcoffset() != (wall - timedelta(hours=2)).utcoffset()
        assert wall.hour == hour or skipped


@pytest.mark.parametrize(
    ("zone", "start", "lengths"),
    [
        ("Europe/Berlin", datetime(2026, 3, 28, 12, tzinfo=UTC), [24, 23, 24]),
        ("Europe/Berlin", datetime(2026, 10, 24, 12, tzinfo=UTC), [24, 25, 24]),
        ("America/New_York", datetime(2026, 3, 7, 12, tzinfo=UTC), [24, 23, 24]),
        ("Australia/Lord_Howe", datetime(2026, 4, 4, 6, tzinfo=UTC), [24, 24.5, 24]),
        ("UTC", datetime(2026, 3, 28, 12, tzinfo=UTC), [24, 24, 24]),
    ],
)
def test_days_are_as_long_as_they_are(zone, start, lengths):
    midnights = Calendar(start, 3 * DAY).days(zone, 0.0)
    assert (np.diff(midnights)[1:4] / HOUR).tolist() == lengths


def test_a_time_that_the_clocks_skip_comes_when_it_would_have_come():
    calendar = Calendar(datetime(2026, 3, 28, 12, tzinfo=UTC), 2 * DAY)
    days = calendar.days("Europe/Berlin", 2.5 * HOUR)
    walls = [at(calendar, "Europe/Berlin", s).strftime("%d %H:%M") for s in days]
    assert walls[1:4] == ["28 02:30", "29 03:30", "30 02:30"]


def test_of_a_time_that_comes_twice_the_first_counts():
    calendar = Calendar(datetime(2026, 10, 24, 12, tzinfo=UTC), 2 * DAY)
    second = calendar.days("Europe/Berlin", 2.5 * HOUR)[2]
    assert at(calendar, "UTC", second).strftime("%d %H:%M") == "25 00:30"


@pytest.mark.parametrize(
    "start",
    [
        datetime(2026, 3, 28, 12, tzinfo=ZoneInfo("Europe/Berlin")),
        datetime(2026, 3, 28, 11, tzinfo=UTC),
        datetime(2026, 3, 28, 16, 45, tzinfo=timezone(timedelta(hours=5, minutes=45))),
    ],
)
def test_the_zone_in_which_the_start_is_written_changes_nothing(start):
    """Between two times of one zone Python counts by the clock on the wall; a simulation must not."""
    days = Calendar(start, 3 * DAY).days("Europe/Berlin", 3 * HOUR)
    assert (days / HOUR).tolist()[:5] == [-33, -9, 14, 38, 62]
    assert Calendar(start, DAY).instant(20 * HOUR) == datetime(2026, 3, 29, 7, tzinfo=UTC)


def test_the_next_daily_time_is_not_before_the_question():
    calendar = Calendar(datetime(2026, 3, 2, 9, tzinfo=UTC), 3 * DAY)
    asked = np.array([-5.0, 0.0, 18 * HOUR, 18 * HOUR + 1, 90 * DAY])
    when, _ = calendar.next_daily("UTC", 3 * HOUR, asked)
    assert when.tolist() == [18 * HOUR, 18 * HOUR, 18 * HOUR, 42 * HOUR, np.inf]


def test_a_window_may_reach_past_midnight():
    calendar = Calendar(datetime(2026, 3, 2, 0, tzinfo=UTC), 3 * DAY)
    asked = np.array([0.0, 1.9, 2.0, 21.9, 22.0, 25.9, 26.0]) * HOUR
    inside = calendar.in_window("UTC", 22 * HOUR, 4 * HOUR, asked)
    assert inside.tolist() == [True, True, False, False, True, True, False]


# --- weekly openings --------------------------------------------------------------------------------------

EVERY_DAY = list(range(7))


def opening(start: datetime, days: float, zone: str, openings: list, *at: float) -> list[float]:
    return Calendar(start, days * DAY).open_from(zone, openings, np.array(at)).tolist()


def test_a_window_opens_on_its_days_only():
    """From a Monday on: Tuesdays and Fridays from two to four."""
    week = [([1, 4], 2 * HOUR, 2 * HOUR)]
    start = datetime(2026, 3, 2, tzinfo=UTC)
    inside = DAY + 3 * HOUR
    assert opening(start, 9, "UTC", week, 0.0, DAY + 2 * HOUR, inside, DAY + 4 * HOUR) == [
        DAY + 2 * HOUR,
        DAY + 2 * HOUR,
        inside,
        4 * DAY + 2 * HOUR,
    ]
    assert opening(start, 9, "UTC", week, 4 * DAY + 4 * HOUR) == [8 * DAY + 2 * HOUR]


def test_a_window_may_go_past_midnight_and_windows_may_overlap():
    late = [([0], 22 * HOUR, 4 * HOUR)]
    start = datetime(2026, 3, 2, tzinfo=UTC)
    assert opening(start, 3, "UTC", late, DAY + HOUR) == [DAY + HOUR]
    both = [*late, (EVERY_DAY, 12 * HOUR, HOUR)]
    assert opening(start, 3, "UTC", both, 10 * HOUR, DAY + HOUR, DAY + 3 * HOUR) == [
        12 * HOUR,
        DAY + HOUR,
        DAY + 12 * HOUR,
    ]


def test_the_next_time_it_opens_is_not_now_if_it_has_been_open():
    """Nine o'clock in Berlin from Monday to Friday; the clocks go forward on the Sunday."""
    calendar = Calendar(datetime(2026, 3, 27, tzinfo=UTC), 9 * DAY)  # a Friday
    found = [
        calendar.opens_from("Europe/Berlin", [0, 1, 2, 3, 4], 9 * HOUR, at) for at in (0.0, 8 * HOUR, 8 * HOUR + 1)
    ]
    assert found == [8 * HOUR, 8 * HOUR, 3 * DAY + 7 * HOUR]
    assert calendar.opens_from("UTC", [], 9 * HOUR, 0.0) == np.inf


def test_always_open_is_always_open():
    start = datetime(2026, 3, 28, 12, tzinfo=UTC)
    at = np.linspace(0, 3 * DAY, 500)
    calendar = Calendar(start, 4 * DAY)
    assert (calendar.open_from("UTC", [(EVERY_DAY, 0.0, DAY)], at) == at).all()


def test_windows_go_by_the_local_clock_on_the_local_day():
    """Sunday, 29 March 2026, is the day on which Berlin's clocks go forward; it begins on Saturday, 23:00 UTC."""
    start = datetime(2026, 3, 28, 12, tzinfo=UTC)
    sundays = [([6], 1 * HOUR, HOUR)]
    assert opening(start, 3, "Europe/Berlin", sundays, 0.0) == [12 * HOUR]
    assert opening(start, 3, "Europe/Berlin", [([6], 4 * HOUR, HOUR)], 0.0) == [14 * HOUR]  # an hour was skipped
    weekdays = Calendar(start, 3 * DAY).weekdays("Europe/Berlin")
    assert weekdays[:4].tolist() == [4, 5, 6, 0]


def test_past_the_kept_days_nothing_opens():
    start = datetime(2026, 3, 2, tzinfo=UTC)
    assert opening(start, 2, "UTC", [([6], 0.0, HOUR)], 0.0) == [np.inf]
