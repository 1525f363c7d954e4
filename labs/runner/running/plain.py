"""Public scenarios: one machine, the author's own scripts, and a stand-in for the image that cannot be had here."""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
import time
from pathlib import Path, PurePosixPath
from typing import Any

from labs.runner.codes import engine_problem, undetermined
from labs.runner.format.scenario import Leaf
from labs.runner.lab.lab import Lab, text_of
from labs.runner.running import compose, shell
from labs.runner.running.images import Say
from labs.runner.store.progress import Attempt

STAND_IN = "paddock/host"
#: Seconds for a foreground script; the learner waits for it.
_TIMEOUT = 300
#: Where the scripts are put: authors expect that a file is run.
_SCRIPTS = "/var/lib/scenario"
_LOGS = "/var/log/killercoda"
#: What KillerCoda's Ubuntu has and a container has not.
_ABSENT = re.compile(
    r"(?:^|[|;&(]|\bsudo\s)\s*(docker|docker-compose|podman|kubectl|minikube|helm|systemctl|journalctl|snap)\b(?!=)",
    re.MULTILINE,
)
_CONTROLS = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
#: Where scripts on KillerCoda look for the address of a port. Compose makes one dollar sign of two.
_BOOT = (
    f"mkdir -p /etc/killercoda {_LOGS} && echo http://$$(hostname -i):PORT >/etc/killercoda/host; exec sleep infinity"
)


def stands_in(lab: Lab) -> bool:
    """Our Debian stands in for every Ubuntu. The rest are whole clusters or other systems."""
    name = (lab.scenario.image or "ubuntu").lower()
    return name.startswith("ubuntu") or name.split(":")[0] in ("debian", "bash")


def absent(lab: Lab) -> str:
    """A sentence on the programs that the scenario uses and the stand-in has not; empty when there are none."""
    pages = lab.scenario.pages
    code = [block.code for page in pages for block in page.blocks if block.action == "exec"]
    code += [text_of(path) for page in pages for path in page.scripts.values()]
    names = sorted({name for text in code for name in _ABSENT.findall(text)})
    if not names:
        return ""
    return f"The machine here has no {', '.join(names)}: what needs {'them' if names[1:] else 'it'} can only be read."


def refuse_unknown_image(lab: Lab) -> None:
    """A scenario for a machine that can't be had here shows its text and does not start.

    Raises:
        Problem: with what it would need.
    """
    if stands_in(lab):
        return
    image = lab.scenario.image
    what = "a Kubernetes cluster" if "kube" in image or "k3s" in image or "k8s" in image else "a machine of that kind"
    raise engine_problem(
        f"{lab.id} is made for the KillerCoda machine {image!r}, which can't be had here",
        f"It would need {what}. `paddock lab show {lab.id}` shows its text; Ubuntu and Debian have a stand-in.",
    )


def document(lab: Lab) -> dict[str, Any]:
    """The one machine of a public scenario."""
    return {"services": {lab.machine: {"image": STAND_IN, "command": ["sh", "-c", _BOOT], "mem_limit": "2g"}}}


def copy_assets(lab: Lab, attempt: Attempt) -> None:
    """Files of the scenario onto the machine."""
    if not lab.scenario.copies:
        return
    container = compose.container(attempt, lab.machine)
    _put(
        container,
        {
            copy.target: (copy.source.read_bytes(), 0o755 if copy.source.stat().st_mode & 0o100 else 0o644)
            for copy in lab.scenario.copies
        },
    )
    for copy in lab.scenario.copies:
        if copy.chmod:
            result = shell.on_machine(container.id, ["chmod", "--", copy.chmod, copy.target], {}, 30)
            if result.code:
                raise undetermined(f"chmod {copy.chmod} {copy.target}: {result.tail}")


def _put(container: Any, files: dict[str, tuple[bytes, int]]) -> None:
    """Files into a container: path, content, mode."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path, (data, mode) in files.items():
            info = tarfile.TarInfo(str(PurePosixPath("/", path).relative_to("/")))
            info.size, info.mode, info.mtime = len(data), mode, time.time()
            tar.addfile(info, io.BytesIO(data))
    container.put_archive("/", buffer.getvalue())


def script(lab: Lab, container: Any, path: Path) -> list[str]:
    """The command that runs a script of the scenario, which is put on the machine."""
    below = (part for part in Path(lab.name_of(path)).parts if part not in ("..", "/"))
    place = str(PurePosixPath(_SCRIPTS, *below))
    _put(container, {place: (text_of(path).encode(), 0o755)})
    return ["bash", place]


def run_scripts(lab: Lab, attempt: Attempt, page: Leaf | None, say: Say) -> str:
    """Both scripts of a page run at the same time: foreground often waits for a file that background writes."""
    scripts = page.scripts if page else {}
    if page is None or not ({"background", "foreground"} & set(scripts)):
        return ""
    container = compose.container(attempt, lab.machine)
    if "background" in scripts:
        say("running the background script")
        # Left to itself, as on KillerCoda: it may well run for as long as the machine.
        number = page.number if page.kind != "finish" else len(lab.steps) + 1
        log = f"{_LOGS}/background{number}"
        logged = ["bash", "-c", f'exec "$@" >{log}_stdout.log 2>{log}_stderr.log', "bash"]
        subprocess.run(["docker", "exec", "--detach", "--workdir", "/root", container.id, *logged,
                        *script(lab, container, scripts["background"])], check=False,
                       capture_output=True, timeout=60)  # fmt: skip
    if "foreground" not in scripts:
        return ""
    say("running the foreground script")
    together = ["bash", "-c", 'exec "$@" 2>&1', "bash", *script(lab, container, scripts["foreground"])]
    result = shell.on_machine(container.id, together, {"TERM": "dumb"}, _TIMEOUT)
    late = f"\nThe foreground script was not done after {_TIMEOUT} s, and was ended." if result.timed_out else ""
    return _readable(result.out) + late


def _readable(text: str) -> str:
    """What a terminal would show in the end: without colours, cleared screens and lines written over."""
    lines = (line.rstrip("\r").rpartition("\r")[2] for line in _CONTROLS.sub("", text).split("\n"))
    return "\n".join(lines)
