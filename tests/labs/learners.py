"""Learners at the command line, each with a data folder, and so an owner, of his own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from labs.runner import engine, store

ROOT = Path(__file__).parents[2]
TINY = Path(__file__).parent / "data" / "tiny"


class Learner:
    """One learner with a data folder, and so an owner, of his own."""

    def __init__(self, data: Path, monkeypatch) -> None:
        self.data = data
        monkeypatch.setenv("PADDOCK_DATA", str(data))
        self.owner = store.owner()
        paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        self.environment = os.environ | {"PADDOCK_DATA": str(data), "PYTHONPATH": paths}

    def start(self, *arguments) -> subprocess.Popen:
        command = [sys.executable, "-m", "labs", *map(str, arguments)]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=self.environment, cwd=self.data, stdout=pipe, stderr=pipe, text=True)

    def __call__(self, *arguments, code: int | None = 0) -> str:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=300)
        assert "Traceback" not in err, err
        assert code is None or process.returncode == code, f"{process.returncode}\n{out}\n{err}"
        return out + err

    def json(self, *arguments, code: int | None = 0) -> dict:
        text = self(*arguments, "--json", code=code)
        return json.loads(text[text.index("{") : text.rindex("}") + 1])

    def objects(self) -> list[str]:
        """All that this learner has on the engine."""
        client = engine.client()
        mine = {"label": f"{engine.OWNER}={self.owner}"}
        found = [
            *client.containers.list(all=True, filters=mine, ignore_removed=True),
            *client.networks.list(filters=mine),
        ]
        return [item.name for item in [*found, *client.volumes.list(filters=mine)]]

    def sh(self, machine: str, command: str) -> str:
        (container,) = [name for name in self.objects() if name.endswith(f"-{machine}-1")]
        code, out = engine.client().containers.get(container).exec_run(["sh", "-c", command])
        assert code == 0, out
        return out.decode()
