"""The pictures show what the run says: areas, peaks and spikes are measured, not looked at."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from itertools import combinations, pairwise
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from simulator.results import notable, plots
from simulator.results.plots import Plots, labels, look, states, timeline
from simulator.results.plots.axes import duration_ticks, time_ticks, time_unit
from simulator.results.plots.curves import POINTS, steps, thin
from simulator.results.words import duration, percent

NAN = math.nan
MILESTONES = ["began_at", "detected_at", "paged_at", "acknowledged_at", "diagnosed_at", "decided_at", "recovered_at"]
COLUMNS = {
    "services": ["service", "cluster", "replicas", "needs", "availability", "down_s", "degraded_s", "slo"],
    "changes": [
        "change",
        "title",
        "kind",
        "route",
        "version",
        "at",
        "converged_at",
        "clusters",
        "nodes",
        "reached_clusters",
        "reached_nodes",
        "convergence_p50_s",
        "convergence_p95_s",
        "convergence_max_s",
        "status",
        "automatic_rollbacks",
        "bites",
    ],
    "stages": [
        "change",
        "stage",
        "number",
        "started_at",
        "converged_at",
        "ended_at",
        "nodes",
        "clusters",
        "bake_s",
        "verdict",
    ],
    "reach": ["change", "stage", "number", "at", "nodes", "share"],
    "incidents": [
        "incident",
        "alert",
        "cause",
        "changed_at",
        "bitten_at",
        *MILESTONES,
        "remedy",
        "waited_s",
        "waited_for",
        "clusters_hit",
        "nodes_hit",
        "covered_by",
        "clusters_down",
        "service_down_h",
        "exposure_at_detection",
        "mttd_s",
        "decide_s",
        "mttr_s",
    ],
    "timeline": [
        "incident",
        "alert",
        "cause",
        "at",
        "time",
        "step",
        "subject",
        "count",
        "counted",
        "waits_for",
        "circular",
        "until",
        "note",
    ],
    "events": ["at", "time", "what", "subject", "until", "count", "cause", "note"],
}


def a_run(
    clusters: int = 5,
    size: int = 20,
    *,
    bad: float = 0.4,
    incidents: int = 1,
    changes: bool = True,
    horizon: float = 8 * 3600.0,
    merged: float = 1380.0,
    recovered: bool = True,
) -> SimpleNamespace:
    """A small made-up run: a change updates every node, bites a share of the prod clusters and is reverted.

    Each node is a handful of times, so states, exposure and heat are exact and agree with one another.
    """
    draw = np.random.default_rng(1)
    names = [f"{'staging' if k < min(2, clusters - 1) else 'prod'}-{k:03d}" for k in range(clusters)]
    environment = np.array([name.split("-")[0] for name in names])
    of = np.repeat(np.arange(clusters), size)
    stage = (environment[of] == "prod").astype(int)
    begins = merged + np.where(stage, 900 + draw.uniform(0, 1740, clusters)[of], 60)
    begins += draw.uniform(0, 30, len(of))
    ready = begins + draw.uniform(60, 110, len(of))
    bites = (stage == 1) & (of % max(1, round(1 / bad)) == 0) if bad and changes else np.zeros(len(of), bool)
    ends = ready + (1800 + draw.uniform(0, 900, len(of)) if recovered else np.inf)

    moves = []  # (time, from, to)
    if changes:
        for b, r, bite, e in zip(begins, ready, bites, ends, strict=True):
            moves += [
                (b, "ready", "updating"),
                (b + 40, "updating", "rebooting"),
                (r, "rebooting", "failed" if bite else "ready"),
            ]
            moves += [(e, "failed", "ready")] if bite and e < horizon else []
    states = _states(moves, len(of))
    since, until = np.where(bites, ready, np.inf), np.minimum(ends, horizon)

    def heat(bins: int, begin: float = 0.0, end: float = horizon, what: str = "nodes") -> pd.DataFrame:
        edges = np.linspace(begin, end, bins + 1)
        spent = np.clip(edges - since[:, None], 0, np.maximum(until - since, 0)[:, None])
        spent = np.where(bites[:, None], spent, 0)
        table = pd.DataFrame(np.diff(spent, axis=1)).groupby(of).mean() / ((end - begin) / bins)
        return table.set_axis(names).set_axis(edges[:-1], axis=1)

    first_bad = pd.Series(since).groupby(of).min().replace(np.inf, NAN).to_numpy()
    bad_h = pd.Series(np.where(bites, until - since, 0.0)).groupby(of).sum() / 3600
    hit_clusters, hit_nodes = int((first_bad == first_bad).sum()), int(bites.sum())
    run = SimpleNamespace(
        seed=7,
        replication=0,
        version="0.1.0",
        digest="0123456789abcdef",
        states=states,
        heat=heat,
        scenario=_scenario(horizon, changes and hit_nodes),
        nodes=_nodes(names, of, environment, bites, until, since),
        clusters=pd.DataFrame(
            {
                "cluster": names,
                "fleet": environment,
                "environment": environment,
                "region": "eu",
                "zone": "a",
                "nodes": size,
                "bad_node_h": bad_h,
                "worst_bad_share": pd.Series(bites).groupby(of).mean(),
                "first_bad_at": first_bad,
                "down_s": 0.0,
            }
        ),
        exposure=_exposure(since, until, bites, of, clusters, horizon),
        services=pd.DataFrame(
            [("web", name, 12, 6, 1 - k / 1000, 28.8 * k, 0.0, 0.999) for k, name in enumerate(names)],
            columns=COLUMNS["services"],
        ),
        changes=_table("changes"),
        stages=_table("stages"),
        reach=_table("reach"),
        incidents=_table("incidents"),
        metrics=pd.Series({"blast_radius_nodes": hit_nodes / len(of), "mttd": NAN}),
        metric_info={
            "blast_radius_nodes": SimpleNamespace(
                unit="1", title="Blast radius, nodes", definition="Largest share of the nodes bad at once."
            ),
            "mttd": SimpleNamespace(unit="s", title="MTTD", definition="Mean time from begin to detection."),
        },
        assumptions=pd.DataFrame(
            [
                ("flux.interval", "60 s", "default", "Flux documentation", "gitops.interval"),
                ("reboot.vm_duration", "75 s", "assumption", "Derived. https://example.org/path", "fleet.pools"),
            ],
            columns=["name", "value", "kind", "source", "used_for"],
        ),
    )
    if changes:
        _roll_out(run, begins, ready, stage, of, merged, horizon, hit_nodes + hit_clusters)
    began = np.nanmin(first_bad) if hit_nodes else merged
    run.incidents = _table(
        "incidents",
        [
            _incident(
                k,
                began + 600 * k,
                1500 + 60 * k,
                recovered,
                "sysctl" if hit_nodes else f"fault-{k}",
                hit_clusters,
                max(hit_nodes - k, 0),
                hit_nodes / len(of) / 3,
            )
            for k in range(incidents)
        ],
    )
    run.timeline = _table("timeline", [step for row in run.incidents.itertuples() for step in _steps(row)])
    run.course = lambda number: _course(since, until, bites, of, horizon)
    run.events = _table(
        "events",
        [
            (row.began_at, run.scenario.spec.start, "bit", row.cause, row.began_at, 1, row.cause, "")
            for row in run.incidents.itertuples()
        ],
    )
    run.plot = Plots(run)
    return run


def _table(name: str, rows: list[tuple] = ()) -> pd.DataFrame:
    times = [c for c in COLUMNS[name] if c.endswith(("_at", "_s")) or c in ("at", "share", "until")]
    return pd.DataFrame(rows, columns=COLUMNS[name]).astype(dict.fromkeys(times, float))


def _scenario(horizon: float, defect: bool) -> SimpleNamespace:
    change = SimpleNamespace(name="sysctl", defect=object() if defect else None)
    spec = SimpleNamespace(
        start=datetime(2026, 3, 2, 9, tzinfo=UTC),
        horizon=horizon,
        changes=[change],
        fleet=[],
        alerts=[SimpleNamespace(name="nodes-bad", for_=120.0)],
    )
    metadata = SimpleNamespace(name="bad-sysctl", description="A setting breaks the boot.")
    return SimpleNamespace(metadata=metadata, title="A bad sysctl", variant_name=None, spec=spec)


def _states(moves: list[tuple[float, str, str]], nodes: int) -> pd.DataFrame:
    order = ["ready", "updating", "rebooting", "failed"]
    at = np.array([0.0, *(m[0] for m in moves)])
    change = np.zeros((len(at), len(order)), int)
    change[0, 0] = nodes
    for row, (_, old, new) in enumerate(moves, 1):
        change[row, order.index(old)] -= 1
        change[row, order.index(new)] += 1
    by_time = np.argsort(at, kind="stable")
    index = pd.Index(at[by_time], name="at")
    table = pd.DataFrame(change[by_time].cumsum(axis=0), columns=order, index=index)
    table = table[~table.index.duplicated(keep="last")]
    return table.loc[:, (table > 0).any()]


def _exposure(since, until, bites, of, clusters, horizon) -> pd.DataFrame:
    at = np.unique(np.r_[0.0, since[bites], until[bites][until[bites] < horizon]])
    now = (since[bites][:, None] <= at) & (at < until[bites][:, None])
    hit = np.array([len(np.unique(of[bites][column])) for column in now.T])
    return pd.DataFrame({"at": at, "bad_nodes": now.sum(0) / len(of), "bad_clusters": hit / clusters})


def _nodes(names, of, environment, bites, until, since) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "node": [f"{names[c]}-{k}" for k, c in enumerate(of)],
            "cluster": np.array(names)[of],
            "pool": "workers",
            "fleet": environment[of],
            "environment": environment[of],
            "role": "worker",
            "os": "talos",
            "version": "1.9",
            "previous_version": "1.8",
            "state": "ready",
            "updates": 1,
            "automatic_rollbacks": 0,
            "failures": bites.astype(int),
            "serving_h": 8.0,
            "bad_h": np.where(bites, until - since, 0) / 3600,
            "planned_out_h": 0.02,
        }
    )


def _roll_out(run, begins, ready, stage, of, merged, horizon, bites) -> None:
    rows, reach = [], []
    for number, (name, bake) in enumerate((("staging", 600.0), ("prod", 0.0))):
        mine = np.sort(ready[stage == number])
        if not len(mine):
            continue
        reach += [("sysctl", name, number, at, k, k / len(mine)) for k, at in enumerate(mine, 1)]
        verdict = "done" if number == 0 or not bites else "aborted"
        rows.append(
            (
                "sysctl",
                name,
                number,
                begins[stage == number].min(),
                mine[-1],
                mine[-1] + bake,
                len(mine),
                len(np.unique(of[stage == number])),
                bake,
                verdict,
            )
        )
    run.stages, run.reach = _table("stages", rows), _table("reach", reach)
    run.changes = _table(
        "changes",
        [
            (
                "sysctl",
                "Raise a limit",
                "config",
                "git",
                "v2",
                merged,
                ready.max(),
                len(run.clusters),
                len(of),
                len(run.clusters),
                len(of),
                800.0,
                1900.0,
                ready.max() - merged,
                "reverted" if bites else "done",
                0,
                bites,
            )
        ],
    )


def _incident(number, began, lasts, recovered, cause, clusters_hit, nodes_hit, exposure) -> tuple:
    times = [
        began,
        *(began + lasts * np.array([0.14, 0.16, 0.25, 0.45, 0.55])),
        began + 2 * lasts if recovered else NAN,
    ]
    changed = 1380.0 if cause == "sysctl" else NAN
    return (
        number + 1,
        "nodes-bad",
        cause,
        changed,
        began - 30,
        *times,
        "revert",
        0.4 * lasts,
        "api",
        clusters_hit,
        nodes_hit,
        0,
        clusters_hit,
        0.0,
        exposure,
        times[1] - began,
        times[5] - times[1],
        times[6] - began,
    )


def _steps(incident) -> list[tuple]:
    """The steps of a made-up incident, whose revert waits for the API that its cause has down."""

    def step(at, what, subject, waits_for="", circular=False, until=NAN):
        time = datetime(2026, 3, 2, 9, tzinfo=UTC)
        note = f"{what}: {subject}"
        head = (incident.incident, incident.alert, incident.cause, at, time, what, subject)
        return (*head, 1, "nodes", waits_for, circular, until, note)

    waited = incident.decided_at + incident.waited_s
    steps = [
        step(incident.changed_at, "changed", incident.cause),
        step(incident.bitten_at, "first bite", "prod-000-0"),
        step(incident.began_at, "visible", "nodes"),
        step(incident.detected_at, "alert fires", incident.alert),
        step(incident.paged_at, "paged", incident.alert),
        step(incident.acknowledged_at, "acknowledged", incident.alert),
        step(incident.diagnosed_at, "diagnosed", incident.cause),
        step(incident.decided_at, "decided", "revert"),
        step(incident.decided_at, "remedy waits", "revert", incident.waited_for, True, waited),
        step(waited, "remedy started", "revert", until=incident.recovered_at),
        step(incident.recovered_at, "recovered", incident.alert),
    ]
    return [row for row in steps if row[3] == row[3]]


def _course(since, until, bites, of, horizon) -> pd.DataFrame:
    at = np.unique(np.r_[0.0, since[bites], until[bites][until[bites] < horizon]])
    now = (since[bites][:, None] <= at) & (at < until[bites][:, None])
    hit = np.array([len(np.unique(of[bites][column])) for column in now.T])
    return pd.DataFrame({"nodes": now.sum(0), "clusters": hit, "api": hit}, index=pd.Index(at, name="at"))


# --- words and time --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "seconds, text",
    [
        (0, "0 s"),
        (0.5, "0.5 s"),
        (9.97, "10 s"),
        (45, "45 s"),
        (59.7, "1 min"),
        (90, "1 min 30 s"),
        (360, "6 min"),
        (599.6, "10 min"),
        (615, "10 min"),
        (3599, "1 h"),
        (4320, "1 h 12 min"),
        (86399, "1 d"),
        (273600, "3 d 4 h"),
        (NAN, "–"),
        (math.inf, "–"),
    ],
)
def test_durations_read_like_people_say_them(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    "share, text",
    [
        (0, "0 %"),
        (1, "100 %"),
        (0.4, "40 %"),
        (0.05, "5 %"),
        (0.0031, "0.31 %"),
        (0.9995, "99.95 %"),
        (0.99999, "99.999 %"),
        (NAN, "–"),
    ],
)
def test_a_share_keeps_the_digits_that_matter_and_never_rounds_to_all(share, text):
    assert percent(share) == text


@pytest.mark.parametrize("span, unit", [(100, "seconds"), (3600, "minutes"), (8 * 3600, "hours"), (30 * 86400, "days")])
def test_time_is_told_in_a_sensible_unit_with_round_ticks(span, unit):
    assert time_unit(span) == unit
    ticks = time_ticks(0.37 * span, 1.37 * span)
    assert 3 <= len(ticks) <= 10
    assert 0.37 * span <= ticks[0] and ticks[-1] <= 1.37 * span


# --- decimation ------------------------------------------------------------------------------------------


def test_decimation_keeps_a_spike_of_one_second_in_a_month():
    at = np.arange(0.0, 30 * 86400, 20)
    level = np.full(len(at), 3.0)
    at, level = np.insert(at, 70_001, [1_400_000.5, 1_400_001.5]), np.insert(level, 70_001, [900.0, 3.0])
    edges, values = steps(at, level, 0, 30 * 86400)
    assert len(values) <= POINTS
    assert values.max() == 900 and edges[values.argmax()] == 1_400_000.5


def test_decimation_keeps_every_extreme_and_whole_rows():
    draw = np.random.default_rng(3)
    at = np.sort(draw.uniform(0, 1e5, 60_000))
    parts = draw.multinomial(100, [0.7, 0.2, 0.1], len(at))
    keep = thin(at, parts)
    assert len(keep) <= POINTS and keep[0] == 0 and keep[-1] == len(at) - 1
    assert (parts[keep].max(0) == parts.max(0)).all() and (parts[keep].min(0) == parts.min(0)).all()
    assert (parts[keep].sum(1) == 100).all()


def test_a_window_begins_with_the_value_that_holds_there():
    edges, values = steps([0, 10, 20, 30], [1, 2, 3, 4], 15, 30)
    assert edges.tolist() == [15, 20, 30] and values.tolist() == [2, 3]


# --- pictures --------------------------------------------------------------------------------------------


def on_axes(run, name: str, width: float = 12):
    with plots.style():
        ax = Figure(figsize=(width, run.plot.height(name))).subplots()
    return getattr(run.plot, name)(ax=ax)


def texts(ax) -> str:
    return "\n".join(t.get_text() for t in [ax.title, ax._left_title, *ax.texts])


def node_seconds(ax) -> dict[str, float]:
    """The area of each state as drawn."""
    areas = {}
    for patch in ax.patches:
        top, edges, floor = patch.get_data()
        areas[patch.get_label()] = np.nansum((top - floor) * np.diff(edges))
    return areas


def test_the_areas_of_the_states_are_the_node_seconds_spent_in_them():
    run = a_run(bad=0.5)
    ax = on_axes(run, "states")
    begin, end = ax.get_xlim()
    areas = node_seconds(ax)
    assert sum(areas.values()) == pytest.approx(100 * (end - begin))
    assert areas["failed"] == pytest.approx(run.nodes["bad_h"].sum() * 3600)


def test_where_nearly_all_is_ready_the_rest_is_shown_alone_and_exact():
    run = a_run(bad=0, incidents=0)
    run.states = pd.DataFrame({"ready": [1000, 997, 1000], "failed": [0, 3, 0]}, index=[0.0, 5000.0, 5001.0])
    ax = on_axes(run, "states")
    assert node_seconds(ax) == {"failed": 3.0}
    assert ax.get_ylim()[1] < 5
    assert "any state but ready, of 1,000" in texts(ax)


def test_legends_name_only_states_that_occur_in_their_fixed_colours():
    from matplotlib.colors import to_hex

    for run in (a_run(), a_run(bad=0)):
        patches = on_axes(run, "states").patches
        assert {p.get_label() for p in patches} <= set(run.states.columns)
        assert all(to_hex(p.get_facecolor()).upper() == states.STATE_COLOURS[p.get_label()] for p in patches)


def test_the_peak_label_is_the_maximum_and_stands_at_its_time():
    run = a_run()
    ax = on_axes(run, "blast_radius")
    worst = run.exposure["bad_nodes"].max()
    assert f"at worst {percent(worst)} of the nodes" in texts(ax)
    at = run.exposure["at"][run.exposure["bad_nodes"].idxmax()]
    label = next(t for t in ax.texts if t.get_text().startswith(percent(worst)))
    assert label.xy == (at, worst)


def test_the_rollout_draws_the_last_reach_of_each_stage():
    ax = on_axes(a_run(), "rollout")
    assert [t.get_text().split("\n")[0] for t in ax.get_yticklabels()] == ["staging", "prod"]
    assert "aborted" in texts(ax) and "100 % in" in texts(ax)


def test_a_healthy_run_shows_the_latest_changes_instead_of_the_faulty_ones():
    run = a_run(bad=0, incidents=0)
    later = [run.changes.assign(change=f"c{k}", at=9000.0 + k) for k in (3, 1, 2)]
    run.changes = pd.concat([run.changes, *later], ignore_index=True)
    assert notable.notable_changes(run) == ["c1", "c2", "c3"]
    assert notable.notable_changes(a_run()) == ["sysctl"]


@pytest.mark.parametrize("clusters", [2, 60, 500])
def test_the_heat_map_labels_what_can_be_read(clusters):
    ax = on_axes(a_run(clusters, 4), "heatmap")
    labels = [t.get_text() for t in ax.get_yticklabels()]
    if clusters <= 60:
        assert len(labels) == clusters
    else:
        assert labels == ["staging\n2 clusters", "prod\n498 clusters"]


def test_pooled_rows_keep_the_worst_cluster():
    run = a_run(500, 2, bad=0, incidents=0)
    table = run.heat(360)
    table.iloc[123, 200] = 1.0
    run.heat = lambda *_: table
    assert on_axes(run, "heatmap").images[0].get_array().max() == 1.0


def test_the_heat_map_asks_for_the_part_that_is_drawn_in_fine_bins():
    run = a_run(horizon=30 * 86400.0)
    asked, heat = [], run.heat
    run.heat = lambda bins, begin, end, what: asked.append((bins, begin, end, what)) or heat(bins, begin, end)
    left, right = on_axes(run, "heatmap").get_xlim()
    assert asked == [(360, left, right, "nodes")] and right - left < 86400


def test_where_no_node_was_bad_the_heat_map_shows_affected_clusters():
    run = a_run(bad=0)
    run.exposure["bad_clusters"], run.clusters["down_s"] = 0.4, [0.0, 0.0, 60.0, 60.0, 0.0]
    asked, heat = [], run.heat
    run.heat = lambda bins, begin, end, what: asked.append(what) or heat(bins, begin, end)
    assert "in 2 of 5 clusters something was down" in texts(on_axes(run, "heatmap"))
    assert asked == ["clusters"]


def test_the_phases_of_an_incident_join_from_its_begin_to_its_end():
    run = a_run()
    incident = next(run.incidents.itertuples())
    spans = timeline.phases(incident, 28800)
    assert [name for name, *_ in spans] == list(timeline.MILESTONES)
    assert spans[0][1] == incident.began_at and spans[-1][2] == incident.recovered_at
    assert all(a[2] == b[1] for a, b in zip(spans, spans[1:], strict=False))


def test_an_incident_nobody_noticed_is_open_to_the_end():
    incident = SimpleNamespace(**dict.fromkeys(MILESTONES, NAN) | {"began_at": 100.0})
    assert timeline.phases(incident, 500) == [("detected_at", 100.0, 500, False)]


def test_what_people_did_after_the_recovery_is_no_phase_of_the_incident():
    incident = SimpleNamespace(
        began_at=0, detected_at=10, paged_at=40, acknowledged_at=200, diagnosed_at=300, decided_at=400, recovered_at=100
    )
    names = [name for name, *_ in timeline.phases(incident, 500)]
    assert names == ["detected_at", "paged_at", "recovered_at"]


def test_the_time_line_writes_durations_and_hatches_the_wait():
    ax = on_axes(a_run(), "timeline")
    assert "recovered after 50 min" in texts(ax) and "3 min 30 s" in texts(ax)
    assert any(p.get_hatch() for p in ax.patches)
    assert "waits for api" in ax.get_legend().get_texts()[0].get_text()


# --- the time line of one incident ------------------------------------------------------------------------


def bars(ax) -> list[tuple[float, float]]:
    """Every bar as (begin, end)."""
    from matplotlib.patches import Rectangle

    return [(p.get_x(), p.get_x() + p.get_width()) for p in ax.patches if type(p) is Rectangle]


def test_the_bars_of_people_and_remedies_are_their_steps():
    run = a_run()
    incident, ax = next(run.incidents.itertuples()), on_axes(run, "incident")
    ends = [getattr(incident, name) for name in MILESTONES[:-1]]
    waited = incident.decided_at + incident.waited_s
    wanted = [*pairwise(ends), (incident.decided_at, waited), (waited, incident.recovered_at)]
    assert np.allclose(bars(ax), wanted)
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == ["hit by\nsysctl", "the outage", "api down\nin up to 2 clusters", "people", "revert"]
    assert ax.get_title(loc="left") == "Incident 1: sysctl, recovered after 50 min"
    assert any(line.get_xdata()[0] == incident.recovered_at for line in ax.lines)


def test_the_areas_are_the_shares_that_were_hit():
    run = a_run()
    ax, course = on_axes(run, "incident"), run.course(1)
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    worst = int(course["nodes"].max())
    assert legend[1] == f"nodes hit: at worst {worst} of 100 ({percent(worst / 100)})"
    lasts = np.diff(np.append(course.index, 28800.0))
    drawn = {}
    for patch in ax.patches:
        if hasattr(patch, "get_data"):
            top, edges, floor = patch.get_data()
            drawn.setdefault(patch.get_label(), np.nansum((floor - top) * np.diff(edges)))
    clusters, nodes = (drawn[label] for label in legend)
    ratio = (course["nodes"] * lasts).sum() / 100 / ((course["clusters"] * lasts).sum() / 5)
    assert nodes / clusters == pytest.approx(ratio)


def test_a_wait_is_hatched_and_one_for_what_it_should_repair_in_another_way():
    run = a_run()
    assert [p.get_hatch() for p in on_axes(run, "incident").patches if p.get_hatch()] == ["xxx"]
    assert "waits for api, 10 min ↻ needs what it should repair" in texts(on_axes(run, "incident"))
    run.timeline["circular"] = False
    assert [p.get_hatch() for p in on_axes(run, "incident").patches if p.get_hatch()] == ["///"]
    assert "↻" not in texts(on_axes(run, "incident"))


def test_a_wrong_diagnosis_stands_out_and_a_refusal_says_why():
    run = a_run()
    looked, known = run.incidents[["acknowledged_at", "diagnosed_at"]].iloc[0]
    more = run.timeline.iloc[[5, 8]].assign(
        step=["wrong diagnosis", "remedy refused"], at=[(looked + known) / 2, known]
    )
    more["subject"], more["note"] = ["other", "undo"], ["", "undo is refused: Git says no"]
    run.timeline = pd.concat([run.timeline, more]).sort_values("at", kind="stable")
    ax = on_axes(run, "incident")
    wrong = next(text for text in ax.texts if text.get_text().startswith("wrong diagnosis "))
    assert wrong.get_color() == look.VERMILION and (looked, (looked + known) / 2) in bars(ax)
    assert "refused: Git says no" in texts(ax)
    assert "undo" in [label.get_text() for label in ax.get_yticklabels()]


def test_an_incident_is_asked_for_by_its_number_and_the_worst_comes_first():
    run = a_run(incidents=3)
    title = on_axes(run, "incident").get_title(loc="left")
    assert title.startswith(f"Incident {next(notable.worst_incidents(run).itertuples()).incident}:")
    assert run.plot.incident(2, Figure().subplots()).get_title(loc="left").startswith("Incident 2:")
    with pytest.raises(ValueError, match="no incident 4: this run has 3"):
        run.plot.incident(4, Figure().subplots())


def test_what_is_not_over_says_so_and_ends_with_the_picture():
    ax = on_axes(a_run(recovered=False), "incident")
    assert "not over when the run ends »" in texts(ax) and "not recovered" in texts(ax)


def test_a_change_long_before_leaves_room_for_the_minutes_that_followed():
    run = a_run()
    run.incidents["changed_at"] = run.timeline.loc[run.timeline["step"] == "changed", "at"] = -1e6
    ax = on_axes(run, "incident")
    assert ax.get_xlim()[0] > 0 and "after the change" in ax.get_title(loc="left")


@pytest.mark.parametrize("seed", range(20))
def test_names_never_lie_on_one_another(seed):
    draw = np.random.default_rng(seed)
    at = np.sort(draw.uniform(0, 10, 12))
    words = ["x" * n for n in draw.integers(3, 40, 12)]
    rows = labels.rows_of(at, words, 1.0, 0.0, 10.0)
    spans = [labels.span_of(a, w, 1.0, 10.0) for a, w in zip(at, words, strict=True)]
    for i, j in combinations(range(12), 2):
        apart = spans[i][1] <= spans[j][0] or spans[j][1] <= spans[i][0]
        assert rows[i] != rows[j] or apart


def test_no_incident_is_said_in_the_picture():
    assert "no incident" in texts(on_axes(a_run(bad=0, incidents=0), "timeline"))
    assert "no incident" in texts(on_axes(a_run(bad=0, incidents=0), "incident"))
    assert "no change" in texts(on_axes(a_run(bad=0, incidents=0, changes=False), "rollout"))


@pytest.mark.parametrize(
    "run",
    [
        a_run(),
        a_run(2, 1),
        a_run(1, 1, changes=False, incidents=0),
        a_run(100, 2, incidents=14),
        a_run(incidents=2, recovered=False),
        a_run(bad=0, incidents=0),
    ],
    ids=["incident", "tiny", "nothing", "many", "open", "healthy"],
)
def test_the_overview_has_every_picture_and_is_readable_from_afar(run):
    figure = run.plot.overview()
    figure.canvas.draw()
    assert len(figure.axes) == 6  # five pictures and a colour bar
    assert min(text.get_fontsize() for text in figure.findobj(Text) if text.get_text()) >= 11


def test_settings_of_matplotlib_are_left_alone():
    import matplotlib

    before = dict(matplotlib.rcParams)
    on_axes(a_run(), "states")
    assert dict(matplotlib.rcParams) == before


def test_what_a_notebook_turns_on_while_its_first_picture_is_drawn_stays_on():
    import matplotlib

    try:
        with look.style():
            matplotlib.interactive(True)
        assert matplotlib.is_interactive()
    finally:
        matplotlib.interactive(False)


def test_the_overview_shows_itself_in_a_notebook():
    assert a_run(2, 1).plot.overview()._repr_png_().startswith(b"\x89PNG")


def test_without_axes_a_figure_is_made():
    import matplotlib.pyplot as plt

    ax = a_run().plot.states()
    assert ax.figure.get_figwidth() >= 10
    plt.close(ax.figure)


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 5400, [0, 900, 1800, 2700, 3600, 4500, 5400]),
        (-310, 310, [-240, -120, 0, 120, 240]),
        (0, 30 * 3600, [hour * 3600 for hour in range(0, 31, 4)]),
        (0, 4, [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4]),
    ],
)
def test_an_axis_of_durations_has_round_times(low, high, ticks):
    assert list(duration_ticks().tick_values(low, high)) == ticks
