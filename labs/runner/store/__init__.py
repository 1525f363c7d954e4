"""What is kept between commands, in the user's data folder (or PADDOCK_DATA).

- progress: attempts and what happened in them, in SQLite; appended, never changed.
- locks: one command at a time for a lab; a lock that its process has left is free.
"""

from __future__ import annotations

import os
import uuid
from pathlib import Path

import platformdirs

from labs.runner.codes import FAILED
from simulator.cli.console import Problem


def folder() -> Path:
    """Where labs keep their things; made when it is first needed."""
    own = os.environ.get("PADDOCK_DATA")
    path = Path(own) if own else platformdirs.user_data_path("paddock")
    path = path.absolute() / "labs"
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(
            f"{path} can't be made: {(error.strerror or str(error)).lower()}",
            hint="PADDOCK_DATA names another folder.",
            code=FAILED,
        ) from None
    return path


def owner() -> str:
    """Whose labs these are: several learners may share one engine, and each clears away only what is his."""
    file = folder() / "owner"
    try:
        if not file.exists():
            made = file.with_name(f"owner.{uuid.uuid4().hex[:8]}")
            made.write_text(uuid.uuid4().hex[:12])
            try:
                os.link(made, file)  # only one of two commands that start at once can win
            except FileExistsError:
                pass
            except OSError:
                os.replace(made, file)
            finally:
                made.unlink(missing_ok=True)
        return file.read_text().strip()
    except OSError as error:
        raise Problem(f"{file}: {(error.strerror or str(error)).lower()}", code=FAILED) from None
