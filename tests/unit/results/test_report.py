"""The report of a run: it begins with the answer, holds everything, and needs nothing else."""

from __future__ import annotations

import ast
import math
import re
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from simulator import results
from simulator.results import notable, report
from simulator.results.report import answer, big_numbers, pictures, report_html, tables, write_report
from simulator.results.words import duration
from tests.unit import worlds
from tests.unit.results.test_plots import a_run, on_axes


class Page(HTMLParser):
    """What a browser would see: tags with their attributes, and text. Tags must be closed in order."""

    VOID = {"meta", "img", "br", "link", "input", "hr"}

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags, self.open, self.captions, self.text = [], [], [], []
        self.feed(html)
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style", "script"):
            self.text.append(data)
        if self.open and self.open[-1] == "caption":
            self.captions.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def run():
    return a_run()


@pytest.fixture(scope="module")
def html(run):
    return report_html(run)


# --- the answer ------------------------------------------------------------------------------------------


def test_the_answer_counts_what_broke_and_says_when_it_was_noticed_and_over(run):
    hit = int(run.nodes["failures"].sum())
    first, second, third = answer(run)
    assert first == f"The change sysctl broke {hit} of 100 nodes ({hit} %) in {hit // 20} of 5 clusters."
    assert second.startswith("It was noticed after 3 min 30 s, with ")
    assert second.endswith(" and recovered after 50 min.")
    assert third == "The bake after staging (10 min) caught nothing."


def test_a_gate_that_stopped_the_change_is_credited_with_what_it_spared():
    run = a_run()
    run.stages["verdict"] = ["aborted", "not started"]
    assert answer(run)[-1] == ("The rollout was aborted in the stage staging and never reached the 60 nodes after it.")


def test_a_change_stopped_in_its_only_stage_says_how_far_it_came():
    run = a_run()
    run.stages = run.stages.iloc[1:]
    run.changes["reached_nodes"] = 41
    assert answer(run)[-1] == "The rollout was stopped after 41 of 100 nodes."


def test_an_alert_without_a_fault_behind_it_accuses_nobody():
    run = a_run(bad=0)
    run.incidents["cause"], run.incidents["nodes_hit"] = "", 0
    assert answer(run)[0] == "The alert nodes-bad fired without a faulty change or a fault behind it."


def test_time_in_which_no_alert_could_see_it_is_told_apart():
    run = a_run()
    run.incidents["bitten_at"] = run.incidents["began_at"] - 1080
    assert answer(run)[1].startswith("For 18 min no alert could see it; then it was noticed after 3 min 30 s")
    labels = on_axes(run, "timeline").get_yticklabels()
    assert "unseen by\nthe alert" in [label.get_text() for label in labels]


def test_a_stage_without_a_name_is_known_by_its_number():
    run = a_run()
    run.stages["stage"] = ["1", "2"]
    assert answer(run)[-1] == "The bake after stage 1 (10 min) caught nothing."


def test_a_fault_is_not_called_a_change():
    run = a_run(changes=False, bad=0)
    run.incidents["nodes_hit"], run.incidents["clusters_hit"] = 3, 1
    assert answer(run)[0] == "The fault fault-0 broke 3 of 100 nodes (3 %) in 1 of 5 clusters."


def test_what_nobody_noticed_and_what_is_not_over_is_said():
    run = a_run(recovered=False)
    assert "not recovered when the run ended" in answer(run)[1]
    run.incidents["detected_at"], run.incidents["alert"] = math.nan, ""
    assert answer(run)[1] == "No alert noticed it, and it was not over when the run ended."
    assert ("never", "until it was noticed") in big_numbers(run)


def test_changes_that_lack_nodes_are_not_called_rolled_out():
    run = a_run(bad=0, incidents=0)
    run.changes = pd.concat([run.changes, run.changes.assign(change="later")], ignore_index=True)
    assert answer(run)[-1] == "2 changes were rolled out to the end."
    run.stages["verdict"] = ["done", "incomplete"]
    assert answer(run)[-1] == "Of 2 changes, 1 did not get to all its nodes."
    run.changes["status"] = ["done", "running"]
    assert answer(run)[-1] == "Of 2 changes, 1 did not reach the end and 1 did not get to all its nodes."


def test_what_was_over_before_the_page_says_so():
    run = a_run()
    run.incidents["recovered_at"], run.incidents["paged_at"] = run.incidents["began_at"] + 240, math.nan
    run.incidents["exposure_at_detection"] = 0.0
    assert answer(run)[1] == (
        "It was noticed after 3 min 30 s and was over, 4 min after it began, before anybody was paged."
    )


def test_planned_work_ranks_below_what_broke_something():
    run = a_run(incidents=2)
    run.incidents.loc[0, ["bitten_at", "nodes_hit", "cause"]] = [math.nan, 100, "sysctl"]
    assert answer(run)[0].startswith("The change sysctl broke ")


def test_what_users_missed_ranks_before_what_nobody_noticed():
    spec = {
        "fleet": worlds.fleet(clusters=3, nodes=2),
        "components": [{"name": "ci", "scope": "global"}],
        "services": [{"name": "web", "replicas": 2, "requires": [{"component": "dns"}]}],
        "faults": [
            {"name": "ci-out", "trigger": {"at": "30m"}, "lasts": "5h", **worlds.breaks("ci")},
            {"name": "no-dns", "trigger": {"at": "1h"}, "lasts": "10m", **worlds.breaks("dns")},
        ],
    }
    run = worlds.scenario(**spec).run(seed=1)
    worst = notable.worst_incidents(run)
    assert list(worst["cause"]) == ["no-dns", "ci-out"]
    assert list(worst["service_down_h"]) == pytest.approx([3 / 6, 0.0]) and list(worst["clusters_down"]) == [3, 0]
    assert answer(run)[0] == "The fault no-dns broke something in 3 of 3 clusters; the nodes themselves stayed well."
    # Without anything that needs DNS, its loss is still worse than that of what no cluster needs
    run = worlds.scenario(**spec | {"services": []}).run(seed=1)
    assert list(notable.worst_incidents(run)["cause"]) == ["no-dns", "ci-out"]


def test_what_all_share_and_nobody_missed_is_told_as_such():
    spec = {"fleet": worlds.fleet(), "faults": [{"name": "f", "trigger": {"at": "1h"}, **worlds.breaks("hub")}]}
    assert answer(worlds.scenario(**spec).run(seed=1))[0] == "The fault f took away hub; nothing in a cluster was down."
    run = worlds.scenario(**spec, services=[{"name": "web", "replicas": 1}]).run(seed=1)
    assert answer(run)[0] == "The fault f took away hub; no service was down."


def test_of_many_changes_the_report_says_which_are_shown_and_why():
    run = a_run(bad=0, incidents=0)
    assert "changes" not in on_axes(run, "rollout").get_title(loc="left")
    run.changes = pd.concat(
        [run.changes.assign(change=f"c{n}", at=float(n), bites=int(n < 3)) for n in range(6)], ignore_index=True
    )
    run.scenario.spec.changes = []
    run.stages = pd.concat([run.stages.assign(change=f"c{n}") for n in range(6)], ignore_index=True)
    title = on_axes(run, "rollout").get_title(loc="left")
    assert title == "The rollouts of 3 changes (the 3 of 6 with a defect)"
    assert any("the 3 of 6 with a defect" in row[1] for row in tables.settings(run).rows)
    assert "Shown are the 3 of 6 with a defect." in next(
        p.reading for p in pictures.draw_all(run) if p.name == "rollout"
    )
    run.changes["bites"] = 0
    assert any("the latest 3 of 6" in row[1] for row in tables.settings(run).rows)
    run.changes["bites"] = 1
    assert any("3 of 6, the worst of the 6 with a defect" in row[1] for row in tables.settings(run).rows)


def test_the_worst_of_several_incidents_is_told():
    sentences = answer(a_run(incidents=3))
    assert sentences[-1] == "There were 3 incidents in all; this was the worst."


def test_a_run_in_which_nothing_broke_has_an_answer_too():
    assert answer(a_run(bad=0, incidents=0)) == [
        "Nothing broke: 100 nodes in 5 clusters ran for 8 h without a bad node.",
        "The change sysctl reached 100 of 100 nodes within " + _took(a_run(bad=0, incidents=0)) + ".",
    ]
    assert answer(a_run(bad=0, incidents=0, changes=False))[-1] == "No change was made."


def _took(run) -> str:
    return duration(run.changes["convergence_max_s"].iloc[0])


def test_bad_nodes_without_an_alert_are_not_hidden():
    run = a_run(incidents=0)
    assert answer(run)[0].endswith("no alert fired.")
    assert answer(run)[0].startswith(f"At worst {round(run.exposure['bad_nodes'].max() * 100)} of 100 nodes")


# --- the page --------------------------------------------------------------------------------------------


def test_the_page_begins_with_the_answer(run, html):
    body = html[html.index("<body>") :]
    assert body.index(answer(run)[0]) < body.index("What decided it") < body.index("<img")


def test_every_table_is_there(html):
    assert set(Page(html).captions) >= {
        "Settings of the scenario",
        "Defaults this run relied on",
        "Incident 1 step by step",
        "Incidents",
        "Stages",
        "Changes",
        "Clusters",
        "Services",
        "Metrics",
        "Journal",
    }


def test_a_metric_stands_with_its_definition_and_a_default_with_its_source(html):
    text = " ".join(Page(html).text)
    assert "Largest share of the nodes bad at once." in text
    assert "Flux documentation" in text
    # What is only assumed comes first: it is what to doubt
    assert text.index("reboot.vm_duration") < text.index("flux.interval")


def test_every_picture_says_in_words_what_it_shows(html):
    pictures = Page(html).all("img")
    assert len(pictures) == 6
    assert all(picture["src"].startswith("data:image/") and len(picture["alt"]) > 40 for picture in pictures)
    assert html.count("<figcaption>") == 6


def test_nothing_is_loaded_from_elsewhere(html):
    page = Page(html)
    for tag, attributes in page.tags:
        for name in ("src", "href", "srcset", "data", "poster", "action"):
            assert not re.match(r"\s*(https?:)?//", attributes.get(name) or ""), (tag, attributes)
    assert not page.all("script") and not page.all("link")
    assert "@import" not in html and "url(" not in html


def test_what_the_author_wrote_can_not_become_markup():
    run = a_run(2, 2)
    evil = "<script>alert('x')</script>\"><img src=x onerror=y>"
    run.scenario.title = run.scenario.metadata.description = evil
    run.changes["title"] = run.incidents["remedy"] = evil
    page = Page(report_html(run))
    assert not page.all("script")
    assert all(picture["src"].startswith("data:") for picture in page.all("img"))


def test_the_same_run_gives_the_same_bytes(html):
    assert report_html(a_run()) == html


def test_it_says_how_to_run_it_again(html):
    assert "<pre>paddock run bad-sysctl --seed 7</pre>" in html
    run = a_run(2, 1)
    run.scenario.variant_name = "longer-bake"
    assert "paddock run bad-sysctl --variant longer-bake --seed 7" in report_html(run)


def test_the_scenario_is_shown_as_declared_if_it_can_say():
    run = a_run(2, 1)
    run.scenario.to_data = lambda: {"kind": "Scenario", "spec": {"horizon": "8h"}}
    assert "  horizon: 8h" in report_html(run)


def test_large_tables_show_the_worst_and_count_the_rest():
    run = a_run(500, 1)
    table = tables.clusters(run)
    assert len(table.rows) == 20 and table.notes == ("The worst 20 of 500; 480 left out.",)
    worst = run.clusters.sort_values("bad_node_h", ascending=False, kind="stable")["cluster"].iloc[0]
    assert table.rows[0][0] == worst
    page = Page(report_html(run))
    assert "The worst 20 of 500; 480 left out." in page.text


def test_steps_of_the_incident_stand_in_the_order_of_time(run):
    table = tables.timeline(run, next(run.incidents.itertuples()))
    assert table.headings == ["Clock", "Since the change", "Step", "What"]
    assert table.rows[0] == ["Mon 2 Mar 09:23:00", "0", "changed", "changed: sysctl"]
    assert [row[0] for row in table.rows] == sorted(row[0] for row in table.rows)
    since = duration(run.incidents["recovered_at"].iloc[0] - 1380.0)
    assert table.rows[-1][1:3] == [f"+ {since}", "recovered"]


def test_steps_of_a_fault_are_told_since_it_began():
    run = a_run(changes=False, bad=0)
    table = tables.timeline(run, next(run.incidents.itertuples()))
    assert table.headings[1] == "Since it began" and table.rows[0][1:3] == ["0", "first bite"]


def test_the_worst_incidents_are_told_one_by_one():
    run = a_run(incidents=5)
    page = Page(report_html(run))
    headings = [text for text in page.text if re.fullmatch(r"Incident \d: sysctl, told by nodes-bad", text)]
    worst = notable.worst_incidents(run)["incident"].head(3)
    assert headings == [f"Incident {number}: sysctl, told by nodes-bad" for number in worst]
    assert [c for c in page.captions if "step by step" in c] == [f"Incident {n} step by step" for n in worst]
    assert "The worst 3 are told step by step." in page.text
    assert len(report_html(run)) < 2_000_000


@pytest.mark.parametrize(
    "run",
    [a_run(bad=0, incidents=0), a_run(1, 1, bad=0, incidents=0, changes=False)],
    ids=["no incident", "nothing at all"],
)
def test_a_quiet_run_makes_sense(run):
    run.services, run.events = run.services.iloc[:0], run.events.iloc[:0]
    text = " ".join(Page(report_html(run)).text)
    assert "There was no incident" in text and "no services" in text and "The journal is empty" in text
    assert "nan" not in text.lower().split()


def test_a_run_without_assumptions_says_so():
    run = a_run(1, 1)
    run.assumptions = run.assumptions.iloc[:0]
    assert "no default with a source was needed" in report_html(run)


# --- the file --------------------------------------------------------------------------------------------


def test_the_file_is_written_whole_with_its_folder(tmp_path, run, html):
    path = write_report(run, tmp_path / "new" / "report.html")
    assert path.read_text(encoding="utf-8") == html
    assert [file.name for file in path.parent.iterdir()] == ["report.html"]


def test_a_report_that_fails_leaves_the_old_one_alone(tmp_path, run, monkeypatch):
    path = tmp_path / "report.html"
    path.write_text("old")

    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr(report.os, "replace", full)
    with pytest.raises(OSError, match="no space"):
        write_report(run, path)
    assert path.read_text() == "old" and len(list(tmp_path.iterdir())) == 1


def test_a_heavy_drawing_is_embedded_as_pixels(run, monkeypatch):
    monkeypatch.setattr(pictures, "LARGEST_SVG", 10)
    assert pictures.draw(run, *pictures.PICTURES[0]).uri.startswith("data:image/png;base64,")


@pytest.mark.parametrize(
    "path",
    [path for folder in ("plots", "report") for path in (Path(results.__file__).parent / folder).glob("*.py")],
    ids=lambda path: f"{path.parent.name}/{path.stem}",
)
def test_heavy_libraries_are_imported_only_when_something_is_drawn(path):
    top = ast.parse(path.read_text()).body
    names = {alias.name for node in top if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in top if isinstance(node, ast.ImportFrom)}
    assert not {name.split(".")[0] for name in names} & {"matplotlib", "pandas", "jinja2", "yaml"}


def test_numbers_of_any_size_are_readable():
    metrics = SimpleNamespace(
        metrics=pd.Series({"a": 1234567.8, "b": 0.000123456, "c": 3.0, "d": math.nan}), metric_info={}
    )
    assert [row[2] for row in tables.metrics(metrics).rows] == ["1,234,568", "0.0001235", "3", "–"]


def test_what_an_alert_was_firing_for_already_is_not_called_unnoticed():
    def out(name, at, lasts, component="web"):
        return {"name": name, "trigger": {"at": at}, "lasts": lasts, **worlds.breaks(component)}

    run = worlds.scenario(
        fleet=worlds.fleet(),
        services=[{"name": "web", "replicas": 1}],
        faults=[out("a", "1h", "1h"), out("b", "90m", "2h"), out("c", "2h", "10m", "telemetry")],
        alerts=[worlds.alert({"component": "web"}, **{"for": "1m"})],
    ).run(seed=1)
    assert list(run.incidents["cause"]) == ["a", "b", "c"] and list(run.incidents["covered_by"]) == [0, 1, 0]
    assert list(notable.worst_incidents(run)["cause"]) == ["b", "a", "c"]  # a: the alert goes on, its fault does not
    assert answer(run)[1] == "The alert alarm was firing for it as well (incident 1); it was over after 2 h."
    assert [row[1] for row in tables.incidents(run).rows] == ["that of incident 1", "alarm", "–"]
    assert "until it was noticed" not in [what for _, what in big_numbers(run)]
    run.incidents = run.incidents[run.incidents["cause"] == "c"]
    assert answer(run)[1] == "No alert noticed it; it was over after 10 min."
