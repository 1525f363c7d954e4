"""Public scenarios: one machine, the author's own scripts, and a stand-in for the image that cannot be had here."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path, PurePosixPath
from typing import Any

from labs.runner.codes import engine_problem, undetermined
from labs.runner.lab.lab import Lab, text_of
from labs.runner.running import compose, shell
from labs.runner.running.images import Say
from labs.runner.store.progress import Attempt

#: Machines that our Debian can stand in for. The rest are whole clusters or other systems.
STAND_IN = "paddock/host"
_UBUNTU = (
    "ubuntu",
    "ubuntu-4gb",
    "ubuntu1604",
    "ubuntu1804",
    "ubuntu2004",
    "ubuntu2204",
    "ubuntu2404",
    "debian",
    "bash",
)
_TIMEOUT = 600
#: Where scripts on KillerCoda look for the address of a port. Compose makes one dollar sign of two.
_BOOT = "mkdir -p /etc/killercoda && echo http://$$(hostname -i):PORT >/etc/killercoda/host; exec sleep infinity"


def _name(lab: Lab) -> str:
    return (
        lab.scenario.image.lower().split(":")[0].replace(".", "").replace("-", "") if lab.scenario.image else "ubuntu"
    )


def stands_in(lab: Lab) -> bool:
    return _name(lab) in {name.replace("-", "") for name in _UBUNTU}


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
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for copy in lab.scenario.copies:
            info = tarfile.TarInfo(str(PurePosixPath(copy.target).relative_to("/")))
            data = copy.source.read_bytes()
            info.size, info.mode = len(data), 0o755 if copy.source.stat().st_mode & 0o100 else 0o644
            tar.addfile(info, io.BytesIO(data))
    container.put_archive("/", buffer.getvalue())
    for copy in lab.scenario.copies:
        if copy.chmod:
            result = shell.on_machine(container.id, ["chmod", "--", copy.chmod, copy.target], {}, 30)
            if result.code:
                raise undetermined(f"chmod {copy.chmod} {copy.target}: {result.tail}")


def run_scripts(lab: Lab, attempt: Attempt, scripts: dict[str, Path], say: Say) -> str:
    """Both scripts run at the same time: foreground often waits for a file that background writes."""
    if not ({"background", "foreground"} & set(scripts)):
        return ""
    container = compose.container(attempt, lab.machine)
    if "background" in scripts:
        say("running the background script")
        # Left to itself, as on KillerCoda: it may well run for as long as the machine.
        script = shell.command(None, text_of(scripts["background"]))
        subprocess.run(["docker", "exec", "--detach", "--workdir", "/root", container.id, *script], check=False,
                       capture_output=True, timeout=60)  # fmt: skip
    if "foreground" not in scripts:
        return ""
    say("running the foreground script")
    result = shell.on_machine(container.id, shell.command(None, text_of(scripts["foreground"])), {}, _TIMEOUT)
    return result.out + result.err
