"""An image, as a registry gives it: fetched with skopeo, read layer by layer, or unpacked into a folder."""

from __future__ import annotations

import json
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FETCH = 20  # seconds


class Image:
    """One image in a folder of skopeo's `dir:` kind. Skopeo has compared all digests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
        self.config: dict[str, Any] = json.loads(self._blob(self.manifest["config"]).read_text())

    @property
    def process(self) -> dict[str, Any]:
        """What the image says about the process: User, Entrypoint, Cmd, Env, WorkingDir."""
        return self.config.get("config") or {}

    @property
    def command(self) -> list[str]:
        return [*(self.process.get("Entrypoint") or []), *(self.process.get("Cmd") or [])]

    def layers(self) -> Iterator[tarfile.TarFile]:
        """From the lowest to the highest. A file removed in a higher layer still is in the lower one."""
        for layer in self.manifest["layers"]:
            with tarfile.open(self._blob(layer)) as tar:
                yield tar

    def unpack(self, root: Path) -> None:
        """All layers on top of each other. Whiteouts are not applied: what a higher layer hides stays there."""
        for tar in self.layers():
            tar.extractall(root, filter="fully_trusted")

    def _blob(self, descriptor: dict[str, Any]) -> Path:
        return self.folder / descriptor["digest"].partition(":")[2]


def fetch(reference: str, folder: Path) -> Image | None:
    """The image, or None when the registry has no such image."""
    command = ["skopeo", "copy", "--quiet", f"docker://{reference}", f"dir:{folder}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=FETCH)
    return Image(folder) if done.returncode == 0 else None
