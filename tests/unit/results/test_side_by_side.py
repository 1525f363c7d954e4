"""Parts of the fleet side by side: the table adds up to the metrics, the picture says what it shows."""

from __future__ import annotations

import pytest

from simulator import Scenario
from simulator.results.plots.side_by_side import by
from tests.unit.worlds import HOUR, breaks, flatcar, fleet, image, microos, power_cut, scenario

MIXED = [
    {**fleet("talos", nodes=3)[0], "name": "t"},
    {**fleet("microos", nodes=4)[0], "name": "m"},
    {**fleet("flatcar", nodes=5)[0], "name": "f"},
]


@pytest.fixture(scope="module")
def run():
    cut = power_cut("12h", "2h", when={"os": "flatcar"})
    return scenario(horizon="2d", fleet=MIXED, changes=[image(at="1h"), image("v3", at="30h")], faults=[cut]).run(
        seed=1
    )


def test_a_row_for_each_operating_system_in_the_order_of_the_fleet(run):
    assert run.systems["part"].tolist() == ["talos", "microos", "flatcar"]
    assert run.systems["nodes"].tolist() == [3, 4, 5]


@pytest.mark.parametrize(
    ("column", "metric"),
    [
        ("bad_node_h", "bad_node_hours"),
        ("vulnerable_node_d", "vulnerable_node_days"),
        ("automatic_rollbacks", "automatic_rollbacks"),
        ("drift_node_h", "drift_node_hours"),
    ],
)
def test_the_parts_add_up_to_the_fleet(run, column, metric):
    for parted in ("os", "fleet", "environment"):
        assert run.side_by_side(parted)[column].sum() == pytest.approx(run.metrics[metric])


def test_values_worked_out_by_hand(run):
    talos, microos_, flatcar_ = run.systems.itertuples()
    # Five machines off for two hours; and they boot for two minutes more, which counts as planned.
    assert flatcar_.bad_node_h == pytest.approx(5 * 2.0) and flatcar_.worst_bad_share == 1.0
    assert talos.bad_node_h == microos_.bad_node_h == 0.0
    # Talos drives one node after the other, four minutes each, twice; it runs 20 s before it is ready.
    assert talos.vulnerable_node_d == pytest.approx(2 * (4 + 8 + 12 - 3 * 20 / 60) / 60 / 24)
    assert talos.updates == 6 and talos.on_newest_share == 1.0
    # MicroOS gets the second release in the night after the end.
    assert microos_.updates == 4 and microos_.on_newest_share == 0.0


def test_without_a_release_nobody_is_vulnerable():
    run = scenario(fleet=MIXED).run(seed=1)
    assert run.systems["vulnerable_node_d"].isna().all() and run.systems["on_newest_share"].isna().all()
    assert len(run.newest_of("os", "talos")) == 0


def test_steps_of_a_part_are_those_of_its_nodes(run):
    states = run.states_of("os", "flatcar")
    assert (states.sum(axis=1) == 5).all() and states["failed"].max() == 5
    newest = run.newest_of("os", "talos")
    assert newest.index[0] == HOUR and newest.iloc[0] == 0.0 and newest.iloc[-1] == 1.0
    assert newest[newest.index < 30 * HOUR].iloc[-1] == 1.0 and newest[30 * HOUR] == 0.0


def test_what_is_laid_side_by_side():
    two_ways = [
        {**fleet(flatcar(), nodes=2)[0], "name": "a"},
        {**fleet(flatcar(reboots="kured"), nodes=2)[0], "name": "b"},
    ]
    assert by(scenario(fleet=MIXED).run(seed=1)) == "os"
    assert by(scenario(fleet=two_ways).run(seed=1)) == "fleet"
    assert by(scenario(fleet=fleet(microos(), clusters=3)).run(seed=1)) is None


def test_the_picture_has_a_lane_for_each_with_its_numbers(run):
    ax = run.plot.side_by_side()
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels == ["talos\n3 nodes", "microos\n4 nodes", "flatcar\n5 nodes"]
    words = " ".join(text.get_text() for text in ax.texts)
    assert "bad 10 node-h, at worst 100 %" in words and "6 updates, 0 rollbacks" in words
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert "failed" in legend and legend[-1] == "on the newest version"


def test_the_report_has_it_where_there_is_something_to_compare(run):
    from simulator.results.report import report_html

    assert "Side by side" in report_html(run)
    alone = scenario(fleet=fleet(nodes=2), changes=[image(at="1h", defect=breaks("boot.init"))]).run(seed=1)
    assert "Side by side" not in report_html(alone)


def test_five_systems_stand_side_by_side():
    run = Scenario.load("five-systems").run(seed=1)
    assert run.systems["part"].tolist() == ["talos", "microos", "flatcar", "fedora-coreos", "mutable"]
    assert run.systems["nodes"].tolist() == [100] * 5
    found = run.systems.set_index("part")
    # The story: Talos stops at the first node of each cluster, Flatcar goes round, nobody reboots the mutable.
    assert found["worst_bad_share"]["talos"] == pytest.approx(5 / 100)
    assert found["automatic_rollbacks"]["flatcar"] > 500 and found["bad_node_h"]["flatcar"] == 0
    assert found["bad_node_h"]["fedora-coreos"] > found["bad_node_h"]["talos"]
    assert found["pending_node_h"]["mutable"] > 100 * 24 and found["bad_node_h"]["mutable"] == 0
