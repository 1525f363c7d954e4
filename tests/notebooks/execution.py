"""How notebooks are made and executed: `python -m tests.notebooks.execution [NAME ...]` is `make notebooks`.

notebooks/NAME.py (jupytext, py:percent) is what people edit; notebooks/NAME.ipynb is the same with its outputs.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.output_widget import OutputWidget
from nbformat import NotebookNode

FOLDER = Path(__file__).parents[2] / "notebooks"
NAMES = sorted(path.stem for path in FOLDER.glob("[0-9]*.py"))
WIDGET = "application/vnd.jupyter.widget-view+json"
#: Nothing that depends on the machine, and what jupytext needs to keep both files together.
METADATA = {
    "jupytext": {"formats": "ipynb,py:percent"},
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def source(name: str) -> NotebookNode:
    """A notebook as people edit it: the cells of NAME.py, without outputs."""
    book = jupytext.read(FOLDER / f"{name}.py")
    book.metadata = nbformat.from_dict(METADATA)
    book.nbformat, book.nbformat_minor = 4, 5
    for number, cell in enumerate(book.cells):
        cell["id"] = f"cell-{number}"
        if "hidden" in cell.metadata.get("tags", []):
            cell.metadata["jupyter"] = nbformat.from_dict({"source_hidden": True})
    return book


def committed(name: str) -> NotebookNode:
    """A notebook as it is in the repository."""
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


class _SilentOutput(OutputWidget):
    """Where a slider's function prints to. It does not tell the kernel what that was: nobody asks, and what nbclient
    sends while it waits for a reply may take the notice of that reply with it, so that it waits for ever."""

    def send(self, *_: Any, **__: Any) -> None:
        pass


def execute(book: NotebookNode, folder: Path) -> NotebookNode:
    """Run every cell in a new kernel that starts in `folder`; raises at the first cell that fails."""
    client = NotebookClient(book, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}})
    client.widget_registry["@jupyter-widgets/output"]["OutputModel"] = _SilentOutput
    client.execute()
    for cell in book.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [tidy for output in cell.outputs if (tidy := _without_widgets(output))]
    book.metadata.pop("widgets", None)
    book.metadata["language_info"] = {"name": "python"}
    return book


def _without_widgets(output: NotebookNode) -> NotebookNode | None:
    """A widget (a slider, a progress bar) lives in a kernel: in a file it is a dead link with another id each time."""
    data = output.get("data", {})
    gone = WIDGET in data or (output.output_type == "display_data" and not data.get("text/plain", "-"))
    return None if gone else output


def texts(cell: NotebookNode) -> list[tuple[str, Any]]:
    """What a cell has said in words, in order: streams, and results by type, without pictures."""
    said: list[tuple[str, Any]] = []
    for output in cell.get("outputs", []):
        if output.output_type == "stream":
            said.append((output.name, output.text))
        elif "image/png" not in output.get("data", {}):
            said += sorted(output.get("data", {}).items())
    return said


def main(names: list[str]) -> None:
    """Execute and write notebooks: all, or those that are named."""
    for name in names or NAMES:
        with tempfile.TemporaryDirectory() as folder:
            book = execute(source(name), Path(folder))
        nbformat.write(book, FOLDER / f"{name}.ipynb")
        print(f"{name}: {len(book.cells)} cells")


if __name__ == "__main__":
    main(sys.argv[1:])
