"""What an exported lab consists of."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

from labs.runner.checks.judge import JUDGING
from labs.runner.codes import USAGE, invalid
from labs.runner.format.pages import VALUE
from labs.runner.lab import machines, values
from labs.runner.lab.lab import Lab, observers, text_of
from labs.runner.running import images, wheels
from labs.runner.running.attempt import image_names, refuse_broken
from simulator.cli.console import Problem

INSIDE = Path(__file__).parent / "inside"
#: Where KillerCoda puts the bundle on its host.
HOME = "/opt/paddock"

_UP = f"""\
#!/bin/bash
# Builds the images and starts the machines; the foreground script waits for the file that this writes at its end.
install -m 755 {HOME}/paddock_check.py /usr/local/bin/paddock-check
if ! docker compose version >/dev/null 2>&1; then
    apt-get update && apt-get install -y docker-compose-v2
fi
exec paddock-check --up >/var/log/paddock.log 2>&1
"""
_WAIT = """\
echo "Starting the machines; this takes a minute or two."
until [ -f /tmp/paddock-ready ] || [ -f /tmp/paddock-failed ]; do sleep 1; done
if [ -f /tmp/paddock-failed ]; then tail -n 20 /var/log/paddock.log; else exec paddock-check --shell; fi
"""


def export(lab: Lab, target: Path, seed: int) -> None:
    """Write the folder.

    Raises:
        Problem: it exists, or the lab is none of ours or has mistakes.
    """
    refuse_broken(lab)
    if lab.plain or lab.spec is None or lab.compose is None:
        raise invalid(f"{lab.id} is a KillerCoda scenario already")
    if target.exists() and any(target.iterdir() if target.is_dir() else [target]):
        raise Problem(f"{target} exists already and is not empty", code=USAGE)
    drawn = values.draw(lab.spec.values, seed)
    shown = {name: value for name, value in drawn.items() if not lab.spec.values[name].hidden}
    bundle = target / "assets" / "paddock"
    bundle.mkdir(parents=True, exist_ok=True)
    _write_texts(lab, target, shown)
    tags = _write_images(lab, bundle)
    project = "paddock-lab"
    document = machines.for_attempt(
        lab.compose, folder=Path(HOME) / "files", project=project, labels={"paddock.lab": lab.id},
        tags=tags, environment=values.environment(shown),
    )  # fmt: skip
    _copy_mounted(lab, bundle / "files")
    (bundle / "compose.yaml").write_text(machines.as_text(document), encoding="utf-8")
    environment = values.environment(shown)
    (bundle / "values.env").write_text("".join(f"{k}={v}\n" for k, v in environment.items()), encoding="utf-8")
    plan = _plan(lab, drawn, seed, tags, project)
    (bundle / "plan.json").write_text(json.dumps(plan, indent=1) + "\n", encoding="utf-8")
    shutil.copy(INSIDE / "paddock_check.py", bundle)
    shutil.copy(JUDGING, bundle)
    (target / "paddock-up.sh").write_text(_UP, encoding="utf-8")
    (target / "paddock-wait.sh").write_text(_WAIT, encoding="utf-8")


def _write_texts(lab: Lab, target: Path, shown: dict[str, str]) -> None:
    document = json.loads((lab.folder / "index.json").read_text(encoding="utf-8-sig"))
    details = document["details"]
    details["assets"] = {**details.get("assets", {}), "host01": [{"file": "paddock/**", "target": "/opt"}]}
    details.setdefault("intro", {}).update(background="paddock-up.sh", foreground="paddock-wait.sh")
    for step, part in zip(lab.steps, details["steps"], strict=True):
        (target / f"step{step.number}").mkdir(exist_ok=True)
        part["verify"] = f"step{step.number}/verify.sh"
        (target / part["verify"]).write_text(f"exec paddock-check {step.number}\n", encoding="utf-8")
        part.pop("foreground", None)
        if part.pop("background", None) or step.foreground:
            part["background"] = f"step{step.number}/begin.sh"
            (target / part["background"]).write_text(f"exec paddock-check --enter {step.number}\n", encoding="utf-8")
    document["backend"] = {"imageid": "ubuntu"}
    (target / "index.json").write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    for leaf in lab.scenario.pages:
        if leaf.file:
            text = VALUE.sub(lambda found: shown.get(found["name"].lower(), found[0]), leaf.source)
            (target / leaf.file).parent.mkdir(parents=True, exist_ok=True)
            (target / leaf.file).write_text(text, encoding="utf-8")


def _write_images(lab: Lab, bundle: Path) -> dict[str, str]:
    """Each image's folder, with its Dockerfile naming exact parents; built over there in this order."""
    known = images.of_lab(lab)
    tags = images.tags(image_names(lab), known)
    for name, tag in tags.items():
        folder = bundle / "images" / tag.replace("/", "_").replace(":", "_")
        shutil.copytree(known[name].folder, folder, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "Dockerfile").write_text(images.rewritten(known[name], tags), encoding="utf-8")
        wheels.fetch(folder, folder / wheels.FOLDER)
    return tags


def _copy_mounted(lab: Lab, target: Path) -> None:
    """The lab's own files that its machines mount."""
    for service in (lab.compose or {"services": {}})["services"].values():
        for volume in service.get("volumes") or []:
            source = str(volume.get("source", "") if isinstance(volume, dict) else volume).split(":")[0]
            if source.startswith("."):
                here, there = lab.folder / source, target / source
                there.parent.mkdir(parents=True, exist_ok=True)
                if here.is_dir():
                    shutil.copytree(here, there, dirs_exist_ok=True)
                else:
                    shutil.copy(here, there)


def _plan(lab: Lab, drawn: dict[str, str], seed: int, tags: dict[str, str], project: str) -> dict[str, Any]:
    """All that `paddock_check.py` must know."""
    assert lab.spec is not None

    def parts(path: Path | None) -> list[dict[str, Any]]:
        if path is None or not path.is_file():
            return []
        return [{"kind": type(part).__name__, **asdict(part)} for part in lab.parts(path)]

    def looks(folder: Path) -> dict[str, dict[str, str]]:
        return {place: {"kind": path.suffix[1:], "text": text_of(path)} for place, path in observers(folder).items()}

    return {
        "lab": lab.id,
        "project": project,
        "machine": lab.machine,
        "machines": lab.machines,
        "seed": seed,
        "values": drawn,
        "ready": lab.spec.ready,
        "images": [{"tag": tag, "folder": tag.replace("/", "_").replace(":", "_")} for tag in tags.values()],
        "checker": {"image": tags[lab.spec.checker.image], "volumes": lab.spec.checker.volumes},
        "judge_image": tags["paddock/checker"],
        "setup": parts(lab.folder / "setup.sh"),
        "baseline": looks(lab.folder / "baseline"),
        "steps": [
            {
                "number": step.number,
                "timeout": step.spec.timeout,
                "begin": parts(step.background) + parts(step.foreground),
                "observers": looks(step.folder),
                "judge": text_of(step.judge) if step.judge else "",
            }
            for step in lab.steps
        ],
    }
