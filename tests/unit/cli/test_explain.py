"""`paddock explain`: fields, facts, metrics, words."""

import pytest

from simulator import facts


def test_a_fact(paddock):
    out = paddock("explain", "talos.boot.timeout_all_services").out
    assert [line.split(maxsplit=1)[0] for line in out.splitlines()] == [
        "FACT",
        "VALUE",
        "KIND",
        "SOURCE",
        "NOTE",
    ]
    assert "70m" in out and facts.get("talos.boot.timeout_all_services").source in out


def test_a_field_and_the_fact_behind_its_default(paddock):
    out = paddock("explain", "scenario.fleet.pools.os.talos.upgrade.drainTimeout").out
    assert "DEFAULT  5m" in out and "talos.upgrade.client_timeout_drain" in out and "SOURCE" in out


def test_a_field_lists_those_below(paddock):
    out = paddock("explain", "scenario.fleet.pools.os.talos.upgrade").out
    assert all(name in out for name in ("FIELDS", "path", "drainTimeout", "onFailure"))


@pytest.mark.parametrize("path", ["changes[0].rollout", "spec.changes[sysctl].rollout", "scenario.changes.rollout"])
def test_paths_as_messages_write_them(paddock, path):
    assert "spec.changes.rollout" in paddock("explain", path).out


def test_a_metric(paddock):
    assert "Mean time to recover" in paddock("explain", "mttr").out


def test_words_search_the_facts(paddock):
    out = paddock("explain", "etcd", "quorum").out
    assert "talos.etcd.two_cp_nodes" in out
    assert paddock("explain", "etcd quorum").out == out


def test_a_system_lists_its_facts(paddock):
    assert "talos.boot.etcd_join_timeout" in paddock("explain", "talos.boot").out


def test_alone_it_lists_what_can_be_asked(paddock):
    out = paddock("explain").out
    assert all(word in out for word in ("changes", "kubernetes (", "mttr"))


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("talos.boot.timeout_all_servces", "talos.boot.timeout_all_services"),
        ("scenario.chages", "scenario.changes"),
        ("mttrr", "mttr"),
        ("xyzzy", "`paddock explain` lists what can be asked."),
    ],
)
def test_an_unknown_name_gets_the_nearest(paddock, name, near):
    outcome = paddock("explain", name)
    assert outcome.code == 2 and outcome.err.startswith("error: ") and near in outcome.err


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("talos.boot.timeout_all_services", "fact"),
        ("scenario.changes", "field"),
        ("mttr", "metric"),
        ("talos.boot", "facts"),
        ("etcd quorum", "facts"),
    ],
)
def test_documents(paddock, name, kind):
    assert paddock("explain", name, "--json").document["kind"] == kind


def test_every_fact_can_be_shown(paddock):
    """Sources and notes hold brackets, which must not be taken for colours."""
    from simulator.cli.explain import _fact, _show_fact

    for fact in facts.all_facts():
        _show_fact(_fact(fact))


@pytest.mark.parametrize(
    "name, words",
    [
        ("selector", ["Empty selects everything", "cluster.nodes"]),
        ("scenario.selector", ["Empty selects everything"]),
        ("<duration>", ["90s, 5m, 2d4h"]),
        ("distribution", ["lognormal", "level", "A value that is drawn"]),
        ("rate", ["60/h"]),
        ("share", ["5% or 0.05"]),
        ("comparison", ["atLeast"]),
        ("name", ["lower-case letters"]),
    ],
)
def test_a_type_that_fields_show(paddock, name, words):
    shown = paddock("explain", name)
    assert all(word in " ".join(shown.out.split()) for word in words)
