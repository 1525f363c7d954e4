"""What is said of a study that can't be made, or was not finished."""

from __future__ import annotations


class StudyError(ValueError):
    """A study that can't be made as it was asked for; the message says what would be right."""


class Interrupted(KeyboardInterrupt):
    """The study was interrupted; what was finished is kept, and the same study goes on from there."""

    def __init__(self, done: int, total: int, kept: bool) -> None:
        super().__init__(f"{done:,} of {total:,} runs are done" + (" and kept" if kept else "; there is no store"))
        self.done, self.total, self.kept = done, total, kept
