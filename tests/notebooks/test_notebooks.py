"""Every notebook runs, says what is written in it, and its exercises know right from wrong."""

from __future__ import annotations

import re

import nbformat
import pytest

from tests.notebooks import execution
from tests.notebooks.execution import FOLDER, NAMES, committed, source, texts

#: notebook -> for each of its checks what is right and what is not: the teacher's copy.
ANSWERS = {
    "1-first-outage": [(22, [20, 219]), (30, [10, 25, 35, 33]), (4, [0, 12])],
    "2-canary-bake": [(5, [2, 6]), (80, [40, 70, 90]), ('"2h"', ['"1h"', '"4h"', '"3h"'])],
    "3-five-systems": [(0, [388]), (148, [182, 26]), (5.2, [0.1, 3883])],
    "4-hub-or-agents": [(100, [10, 200]), (36, [17, 51]), ('"cpus"', ['"clientQps"', '"both"'])],
    "5-alert-rules": [(0.52, [62, 0.1]), (81, [0, 107]), (17, [0, 77])],
    "6-waves-ramps-stages": [
        (27, [9, 35]),
        ('"one"', ['"nine"', '"rest"', '"canary"']),
        ('"1 %, 10 %, all, in 48 h"', ['"linear, 48 h"', '"four waves, in 48 h"', '"ramp"']),
    ],
}
MARK = "@answer"


def test_there_are_answers_for_every_notebook():
    assert sorted(ANSWERS) == NAMES == sorted(path.stem for path in FOLDER.glob("*.ipynb"))


@pytest.fixture(scope="module", params=NAMES)
def both(request, tmp_path_factory):
    """The committed notebook and a fresh run of it, at the end of which every answer has been given."""
    name = request.param
    folder = tmp_path_factory.mktemp(name)
    book = source(name)
    for number, (right, wrong) in enumerate(ANSWERS[name], 1):
        for answer in (right, *wrong):
            cell = nbformat.v4.new_code_cell(f"print(check_{number}({answer}))  # {MARK}")
            book.cells.append(cell)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PADDOCK_STORE", str(folder / "store"))
        patch.setenv("PYTHONPATH", str(FOLDER.parent))
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        execution.execute(book, folder)
    return committed(name), book


def test_it_says_what_is_written_in_it(both):
    kept, fresh = both
    for old, new in zip(kept.cells, fresh.cells, strict=False):
        assert texts(old) == texts(new), old.source


def test_its_checks_know_right_from_wrong(both):
    _, fresh = both
    name = next(name for name in NAMES if source(name).cells[0].source == fresh.cells[0].source)
    said = iter([cell.outputs[0].text for cell in fresh.cells if MARK in cell.source])
    for number, (right, wrong) in enumerate(ANSWERS[name], 1):
        first = next(said)
        assert first.startswith("Right"), f"check_{number}({right}): {first}"
        for answer in wrong:
            assert (refused := next(said)).startswith("Not yet"), f"check_{number}({answer}): {refused}"


@pytest.mark.parametrize("name", NAMES)
def test_the_committed_notebook_is_the_source_with_its_outputs(name):
    kept, wanted = committed(name), source(name)
    nbformat.validate(kept)
    assert [(c.cell_type, c.source, c.metadata) for c in kept.cells] == [
        (c.cell_type, c.source, c.metadata) for c in wanted.cells
    ], "edit the .py file and run: make notebooks"
    assert kept.metadata == wanted.metadata
    pictures = sum("image/png" in output.get("data", {}) for cell in kept.cells for output in cell.get("outputs", []))
    assert pictures >= 2
    assert all(cell.execution_count for cell in kept.cells if cell.cell_type == "code")
    assert not any(output.output_type == "error" for cell in kept.cells for output in cell.get("outputs", []))


@pytest.mark.parametrize("name", NAMES)
def test_it_says_its_question_and_its_time_and_has_exercises(name):
    book = committed(name)
    top = book.cells[0].source
    assert "**Question: " in top
    assert int(re.search(r"^Run time: about (\d+) s", top, re.M)[1]) < 60
    last = next(cell for cell in book.cells if "## Exercises" in cell.source)
    assert len(re.findall(r"^\d\. ", last.source, re.M)) == len(ANSWERS[name]) in (2, 3)
    checks = [cell for cell in book.cells if "def check_" in cell.source]
    assert checks and all(cell.metadata.jupyter.source_hidden for cell in checks)
    held = [cell for cell in book.cells if cell.source.startswith(("assert", "incident =")) or "\nassert" in cell.source]
    assert held and all(cell.metadata.jupyter.source_hidden for cell in held)


def test_the_index_has_every_notebook_and_its_time():
    index = (FOLDER / "README.md").read_text()
    for name in NAMES:
        time = re.search(r"Run time: about (\d+) s", committed(name).cells[0].source)[1]
        assert re.search(rf"\({name}\.ipynb\) \|.*\| {time} s \|", index), name
