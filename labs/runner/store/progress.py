"""Attempts and what happened in them. Rows are appended; only an attempt's end is written later."""

from __future__ import annotations

import json
import sqlite3
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labs.runner import store
from labs.runner.codes import FAILED
from simulator.cli.console import Problem

_SCHEMA = """
CREATE TABLE IF NOT EXISTS attempts (
    id TEXT PRIMARY KEY, lab TEXT NOT NULL, folder TEXT NOT NULL, seed INTEGER NOT NULL, "values" TEXT NOT NULL,
    started REAL NOT NULL, expires REAL NOT NULL, ended REAL, status TEXT NOT NULL, baseline TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE TABLE IF NOT EXISTS events (
    number INTEGER PRIMARY KEY, attempt TEXT NOT NULL REFERENCES attempts(id), at REAL NOT NULL, kind TEXT NOT NULL,
    step INTEGER, verdict TEXT, detail TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE INDEX IF NOT EXISTS events_of ON events (attempt, number);
PRAGMA user_version = 1;
"""

#: Of an attempt: being made, in use, over.
STARTING, RUNNING, STOPPED, RESET, FAILED_TO_START, EXPIRED = (
    "starting", "running", "stopped", "reset", "failed", "expired",
)  # fmt: skip


@dataclass
class Attempt:
    """One try at a lab, from start to stop."""

    id: str
    lab: str
    folder: Path
    seed: int
    values: dict[str, str]
    started: float
    expires: float
    ended: float | None = None
    status: str = STARTING
    baseline: dict[str, Any] = field(default_factory=dict)
    #: What the foreground scripts printed when it started; for the terminal only.
    greeting: str = field(default="", compare=False)

    @property
    def project(self) -> str:
        """The name of all that Compose makes for it."""
        return f"paddock-{self.id}"


@dataclass(frozen=True)
class Event:
    """Something that happened in an attempt: start, check, hint, solve, machine, stop."""

    number: int
    attempt: str
    at: float
    kind: str
    step: int | None
    verdict: str | None
    detail: dict[str, Any]


def new_id() -> str:
    return uuid.uuid4().hex[:8]


class Progress:
    """The store. One connection for one command."""

    def __init__(self, file: Path | None = None) -> None:
        self.file = file or store.folder() / "progress.sqlite"
        with self._problems():
            self._db = sqlite3.connect(self.file, timeout=10, isolation_level=None)
            self._db.row_factory = sqlite3.Row
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.executescript(_SCHEMA)

    def close(self) -> None:
        self._db.close()

    def begin(self, attempt: Attempt) -> None:
        self._run(
            'INSERT INTO attempts (id, lab, folder, seed, "values", started, expires, status) VALUES (?,?,?,?,?,?,?,?)',
            attempt.id, attempt.lab, str(attempt.folder), attempt.seed, json.dumps(attempt.values),
            attempt.started, attempt.expires, attempt.status,
        )  # fmt: skip

    def started(self, attempt: Attempt, baseline: dict[str, Any]) -> None:
        """The machines are up."""
        attempt.status, attempt.baseline = RUNNING, baseline
        self._run(
            "UPDATE attempts SET status = ?, baseline = ? WHERE id = ?", RUNNING, json.dumps(baseline), attempt.id
        )

    def end(self, attempt: Attempt, status: str = STOPPED) -> None:
        attempt.status, attempt.ended = status, time.time()
        self._run("UPDATE attempts SET status = ?, ended = ? WHERE id = ?", status, attempt.ended, attempt.id)

    def log(
        self,
        attempt: Attempt,
        kind: str,
        step: int | None = None,
        verdict: str | None = None,
        detail: dict[str, Any] | None = None,
    ) -> None:
        self._run(
            "INSERT INTO events (attempt, at, kind, step, verdict, detail) VALUES (?,?,?,?,?,?)",
            attempt.id, time.time(), kind, step, verdict, json.dumps(detail or {}),
        )  # fmt: skip

    def running(self, lab: str) -> Attempt | None:
        """The attempt in use, if there is one."""
        found = self.attempts(lab=lab, status=RUNNING)
        return found[-1] if found else None

    def attempts(self, lab: str | None = None, status: str | None = None) -> list[Attempt]:
        """Attempts, the oldest first."""
        rows = self._run(
            "SELECT * FROM attempts WHERE (?1 IS NULL OR lab = ?1) AND (?2 IS NULL OR status = ?2) "
            "ORDER BY started, rowid",
            lab, status,
        )  # fmt: skip
        return [_attempt(row) for row in rows]

    def attempt(self, id: str) -> Attempt | None:
        rows = self._run("SELECT * FROM attempts WHERE id = ?", id)
        return _attempt(rows[0]) if rows else None

    def events(self, attempt: Attempt, kind: str | None = None) -> list[Event]:
        rows = self._run(
            "SELECT * FROM events WHERE attempt = ?1 AND (?2 IS NULL OR kind = ?2) ORDER BY number", attempt.id, kind
        )
        return [
            Event(row["number"], row["attempt"], row["at"], row["kind"], row["step"], row["verdict"],
                  json.loads(row["detail"]))
            for row in rows
        ]  # fmt: skip

    def _run(self, statement: str, *values: Any) -> list[sqlite3.Row]:
        with self._problems():
            return self._db.execute(statement, values).fetchall()

    @contextmanager
    def _problems(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise Problem(f"{self.file} can't be used: {error}", code=FAILED) from None
        except sqlite3.DatabaseError as error:
            raise Problem(
                f"{self.file} is damaged: {error}",
                hint="Move the file away: a new one is made; `paddock lab stop --all` removes what still runs.",
                code=FAILED,
            ) from None


def _attempt(row: sqlite3.Row) -> Attempt:
    return Attempt(
        row["id"], row["lab"], Path(row["folder"]), row["seed"], json.loads(row["values"]), row["started"],
        row["expires"], row["ended"], row["status"], json.loads(row["baseline"]),
    )  # fmt: skip
