"""What the learner reports: a file for each fact."""

import json
from pathlib import Path


def fact(name):
    """The text of a plain file. A link is none: it could lead to what only the checker sees."""
    path = Path("/report", name)
    try:
        if path.is_symlink() or not path.is_file():
            return None
        with path.open(errors="replace") as file:
            return file.read(200).strip()
    except OSError:
        return None


print(json.dumps({name: fact(name) for name in ("file", "error")}))
