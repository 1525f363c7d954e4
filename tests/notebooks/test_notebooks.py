"""Every notebook runs, says what is written in it, and its exercises know right from wrong."""

from __future__ import annotations

import re

import nbformat
import pytest

from tests.notebooks import execution
from tests.notebooks.execution import FOLDER, NAMES, committed, source, texts

#: notebook -> for each of its checks what is right and what is not: the teacher's copy.
ANSWERS = {
    "1-first-outage": [(22, [20, 219]), (15, [10, 25, 33]), (4, [0, 12])],
    "2-canary-bake": [(4, [2, 6]), (70, [40, 60, 80]), ('"2h"', ['"1h"', '"4h"', '"3h"'])],
    "3-five-systems": [(0, [388]), (148, [182, 26]), (5.2, [0.1, 3883])],
    "4-hub-or-agents": [(100, [10, 200]), (17, [36, 51]), ('"cpus"', ['"clientQps"', '"both"'])],
    "5-alert-rules": [(0.52, [62, 0.1]), (81, [0, 107]), (17, [0, 77])],
    "6-waves-ramps-stages": [
        (27, [9, 35]),
        ('"one"', ['"nine"', '"rest"', '"canary"']),
        ('"1 %, 10 %, all, in 48 h"', ['"linear, 48 h"', '"four waves, in 48 h"', '"ramp"']),
    ],
}


def test_there_are_answers_for_every_notebook():
    assert sorted(ANSWERS) == NAMES == sorted(path.stem for path in FOLDER.glob("*.ipynb"))


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_is_written_in_it_and_its_checks_know_right_from_wrong(name, tmp_path, monkeypatch):
    """One test, for one run in a new kernel: every answer is given at the end of it."""
    monkeypatch.setenv("PADDOCK_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("PYTHONPATH", str(FOLDER.parent))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    book, given = source(name), []
    for number, (right, wrong) in enumerate(ANSWERS[name], 1):
        for answer, wanted in [(right, "Right"), *((answer, "Not yet") for answer in wrong)]:
            given.append((f"check_{number}({answer})", wanted))
    written = len(book.cells)
    book.cells += [nbformat.v4.new_code_cell(f"print({call})") for call, _ in given]
    execution.execute(book, tmp_path)

    for kept, fresh in zip(committed(name).cells, book.cells[:written], strict=True):
        assert texts(kept) == texts(fresh), kept.source
    for (call, wanted), cell in zip(given, book.cells[written:], strict=True):
        said = cell.outputs[0].text
        assert said.startswith(wanted), f"{call}: {said}"


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
    held = [cell for cell in book.cells if re.search("^assert ", cell.source, re.M)]
    assert held and all(cell.metadata.jupyter.source_hidden for cell in held)


def test_the_index_has_every_notebook_and_its_time():
    index = (FOLDER / "README.md").read_text()
    for name in NAMES:
        time = re.search(r"Run time: about (\d+) s", committed(name).cells[0].source)[1]
        assert re.search(rf"\({name}\.ipynb\) \|.*\| {time} s \|", index), name
