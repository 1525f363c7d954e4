#!/usr/bin/env python3
"""What checks an exported lab on KillerCoda's host: the same observers and judges, with Python's standard library only.

paddock-check N: check step N. Exit code 0 passed, 1 not yet, 2 no verdict.
paddock-check --up | --enter N | --shell: start the machines, begin a step, open a shell on the learner's machine.
"""

from __future__ import annotations

import json
import os
import random
import shlex
import subprocess
import sys
import time
from pathlib import Path

HOME = Path(os.environ.get("PADDOCK_HOME", "/opt/paddock"))
STATE = Path(os.environ.get("PADDOCK_STATE", "/tmp"))
sys.path.insert(0, str(HOME))
from judging import contrast  # noqa: E402  (it lies beside the plan)

PLAN = json.loads((HOME / "plan.json").read_text())
COMPOSE = ["docker", "compose", "-f", str(HOME / "compose.yaml"), "--env-file", str(HOME / "values.env")]


class NoVerdict(Exception):
    """Something else than the learner's work went wrong."""


def run(command: list[str], timeout: float, text: str = "", what: str = "") -> str:
    try:
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        raise NoVerdict(f"{what or command[0]} was not done after {timeout:g} s") from None
    if done.returncode:
        raise NoVerdict(
            f"{what or shlex.join(command[:4])} ended with code {done.returncode}: {done.stderr.strip()[-500:]}"
        )
    return done.stdout


def environment(step: int, **more: str) -> list[str]:
    named = {f"PADDOCK_{name.upper()}": value for name, value in PLAN["values"].items()}
    named |= {"PADDOCK_SEED": str(PLAN["seed"]), "PADDOCK_STEP": str(step), **more}
    return [word for name, value in named.items() for word in ("--env", f"{name}={value}")]


def container(machine: str) -> str:
    found = run([*COMPOSE, "ps", "--all", "--quiet", machine], 30).split()
    if not found:
        raise NoVerdict(f"the machine {machine} is gone")
    return found[0]


def networks() -> list[str]:
    return run(
        ["docker", "network", "ls", "--quiet", "--filter", f"label=com.docker.compose.project={PLAN['project']}"], 30
    ).split()


def look(command: list[str], step: int, timeout: float, marker: str, joined: bool = True, text: str = "") -> str:
    """Run a command in a container made for it, on the lab's networks."""
    image = PLAN["checker"]["image"] if joined else PLAN["judge_image"]
    nets = networks() if joined else []
    mounts = (
        [f"--volume={PLAN['project']}_{name}:{path}:ro" for name, path in PLAN["checker"]["volumes"].items()]
        if joined
        else []
    )
    made = run(
        ["docker", "create", "--interactive", "--read-only", "--cap-drop=ALL", "--tmpfs=/tmp:size=256m", "--init",
         *mounts,
         f"--network={nets[0] if nets else 'none'}", *environment(step, PADDOCK_MARKER=marker), image,
         "timeout", f"{timeout:g}", *command], 60,
    ).strip()  # fmt: skip
    try:
        for net in nets[1:]:
            run(["docker", "network", "connect", net, made], 30)
        return run(["docker", "start", "--attach", "--interactive", made], timeout + 10, text, "the observer")
    finally:
        subprocess.run(["docker", "rm", "--force", "--volumes", made], capture_output=True)


def shell(kind: str, text: str, strict: bool = False) -> list[str]:
    return (
        ["python3", "-I", "-c", text]
        if kind == "py"
        else ["bash", *(["-eu", "-o", "pipefail"] if strict else []), "-c", text]
    )


def do(parts: list[dict], step: int) -> None:
    """A script, part by part."""
    for part in parts:
        if part["kind"] == "Action":
            act(part["action"], part["machine"])
        elif part["place"] == "checker":
            look(shell("sh", part["text"], True), step, 300, "")
        else:
            run(["docker", "exec", *environment(step), container(part["place"]), *shell("sh", part["text"], True)], 300)


def act(action: str, machine: str) -> None:
    if action == "replace":
        run([*COMPOSE, "rm", "--stop", "--force", "--volumes", machine], 120)
        run([*COMPOSE, "up", "--wait", "--no-deps", machine], PLAN["ready"])
    elif action in ("disconnect", "connect"):
        more = ["--alias", machine] if action == "connect" else []
        for net in networks():
            run(["docker", "network", action, *more, net, container(machine)], 30)
    else:
        run([*COMPOSE, action, machine], 60)


def take(observers: dict, step: int, timeout: float, marker: str) -> dict:
    seen: dict = {}
    for place, script in observers.items():
        command = shell(script["kind"], script["text"])
        if place == "checker":
            text = look(command, step, timeout, marker)
        else:
            inside = ["timeout", f"{timeout:g}", *command]
            text = run(
                ["docker", "exec", *environment(step, PADDOCK_MARKER=marker), container(place), *inside], timeout + 10
            )
        try:
            seen[place] = json.loads(text)
        except json.JSONDecodeError:
            raise NoVerdict(f"the observer on {place} printed no JSON") from None
    return {**seen, "engine": engine()}


def engine() -> dict:
    facts = {}
    for machine in PLAN["machines"]:
        found = json.loads(run(["docker", "inspect", container(machine)], 30))[0]
        state, nets = found["State"], found["NetworkSettings"]["Networks"]
        facts[machine] = {
            "id": found["Id"], "image": found["Image"], "created": found["Created"], "started_at": state["StartedAt"],
            "state": state["Status"], "exit_code": state["ExitCode"], "restarts": found["RestartCount"],
            "read_only": found["HostConfig"]["ReadonlyRootfs"],
            "networks": sorted(name.removeprefix(f"{PLAN['project']}_") for name in nets),
        }  # fmt: skip
    return facts


def marker() -> str:
    return f"marker-{random.SystemRandom().randrange(10**12):012d}"


def check(number: int) -> int:
    step = PLAN["steps"][number - 1]
    began = time.monotonic()
    while True:
        word = marker()
        seen = take(step["observers"], number, step["timeout"], word)
        seen |= {"values": PLAN["values"], "seed": PLAN["seed"], "marker": word}
        seen["start"] = json.loads((STATE / "paddock-baseline.json").read_text())
        asked = json.dumps({"judge": step["judge"], "evidence": [seen]})
        judging = (HOME / "judging.py").read_text()
        criteria = [
            json.loads(line)
            for line in look(["python3", "-I", "-c", judging], number, 30, word, False, asked).splitlines()
        ]
        failing = [criterion for criterion in criteria if not criterion.get("passed")]
        if any("error" in criterion for criterion in criteria):
            raise NoVerdict(str(criteria))
        if not failing:
            return 0
        if any(criterion["within"] <= time.monotonic() - began for criterion in failing):
            break
        time.sleep(0.5)
    for criterion in failing:
        found, wanted = contrast(criterion["found"], criterion["wanted"])
        wanted = "" if criterion["wanted"] is None else f"wanted: {wanted}; "
        print(f"{criterion['id']}: found: {found}; {wanted}look: {criterion['pointer']}")
    return 1


def up() -> None:
    for image in PLAN["images"]:
        if subprocess.run(["docker", "image", "inspect", image["tag"]], capture_output=True).returncode:
            subprocess.run(
                ["docker", "build", "--tag", image["tag"], str(HOME / "images" / image["folder"])], check=True
            )
    subprocess.run([*COMPOSE, "up", "--wait"], check=True, timeout=PLAN["ready"] + 60)
    do(PLAN["setup"], 0)
    (STATE / "paddock-baseline.json").write_text(json.dumps(take(PLAN["baseline"], 0, 300, marker())))
    if PLAN["steps"]:
        do(PLAN["steps"][0]["begin"], 1)


def main(arguments: list[str]) -> int:
    try:
        if arguments == ["--up"]:
            try:
                up()
            except BaseException:
                (STATE / "paddock-failed").touch()
                raise
            (STATE / "paddock-ready").touch()
        elif arguments == ["--shell"]:
            os.execvp("docker", ["docker", "exec", "--interactive", "--tty", container(PLAN["machine"]), "bash", "-l"])
        elif len(arguments) == 2 and arguments[0] == "--enter":
            if int(arguments[1]) > 1:
                do(PLAN["steps"][int(arguments[1]) - 1]["begin"], int(arguments[1]))
        elif len(arguments) == 1 and arguments[0].isdigit() and 1 <= int(arguments[0]) <= len(PLAN["steps"]):
            return check(int(arguments[0]))
        else:
            print(__doc__, file=sys.stderr)
            return 2
    except (NoVerdict, OSError, subprocess.SubprocessError) as error:
        print(f"no verdict: {error}")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
