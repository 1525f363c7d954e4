"""A script on a machine: passed in, never stored there, with a time limit that holds on both sides."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

#: Beyond the limit inside the container, for an engine that is slow itself.
GRACE = 10
MOST_OUTPUT = 2_000_000


@dataclass(frozen=True)
class Result:
    """What a script printed and how it ended; `timed_out` says that the limit ended it."""

    code: int
    out: str
    err: str
    timed_out: bool = False

    @property
    def tail(self) -> str:
        """The last lines of what it said, for a message."""
        lines = (self.err.strip() or self.out.strip()).splitlines()
        return "\n".join(lines[-8:])


def command(script: Path | None, text: str, strict: bool = False) -> list[str]:
    """The command that runs a script's text: Python for `.py`, bash for all else."""
    if script is not None and script.suffix == ".py":
        return ["python3", "-I", "-c", text]
    return ["bash", *(["-eu", "-o", "pipefail"] if strict else []), "-c", text]


def on_machine(
    container: str, arguments: list[str], environment: Mapping[str, str], timeout: float, stdin: str = ""
) -> Result:
    """Run a command inside a running container."""
    named = [word for name, value in environment.items() for word in ("--env", f"{name}={value}")]
    limited = ["timeout", "--kill-after=2", f"{timeout:g}", *arguments]
    return run(
        ["docker", "exec", "--interactive", *named, container, *limited], timeout + GRACE, stdin, inner_limit=True
    )


def run(arguments: list[str], timeout: float, stdin: str = "", inner_limit: bool = False) -> Result:
    """Run a program of this machine; an interrupt reaches it before it reaches us."""
    process = subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    try:
        out, err = process.communicate(stdin.encode(), timeout=timeout)
    except subprocess.TimeoutExpired:
        end(process)
        out, err = process.communicate()
        return Result(-1, _text(out), _text(err), timed_out=True)
    except BaseException:
        end(process)
        process.communicate()
        raise
    timed_out = inner_limit and process.returncode in (124, 137)
    return Result(process.returncode, _text(out), _text(err), timed_out)


def end(process: subprocess.Popen[bytes], patience: float = 10) -> None:
    """Ask a program to stop, then make it: compose undoes what it began when it is asked."""
    try:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(patience)
    except (ProcessLookupError, PermissionError):
        return
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return


def _text(data: bytes) -> str:
    return data[:MOST_OUTPUT].decode(errors="replace")
