"""Python wheels for an image, fetched by the pip of this machine: it knows its way to an index, a container may not.

A `requirements.txt` beside a Dockerfile names each wheel with its exact version and its hash, so that the image's tag,
which is made from the file, tells what is in them; the build finds them in `wheels/`. Only wheels without machine
code: the same ones whatever the machine.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from labs.runner.codes import engine_problem

REQUIREMENTS = "requirements.txt"
FOLDER = "wheels"
#: The Python of the base image.
PYTHON = "3.13"


def fetch(folder: Path, target: Path) -> list[Path]:
    """Put the wheels that an image's folder asks for into `target`; none where it asks for none.

    Raises:
        Problem: pip can't, or what it got is not what was meant.
    """
    wanted = folder / REQUIREMENTS
    if not wanted.is_file():
        return []
    done = subprocess.run(
        [
            sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
            "--require-hashes", "--only-binary=:all:", "--platform=any", "--implementation=py", "--abi=none",
            f"--python-version={PYTHON}", f"--dest={target}", f"--requirement={wanted}",
        ],
        capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        end = "\n  ".join(done.stderr.strip().splitlines()[-8:])
        raise engine_problem(f"pip can't fetch the wheels of {wanted}", f"The end of what it said:\n  {end}")
    return sorted(target.glob("*.whl"))
