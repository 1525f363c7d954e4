"""Writing files whole or not at all, and saying plainly why one can't be written."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from simulator.cli.console import FAILED, Problem


def write(path: Path, content: str | bytes) -> None:
    """Write a file, text as UTF-8; a reader never meets half of it.

    Raises:
        Problem: it can't be written there.
    """
    try:
        handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.", suffix=".tmp")
    except OSError as error:
        raise _cannot(path, error) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        os.chmod(unfinished, 0o666 & ~_umask())  # mkstemp makes it private
        os.replace(unfinished, path)
    except OSError as error:
        raise _cannot(path, error) from None
    finally:
        Path(unfinished).unlink(missing_ok=True)


def folder(path: Path) -> Path:
    """A folder that is there and can be written to; asked before the work, which would otherwise be lost.

    Raises:
        Problem: it is a file, or nothing can be written there.
    """
    if path.exists() and not path.is_dir():
        raise Problem(f"{path} is a file; --out names a directory")
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return path
    except OSError as error:
        raise _cannot(path, error) from None


def _cannot(path: Path, error: OSError) -> Problem:
    code = (
        2 if isinstance(error, (FileNotFoundError, PermissionError, NotADirectoryError, IsADirectoryError)) else FAILED
    )
    return Problem(f"{path} can't be written: {(error.strerror or str(error)).lower()}", code=code)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
