"""What every GitOps engine may be told; each engine adds its own file in gitops/."""

from __future__ import annotations

from typing import ClassVar, Literal

from simulator.scenario.base import Model

#: What an engine says of applications that are not as they should be. Unknown is not OutOfSync: nobody can tell.
Status = Literal["out-of-sync", "unknown"]


class Engine(Model):
    """The base of the settings of an engine."""

    tag: ClassVar = "engine"
    #: Whether it says of its applications that they are out of sync, or unknown.
    tells_status: ClassVar[bool] = False
    engine: str

    def carriers(self) -> list[tuple[str, Model | None]]:
        """The objects a change may travel by: name and settings. The first is the default."""
        return [("apps", None)]

    def mistakes(self) -> list[tuple[tuple, str]]:
        """What types alone can't check in these settings: path below spec.gitops, and message."""
        return []
