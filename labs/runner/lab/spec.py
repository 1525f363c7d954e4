"""`lab.yaml`: what the runner must know about a lab beyond its KillerCoda scenario."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from simulator.scenario.base import Duration

CAPABILITIES = frozenset(
    "AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH "
    "FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN "
    "NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT "
    "SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG "
    "WAKE_ALARM".split()
)


class Model(BaseModel):
    """A noun of `lab.yaml`: immutable, and strict about its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _known(name: str) -> str:
    if name not in CAPABILITIES:
        raise ValueError(f"{name!r} is no capability; write it as in capabilities(7), without CAP_")
    return name


Probe = Literal["loop-btrfs", "netem", "nftables", "tun"]


class Needs(Model):
    """What the engine must be able to give; tried before anything starts."""

    memory: int = Field(256, ge=16, le=65536, description="MB of memory, of all machines together")
    disk: int = Field(100, ge=0, le=200_000, description="MB of disk, beyond the images")
    capabilities: list[Annotated[str, AfterValidator(_known)]] = []
    devices: list[Annotated[str, Field(pattern=r"^/dev/[\w/-]+$")]] = []
    probes: list[Probe] = []


class Value(Model):
    """How a value is drawn: exactly one of word, int, choice, secret."""

    word: int | None = Field(None, ge=1, le=4, description="so many words")
    int_: tuple[int, int] | None = Field(None, alias="int", description="from, to")
    choice: list[str | int] | None = Field(None, min_length=2)
    secret: int | None = Field(None, ge=8, le=64, description="so many letters and digits")
    hidden: bool = Field(False, description="scripts and judges see it, machines and texts do not")

    @model_validator(mode="after")
    def _one_kind(self) -> Value:
        kinds = [kind for kind in (self.word, self.int_, self.choice, self.secret) if kind is not None]
        if len(kinds) != 1:
            raise ValueError("exactly one of word, int, choice and secret is needed")
        if self.int_ is not None and self.int_[0] >= self.int_[1]:
            raise ValueError("int needs two numbers, the smaller first")
        return self


class StandIn(Model):
    """What replaces something that cannot be had here."""

    ours: str
    real: str
    differences: list[str] = Field(min_length=1)


class Checker(Model):
    """Where `observe.sh` runs."""

    image: str = "paddock/checker"
    volumes: dict[str, Annotated[str, Field(pattern=r"^/")]] = Field({}, description="read-only: volume, folder")


class StepSpec(Model):
    points: int = Field(10, ge=0, le=1000)
    timeout: float = Field(30, gt=0, le=600, description="seconds for taking the evidence once")
    undoes: list[int] = Field([], description="earlier steps that are no longer true after this one")


class Measure(Model):
    """A time that observers measure, and what it is in the scenario that the lab mirrors."""

    title: str = Field(description="From what to what.")
    lag: str | None = Field(None, description="from the commit of this change to a target that has it")
    correction: str | None = Field(None, description="from this edit by hand to its having been put right")
    begins: str | None = Field(None, description="from `since` to where this component is down")
    ends: str | None = Field(None, description="from `since` to where it is no longer down")
    since: Duration | None = Field(None, description="seconds after the scenario's start; for begins and ends")

    resolution: Duration = Field(0.0, ge=0, description="seconds that the lab can't tell apart")

    @model_validator(mode="after")
    def _one_kind(self) -> Measure:
        if sum(kind is not None for kind in (self.lag, self.correction, self.begins, self.ends)) != 1:
            raise ValueError("exactly one of lag, correction, begins and ends is needed")
        if (self.since is None) == (self.begins is not None or self.ends is not None):
            raise ValueError("since is needed with begins and ends, and with these only")
        return self


class Simulation(Model):
    """How the scenario that the lab mirrors is run, and what is compared with it."""

    settings: dict[str, Any] = Field({}, description="path in the scenario -> the lab's own value")
    measures: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")], Measure] = Field(min_length=1)


class LabSpec(Model):
    """`lab.yaml`."""

    minutes: int = Field(ge=1, le=600)
    difficulty: Literal["beginner", "intermediate", "advanced"]
    mirrors: str | None = Field(None, description="the simulator scenario with the same story")
    simulation: Simulation | None = Field(None, description="measured times beside those of that scenario")
    objectives: list[str] = Field(min_length=1)
    machine: str
    needs: Needs = Needs()
    alternative: str | None = Field(None, description="the lab to offer where the needs are not met")
    values: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")], Value] = {}
    stand_ins: list[StandIn] = []
    checker: Checker = Checker()
    ready: float = Field(60, gt=0, le=900, description="seconds a start may take")
    steps: list[StepSpec] = Field(min_length=1)
