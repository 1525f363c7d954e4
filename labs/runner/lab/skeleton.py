"""A new lab: passes lint, and fails selftest until its author has written real checks."""

from __future__ import annotations

import json
import re
from pathlib import Path

from labs.runner.codes import USAGE
from simulator.cli.console import Problem

_LAB = """\
# What the runner must know; labs/AUTHORING.md explains every key.
minutes: 20
difficulty: beginner
mirrors: bad-sysctl
objectives:
  - Say here what a learner can do afterwards
machine: host01
needs: {{memory: 256}}
values:
  word: {{word: 2}}
steps:
{steps}"""

_COMPOSE = """\
services:
  host01:
    image: paddock/host
    environment: {HOME: /root}
"""

_OBSERVE = """\
# Ask the component itself. Prints one JSON object; "it does not answer" is evidence too.
if [ -f /root/done ]; then found=true; else found=false; fi
printf '{"found": %s}' "$found"
"""

_JUDGE = '''\
"""TODO: what must be true, one criterion for each fact."""

from judging import holds


def judge(see):
    yield holds(
        "there", see.at("host01.found") is not None, found=see.at("host01.found"), wanted="TODO", pointer="TODO"
    )
'''


def write(folder: Path, title: str, steps: int) -> None:
    """Write a lab to start from.

    Raises:
        Problem: something is there already, or the name is none.
    """
    if not re.fullmatch(r"[a-z][a-z0-9-]{1,50}", folder.name):
        raise Problem(
            f"{folder.name!r} is no name for a lab: a small letter, and one or more small letters, digits and dashes",
            code=USAGE,
        )
    if folder.exists():
        raise Problem(f"{folder} exists already", code=USAGE)
    details = {
        "intro": {"text": "intro.md"},
        "steps": [
            {"title": f"Step {n}", "text": f"step{n}/text.md", "verify": f"step{n}/verify.sh"}
            for n in range(1, steps + 1)
        ],
        "finish": {"text": "finish.md"},
    }
    index = {"title": title, "description": "TODO", "details": details, "backend": {"imageid": "ubuntu"}}
    texts = {
        "index.json": json.dumps(index, indent=2, ensure_ascii=False) + "\n",
        "intro.md": f"# {title}\n\nTODO: what this is about, and what the machines are.\n",
        "finish.md": "Done. TODO: what was learned, and where it leads.\n",
        "lab.yaml": _LAB.format(steps="".join("  - {points: 10}\n" for _ in range(steps))),
        "compose.yaml": _COMPOSE,
    }
    for n in range(1, steps + 1):
        texts |= {
            f"step{n}/text.md": "TODO: what to reach. The word of this attempt is `{{PADDOCK_WORD}}`.\n",
            f"step{n}/verify.sh": f"exec paddock-check {n}\n",
            f"step{n}/observe.host01.sh": _OBSERVE,
            f"step{n}/judge.py": _JUDGE,
            f"step{n}/hint1.md": "TODO: where to look.\n",
            f"step{n}/solution.sh": 'echo "$PADDOCK_WORD" >/root/done\n',
            f"step{n}/traps/empty.sh": ": >/root/done\n",
        }
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
