"""The grammar of durations: what is read, what is refused and how, and that writing inverts reading."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from simulator.facts import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("5m", 300),
        ("2d4h", 187_200),
        ("1h30m", 5_400),
        ("750ms", 0.75),
        ("1w", 604_800),
        ("1.5h", 5_400),
        ("1w2d3h4m5s6ms", 788_645.006),
        ("0s", 0),
        (" 5m ", 300),
        ("0.1s200ms", 0.3),  # exact, although 0.1 + 0.2 is not
    ],
)
def test_reads(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("90", "a duration needs a unit: 90s, 5m, 2d4h"),
        (90, "a duration needs a unit: 90s, 5m, 2d4h"),
        ("1h30", "a duration needs a unit: 90s, 5m, 2d4h"),
        (
            "5 parsecs",
            "unknown unit 'parsecs'; a duration uses w (weeks), d (days), h (hours), m (minutes), "
            "s (seconds), ms (milliseconds)",
        ),
        ("-5m", "a duration can't be negative"),
        ("5 m", "a duration has no spaces: 5m"),
        ("1h 30m", "a duration has no spaces: 1h30m"),
        ("30m1h", "in '30m1h' the units must go from large to small, each once: 1h30m"),
        ("5m5m", "in '5m5m' the units must go from large to small, each once: 1h30m"),
        ("", "not a duration: ''; write it like 90s, 5m, 2d4h"),
        ("soon", "not a duration: 'soon'; write it like 90s, 5m, 2d4h"),
        ("5m!", "not a duration: '5m!'; write it like 90s, 5m, 2d4h"),
        (".5s", "not a duration: '.5s'; write it like 90s, 5m, 2d4h"),
        (None, "not a duration: 'None'; write it like 90s, 5m, 2d4h"),
    ],
)
def test_refuses_and_says_what_to_write(text, message):
    with pytest.raises(ValueError) as error:
        parse_duration(text)
    assert str(error.value) == message


@pytest.mark.parametrize("text", ["5M", "5S", "5µs", "٥m", "1e3s", "5m-3s"])
def test_refuses_what_only_looks_like_a_duration(text):
    with pytest.raises(ValueError):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (0.5, "0.5s"),
        (0.75, "0.75s"),
        (59.9996, "1m"),  # rounds to the millisecond, and carries
        (90, "1m30s"),
        (5_400, "1h30m"),
        (86_400, "1d"),
        (187_200, "2d4h"),
        (86_400 * 10, "10d"),
        (3_600.001, "1h0.001s"),
    ],
)
def test_writes_compactly(seconds, text):
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "message"),
    [(-1, "can't be negative"), (-math.inf, "negative"), (math.inf, "inf"), (math.nan, "nan")],
)
def test_writes_no_impossible_duration(seconds, message):
    with pytest.raises(ValueError, match=message):
        format_duration(seconds)


@given(st.integers(min_value=0, max_value=10**13))  # three centuries, in milliseconds
@example(300)
@example(999_999_999_999)
def test_reading_inverts_writing(milliseconds):
    seconds = milliseconds / 1000
    assert parse_duration(format_duration(seconds)) == seconds


@given(st.text(alphabet="0123456789.-wdhms ", max_size=12))
def test_any_text_is_read_as_a_finite_duration_or_refused_with_a_value_error(text):
    try:
        seconds = parse_duration(text)
    except ValueError:
        return
    assert 0 <= seconds < math.inf
    assert parse_duration(format_duration(seconds)) == pytest.approx(seconds, abs=0.0005)
