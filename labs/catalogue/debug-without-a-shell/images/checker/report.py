"""What the learner reports: a file for each fact."""

from pathlib import Path


def facts(*names):
    """Each fact by its name; None where it is not reported."""
    return {name: _fact(name) for name in names}


def _fact(name):
    """The text of a plain file. A link is none: it could lead to what only the checker sees."""
    path = Path("/report", name)
    try:
        if path.is_symlink() or not path.is_file():
            return None
        with path.open(errors="replace") as file:
            return file.read(200).strip()
    except OSError:
        return None
