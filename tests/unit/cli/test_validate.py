"""`paddock validate`: several files, every mistake."""


def test_a_valid_file(paddock, small):
    outcome = paddock("validate", "small.yaml")
    assert (outcome.code, outcome.out) == (0, "small.yaml: valid (3 clusters, 13 nodes, 1 variant)\n")


def test_sizes_that_are_drawn_are_about(paddock):
    assert "about " in paddock("validate", "telemetry-overload").out


def test_several_files_are_all_looked_at(paddock, small, tmp_path):
    (tmp_path / "bad.yaml").write_text("apiVersion: paddock/v1alpha1\nkind: Scenario\nspec: {horizon: 4}\n")
    outcome = paddock("validate", "bad.yaml", "nope.yaml", "small.yaml")
    assert outcome.code == 2
    assert outcome.out.splitlines() == [
        "bad.yaml:1:1: metadata: 'metadata' is missing",
        "bad.yaml:3:7: spec.fleet: 'fleet' is missing",
        "bad.yaml:3:17: spec.horizon: a duration needs a unit: 4s, 4m or 4h",
        "nope.yaml: no such file",
        "small.yaml: valid (3 clusters, 13 nodes, 1 variant)",
    ]


def test_the_document(paddock, small, tmp_path):
    (tmp_path / "bad.yaml").write_text(
        "apiVersion: paddock/v1alpha1\nkind: Scenario\nmetadata: {name: bad}\nspec: {fleet: prod}\n"
    )
    outcome = paddock("validate", "--json", "small.yaml", "bad.yaml")
    good, bad = outcome.document["files"]
    assert outcome.code == 2
    assert (good["valid"], good["clusters"], good["nodes"], good["variants"]) == (True, 3, 13, ["later"])
    assert bad["mistakes"] == [
        {"path": "spec.fleet", "line": 4, "column": 15, "message": "a list is expected here, not text"}
    ]


def test_nothing_to_look_at(paddock):
    outcome = paddock("validate")
    assert outcome.code == 2 and outcome.err.startswith("error: ")
