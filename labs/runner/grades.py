"""What an attempt reached, in the forms that gradebooks and CI read."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from labs.runner.lab import Lab
from labs.runner.store import score
from labs.runner.store.progress import Attempt, Event

#: nbgrader's `export`, so that what reads its CSV reads ours.
COLUMNS = (
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email",
    "raw_score", "late_submission_penalty", "score", "max_score",
)  # fmt: skip


@dataclass(frozen=True)
class Result:
    """One attempt, graded."""

    lab: str
    title: str
    attempt: str
    seed: int
    status: str
    started: float
    ended: float | None
    steps: list[score.StepScore]
    log: list[Event] = field(default_factory=list)

    @property
    def points(self) -> int:
        return sum(step.points for step in self.steps)

    @property
    def most(self) -> int:
        return sum(step.most for step in self.steps)

    @property
    def assisted(self) -> bool:
        return any(step.assisted for step in self.steps)

    @property
    def finished(self) -> float:
        """When the last step was passed; when the attempt began if none was."""
        return max([step.passed_at for step in self.steps if step.passed_at], default=self.started)


def grade(lab: Lab, attempt: Attempt, events: list[Event]) -> Result:
    """What the events of an attempt amount to."""
    return Result(
        attempt.lab,
        lab.scenario.title,
        attempt.id,
        attempt.seed,
        attempt.status,
        attempt.started,
        attempt.ended,
        score.scores(lab.steps, events),
        events,
    )


def best(results: list[Result]) -> list[Result]:
    """The attempt with the most points, the earlier of two equal ones; a list of at most one."""
    return [max(results, key=lambda result: (result.points, -result.started))] if results else []


def _when(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def as_json(results: list[Result]) -> str:
    attempts = [
        {
            "lab": result.lab,
            "title": result.title,
            "attempt": result.attempt,
            "seed": result.seed,
            "status": result.status,
            "started": _when(result.started),
            "finished": _when(result.finished),
            "points": result.points,
            "max_points": result.most,
            "assisted": result.assisted,
            "steps": [step.as_dict() for step in result.steps],
            "log": [
                {"at": _when(event.at), "kind": event.kind, "step": event.step, "verdict": event.verdict}
                for event in result.log
            ],
        }
        for result in results
    ]
    return json.dumps({"attempts": attempts}, indent=2, ensure_ascii=False) + "\n"


def as_csv(results: list[Result], student: str = "") -> str:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for result in results:
        writer.writerow(
            {
                "assignment": result.lab,
                "timestamp": _when(result.finished),
                "student_id": student,
                "raw_score": result.points,
                "late_submission_penalty": 0,
                "score": result.points,
                "max_score": result.most,
            }
        )
    return buffer.getvalue()


def as_junit(results: list[Result]) -> str:
    root = ET.Element("testsuites", name="paddock labs")
    for result in results:
        failures = sum(not step.passed for step in result.steps)
        suite = ET.SubElement(
            root, "testsuite", name=result.lab, tests=str(len(result.steps)), failures=str(failures),
            timestamp=_when(result.started), time=f"{result.finished - result.started:.1f}",
        )  # fmt: skip
        for step in result.steps:
            case = ET.SubElement(suite, "testcase", classname=result.lab, name=f"step {step.number}: {step.title}")
            if not step.passed:
                ET.SubElement(case, "failure", message=f"not passed in {step.checks} checks")
            elif step.assisted:
                ET.SubElement(case, "system-out").text = "solved for the learner: no points"
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def as_gradescope(results: list[Result]) -> str:
    document: dict[str, Any] = {"score": 0, "tests": []}
    for result in results:
        document["score"] = result.points
        document["execution_time"] = round(result.finished - result.started)
        document["tests"] = [
            {
                "name": step.title,
                "number": str(step.number),
                "score": step.points,
                "max_score": step.most,
                "status": "passed" if step.passed else "failed",
                "output": f"{step.checks} checks, {step.hints} hints" + ", solved for the learner" * step.assisted,
            }
            for step in result.steps
        ]
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
