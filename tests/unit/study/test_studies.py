"""The studies themselves: what is paired, what is kept apart, what they say and refuse."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import simulator
from simulator import InvalidScenario, Scenario, compare, replicate, sensitivity, sweep
from simulator.study import StudyError, estimates
from simulator.study.observation import observed
from simulator.study.words import answer
from tests.unit.study.scenarios import UNCERTAIN, small

HERE = {"jobs": 1}
BAKE = "spec.changes[sysctl].rollout.stages[staging].bake"
FOR = "spec.alerts[nodes-bad].for"


def test_the_public_names():
    assert {"compare", "replicate", "sensitivity", "sweep"} <= set(simulator.__all__)
    with pytest.raises(AttributeError, match="no attribute 'replicates'"):
        simulator.replicates  # noqa: B018


# --- replicate -------------------------------------------------------------------------------------------


def test_the_runs_of_a_study_are_those_of_the_scenario():
    study = replicate(small(), 4, seed=9, **HERE)
    for row, run in zip(study.runs.itertuples(), small().runs(4, seed=9), strict=True):
        assert (row.arm, row.seed, row.draw) == ("base", 9, 0)
        assert row.bad_node_hours == run.metrics["bad_node_hours"] and row.mttr == run.metrics["mttr"]


def test_the_curves_are_exact_means():
    run = small().run(seed=2)
    metrics, curves = observed(run)
    hours = run.scenario.spec.horizon / 3600 * run.world.layout.nodes
    assert curves[0].mean() * hours == pytest.approx(metrics[list(run.metrics.index).index("bad_node_hours")], rel=1e-5)
    assert 1 - curves[2].mean() == pytest.approx(run.metrics["service_availability"], rel=1e-6)
    assert curves.min() >= 0 and curves.max() <= 1 + 1e-6


def test_the_summary():
    study = replicate(small(), 12, **HERE)
    row = study.summary.set_index("metric").loc["bad_node_hours"]
    values = study.runs["bad_node_hours"].to_numpy()
    found = estimates.mean(values)
    assert (row["mean"], row["mean_low"], row["mean_high"]) == (found.estimate, found.low, found.high)
    assert row["median"] == np.median(values) and row["n"] == 12
    assert "vulnerable_node_days" not in set(study.summary["metric"]), "no OS release, no answer"


def test_probabilities_of_events():
    study = replicate(small(), 10, **HERE)
    never = study.probability("bad_node_hours", above=1e9).iloc[0]
    assert never["probability"] == 0 and never["high"] == pytest.approx(0.3, abs=0.001)
    with pytest.raises(StudyError, match="did you mean 'mttr'"):
        study.probability("mtrt")


def test_a_precision_is_reached_and_the_reason_told():
    study = replicate(small(), precision=0.3, metric="mttr", cap=200, **HERE)
    row = study.summary.set_index("metric").loc["mttr"]
    assert (row["mean_high"] - row["mean_low"]) / 2 <= 0.3 * row["mean"]
    assert study.stopped.startswith(f"{study.n} replications: the half width was at most 0.3 of the mean")
    assert "stopped at the cap" in replicate(small(), precision=0.001, cap=20, **HERE).stopped
    constant = replicate(small(), precision=0.01, metric="deployment_frequency", **HERE)
    assert constant.stopped == "15 replications: every replication gives the same value"


def test_runs_to_see_again():
    study = replicate(small(), 21, **HERE)
    typical, worst = study.replay.to_dict("records")
    values = study.runs["bad_node_hours"]
    assert typical["value"] == values.median()
    assert worst["value"] == values.iloc[(values - values.quantile(0.975)).abs().argmin()]
    assert typical["command"] == f"paddock run small.yaml --seed 1 --replication {typical['replication']}"
    run = small().run(seed=1, replication=typical["replication"])
    assert run.metrics["bad_node_hours"] == typical["value"]


# --- compare ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def three():
    return compare(
        small(), small().variant("later"), small().variant("slow-alert"), replications=20, store=False, **HERE
    )


def test_pairs_share_their_chance(three):
    base, later = (three.sample(name).of("mttr") for name in ("base", "later"))
    assert three.paired("later", "mttr").difference.estimate == pytest.approx(np.nanmean(later - base))
    assert three.paired("slow-alert").correlation > 0.9


def test_several_arms_are_corrected_for(three):
    rows = three.differences.query("metric == 'mttr'")
    assert three.level == 0.975 and (rows["p_adjusted"] >= rows["p"]).all()
    plain = compare(small(), small().variant("later"), replications=5, **HERE)
    assert plain.level == 0.95 and (plain.differences["p"] == plain.differences["p_adjusted"]).all()


def test_arms_can_be_named():
    base = small()
    later = base.with_settings({"spec.changes[sysctl].at": "70m"})
    found = compare(base, later, names=["as it is", "later"], replications=2, jobs=1, store=False)
    assert [arm.name for arm in found.arms] == ["as it is", "later"]
    for names in (["one"], ["same", "same"]):
        with pytest.raises(StudyError, match="2 scenarios need as many names, each of them once"):
            compare(base, later, names=names, replications=2)


def test_what_is_changed_is_shown(three):
    assert "-  - name: nodes-bad" not in three.changes("slow-alert")
    assert [line for line in three.changes("slow-alert").splitlines() if line[0] in "+-"][2:] == [
        "-    for: 1m",
        "+    for: 3m",
    ]


def test_what_is_the_same_in_every_run_says_so():
    renamed = sweep(small(), {"spec.limits.nodes": [1000, 2000]}, 3, **HERE).samples[1].arm.scenario
    study = compare(small(), renamed, replications=3, **HERE)
    assert any("is the same as in base in every run" in warning for warning in study.warnings)


def test_an_undecided_difference_warns(three):
    few = compare(small(), small().variant("later"), replications=12, **HERE)
    assert any("includes zero" in w for w in few.warnings) or not few.paired("later").undecided
    one = compare(small(), small().variant("slow-alert"), replications=1, **HERE)
    assert any("one pair says nothing" in warning for warning in one.warnings)
    assert any("are few for this interval" in warning for warning in one.warnings)


def test_neighbouring_bake_times_need_a_tenth_of_the_runs_or_less():
    """The difference between independent seeds varies ten times as much, and what is printed says so."""
    base = Scenario.load("bake-time")
    study = compare(base.variant("bake-15m"), base.variant("bake-20m"), replications=40, store=False)
    other = replicate(base.variant("bake-20m"), 40, seed=2, store=False)
    a, b, independent = (s.of("bad_node_hours") for s in (*study.samples, *other.samples))
    assert np.var(independent - a) / np.var(b - a) >= 10
    found = study.paired("bake-20m")
    assert 10 <= found.variance_ratio <= found.bound
    assert found.difference.high < 0, "five minutes more are worth something"


def test_a_remedy_that_removes_the_exposure_has_no_noise_to_share():
    base = Scenario.load("bake-time")
    found = compare(base, base.variant("bake-1h-and-gate"), replications=40, store=False).paired("bake-1h-and-gate")
    assert found.variance_ratio == pytest.approx(1, abs=0.1) and found.bound < 1.2
    assert found.p_better.estimate > 0.9


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: compare(small(), replications=2), "at least two"),
        (lambda: compare(small(), small(), replications=2), "the same scenario"),
        (lambda: compare(small(), small().variant("later"), correction="sidak"), "one of holm, bonferroni, none"),
        (lambda: replicate(small(), 2, metric="mtr"), "no metric 'mtr'; did you mean 'mttr'"),
        (lambda: replicate(small(), 2, metric="mttr", steady=True), "a steady-state study has no metric 'mttr'"),
        (lambda: replicate(small(), 2, warmup="5"), "warm-up: a duration needs a unit"),
        (lambda: replicate(small(), 2, inner=1), "at least 2 runs share a draw"),
        (lambda: sweep(small(), {}), "nothing is varied"),
        (lambda: sweep(small(), {BAKE: []}), "a list of values"),
        (lambda: sweep(small(), {BAKE: ["5m", "5m"]}), "a value stands twice"),
        (lambda: sweep(small(), {BAKE: [f"{n}m" for n in range(1100)]}), "more than 1,000"),
        (lambda: sweep(small(), {BAKE.replace("bake", "bke"): ["5m"]}), "did you mean 'bake'"),
        (lambda: sensitivity(small()), "level: uncertain"),
        (lambda: sensitivity(small(), {FOR: ("5m", "1m")}), "low end must be below"),
        (lambda: sensitivity(small(), {FOR: ("5m", 7)}), "both ends must be of one kind"),
        (lambda: sensitivity(small(), {FOR: ("1m", "5m")}, method="sobol"), "one of both, one-at-a-time, morris"),
        (lambda: sensitivity(small(), {FOR: ("1m", "5m")}, trajectories=1), "at least 2 trajectories"),
    ],
)
def test_what_can_not_be_studied(make, said):
    with pytest.raises(StudyError, match=said):
        make()


def test_a_value_that_can_not_be():
    with pytest.raises(InvalidScenario, match="a duration needs a unit"):
        sweep(small(), {BAKE: [5]})


# --- uncertain parameters ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def unsure():
    return replicate(Scenario.parse(UNCERTAIN), 60, inner=3, store=False, **HERE)


def test_runs_of_a_draw_share_their_parameters(unsure):
    assert list(unsure.runs["draw"]) == [i // 3 for i in range(60)]
    values = unsure.draws["spec.onCall.decision"]
    assert len(values) == 20 and values.nunique() == 20
    assert unsure.replay["command"].str.contains("--set spec.onCall.decision=").all()


def test_parameters_are_kept_apart_from_noise(unsure):
    row = unsure.summary.set_index("metric").loc["time_to_decide"]
    found = estimates.variances(unsure.runs["time_to_decide"].to_numpy(), unsure.runs["draw"].to_numpy())
    assert (row["run_sd"], row["parameter_sd"]) == pytest.approx((found.run**0.5, found.parameters**0.5))
    assert row["parameter_share"] > 0.2, "how long people decide is partly what we do not know"
    assert row["noise_high"] - row["noise_low"] < row["mean_high"] - row["mean_low"]
    assert "20 draws, 3 runs each" in unsure.parameter_words and unsure.parameter_words in unsure.sentences
    assert unsure.document()["uncertain"] == unsure.parameter_words
    certain = replicate(small(), 3, **HERE)
    assert certain.parameter_words == "" and "parameter_sd" not in certain.summary


def test_variants_share_the_draws_of_what_they_do_not_differ_about():
    base = Scenario.parse(UNCERTAIN)
    study = compare(base, base.variant("slow-alert"), replications=24, **HERE)
    by_arm = study.draws.groupby("arm")["spec.onCall.decision"].agg(list)
    assert by_arm["base"] == by_arm["slow-alert"]
    assert study.paired("slow-alert").variance_ratio > 10


def test_what_is_uncertain_is_what_sensitivity_varies():
    study = sensitivity(Scenario.parse(UNCERTAIN), None, 3, trajectories=2, **HERE)
    row = study.tornado.iloc[0]
    assert row["path"] == "spec.onCall.decision"
    assert study.factors[0].between.low == pytest.approx(60 + 0.05 * 89 * 60)


# --- sweep and sensitivity -----------------------------------------------------------------------------------


def test_a_sweep_is_every_combination():
    study = sweep(small(), {BAKE: ["5m", "20m"], FOR: ["1m", "2m", "4m"]}, 4, metric="mttr", **HERE)
    assert len(study.points) == 6 and list(study.points.columns[:2]) == [BAKE, FOR]
    same = replicate(small(), 4, **HERE).runs["mttr"].mean()
    assert study.points.query(f"`{BAKE}` == '5m' and `{FOR}` == '1m'")["mean"].iloc[0] == same
    assert study.points["on_frontier"].any()
    slow, fast = (study.points[study.points[FOR] == v]["mean"].mean() for v in ("4m", "1m"))
    assert slow > fast


def test_points_that_are_equally_good_are_all_named():
    study = sweep(small(), {FOR: ["1m", "4m"], "spec.limits.nodes": [1000, 2000]}, 2, metric="mttr", **HERE)
    (said,) = answer(study)
    assert "best at for=1m, nodes=1000 and for=1m, nodes=2000 (" in said
    assert "worst at for=4m, nodes=1000 and for=4m, nodes=2000 (" in said
    (said,) = answer(sweep(small(), {"spec.limits.nodes": [1000, 2000]}, 2, metric="mttr", **HERE))
    assert "is the same at all of them: " in said


def test_a_field_left_at_its_default_can_be_swept():
    study = sweep(small(), {"spec.onCall.decision": ["1m", "1h"]}, 3, metric="mttr", **HERE)
    assert study.points["mean"].is_monotonic_increasing


@pytest.fixture(scope="module")
def screening():
    vary = {"spec.onCall.decision": ("1m", "1h"), FOR: ("1m", "3m"), "spec.limits.nodes": (1000, 2000)}
    return sensitivity(small(), vary, 4, metric="mttr", trajectories=4, store=False, **HERE)


def test_a_tornado_is_of_paired_differences(screening):
    base = replicate(small(), 4, **HERE).runs["mttr"]
    high = sweep(small(), {"spec.onCall.decision": ["1h"]}, 4, metric="mttr", **HERE).runs["mttr"]
    row = screening.tornado.set_index("path").loc["spec.onCall.decision"]
    assert row["at_high"] == pytest.approx((high - base).mean())
    assert screening.tornado["swing"].is_monotonic_decreasing


def test_what_does_not_matter_has_no_effect(screening):
    table = screening.morris.set_index("path")
    assert list(screening.morris["path"])[0] == "spec.onCall.decision"
    assert table.loc["spec.limits.nodes", "mu_star"] == 0 and table.loc["spec.limits.nodes", "sigma"] == 0
    assert table.loc[FOR, "mu"] == pytest.approx(120, rel=0.6), "the metric over the whole range: 1m to 3m"


def test_one_method_alone():
    only = sensitivity(small(), {FOR: ("1m", "3m")}, 2, method="one-at-a-time", **HERE)
    assert len(only.tornado) == 1 and not len(only.morris) and len(only.samples) == 3
    other = sensitivity(small(), {FOR: ("1m", "3m")}, 2, method="morris", trajectories=2, **HERE)
    assert not len(other.tornado) and len(other.morris) == 1 and len(other.samples) == 1 + 2 * 2


# --- how they show themselves --------------------------------------------------------------------------------


def test_notebooks(three, screening):
    html = three._repr_html_()
    assert "A small one" in html and "<table" in html and "20 replications" in html
    assert "path" in screening._repr_html_() and "Comparison of small" in repr(three)


def test_every_table_is_plain(three, screening, unsure):
    from simulator.cli.console import as_json

    for study in (three, screening, unsure):
        assert as_json(study.document()) == as_json(study.document())
        assert isinstance(study.table, pd.DataFrame)


@pytest.mark.parametrize("name", ["exposure", "distribution", "difference", "frontier", "tornado", "screening"])
def test_pictures(three, screening, name):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    study = screening if name in ("tornado", "screening") else three
    ax = getattr(study.plot, name)()
    ax.figure.canvas.draw()
    assert ax.get_title(loc="left")
    _, mine = plt.subplots()
    assert getattr(study.plot, name)(ax=mine) is mine
    plt.close("all")


def test_the_picture_of_a_sweep():
    import matplotlib

    matplotlib.use("Agg")
    study = sweep(small(), {FOR: ["4m", "1m"], BAKE: ["5m", "9m"]}, 3, **HERE)
    ax = study.plot.curves()
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1m", "4m"], "in their order, not as written"
    assert "Frontier" in study.plot.frontier().get_title(loc="left").title()


def test_the_report(three):
    from simulator.study.report import report_html

    html = report_html(three)
    assert html == report_html(three)
    for said in (
        "+    for: 3m",
        "STRESS-DES",
        "paddock run small.yaml --variant slow-alert --seed 1 --replication",
        "worst 5 %",
        "Blast radius",
        "(≤ ",
        "oncall.acknowledge",
    ):
        assert said in html, said
    assert html.count("data:image/") == 5 and "http://" not in html.replace("http://www.w3.org", "")
