"""The journal: everything that was written, by time."""

from simulator.kernel import Journal


def journal() -> Journal:
    written = Journal()
    written.write(20, "applied", "sysctl", until=30, count=5, cause="sysctl")
    written.write(10, "merged", "sysctl")
    written.write(10, "paused", "sysctl")
    written.write(99, "merged", "late")
    return written


def test_entries_come_by_time_and_then_as_they_were_written():
    found = [(e.at, e.what) for e in journal().entries(50)]
    assert found == [(10, "merged"), (10, "paused"), (20, "applied")]


def test_an_entry_ends_when_it_began_unless_it_says_otherwise():
    assert [e.until for e in journal().entries(50)] == [10, 10, 30]


def test_the_first_of_a_kind_is_found_by_its_values():
    assert journal().first("merged", subject="late").at == 99
    assert journal().first("merged", subject="nobody") is None
