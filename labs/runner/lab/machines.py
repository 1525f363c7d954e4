"""`compose.yaml`: what is refused in it, and what the runner makes of it for one attempt."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

#: Where a machine says nothing itself: a runaway process must not take the learner's laptop along.
MEMORY, PIDS = "512m", 512

_HOST_PORT = re.compile(r"^(?:[\d.]+:|\[[^\]]*\]:)?\d+(?:-\d+)?:\d+")
_SOCKET = re.compile(r"(docker|podman|containerd)\.sock")
Path_ = tuple[str | int, ...]


def problems(document: Any, folder: Path, needs: Any) -> Iterator[tuple[Path_, str]]:
    """What keeps two attempts apart, the learner's machine safe and the lab honest about its needs."""
    services = document.get("services") if isinstance(document, dict) else None
    if not isinstance(services, dict) or not services:
        yield ("services",), "no machines: compose.yaml needs `services`"
        return
    for key in sorted(set(document) - {"services", "networks", "volumes", "configs", "secrets"}):
        if not key.startswith("x-") and key != "name":
            yield (key,), f"{key!r} is not for labs"
    for kind in ("networks", "volumes", "configs", "secrets"):
        for name, item in _items(document.get(kind)):
            if isinstance(item, dict) and item.get("external"):
                yield (kind, name), "external: a lab brings all that it needs"
            if isinstance(item, dict) and item.get("name"):
                yield (kind, name, "name"), "a fixed name: two attempts would share it"
            if kind == "networks" and isinstance(item, dict) and (item.get("ipam") or {}).get("config"):
                yield (kind, name, "ipam"), "a fixed subnet: two attempts can't both have it"
            if kind == "volumes" and isinstance(item, dict) and item.get("driver_opts"):
                yield (kind, name, "driver_opts"), "driver options reach outside the lab"
    for name, service in services.items():
        if not isinstance(service, dict):
            yield ("services", name), "a machine is a map"
            continue
        for path, message in _service(name, service, folder, needs):
            yield ("services", name, *path), message
    memory = sum(_megabytes(item.get("mem_limit", MEMORY)) for item in services.values() if isinstance(item, dict))
    if needs is not None and memory > 64 * needs.memory:
        yield ("services",), f"mem_limit adds up to {memory} MB, far beyond needs.memory"


def _service(name: str, service: dict[str, Any], folder: Path, needs: Any) -> Iterator[tuple[Path_, str]]:
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,40}", name) or name in (
        "engine",
        "checker",
        "values",
        "marker",
        "seed",
        "start",
    ):
        yield (), "the name of a machine is small letters, digits and dashes, and none of the runner's own words"
    if "image" not in service:
        yield (), "needs an image (paddock/NAME)"
    elif not str(service["image"]).startswith("paddock/"):
        yield ("image",), "only images of ours: paddock/NAME, from labs/images/NAME or the lab's images/NAME"
    if "build" in service:
        yield ("build",), "name the image instead: the runner builds it"
    if service.get("privileged"):
        yield ("privileged",), "never: name the capabilities that are needed"
    if "container_name" in service:
        yield ("container_name",), "a fixed name: two attempts would share it"
    for key in ("network_mode", "pid", "ipc", "uts", "userns_mode", "cgroup"):
        value = str(service.get(key, ""))
        if value == "host" or value.startswith("container:"):
            yield (key,), f"{value} reaches outside the lab"
    if isinstance(service.get("depends_on"), dict):
        yield ("depends_on",), "all machines start at once: a program that needs another waits for it itself"
    for key in ("env_file", "extends", "develop", "deploy", "provider"):
        if key in service:
            yield (key,), f"{key!r} is not for labs"
    for number, port in enumerate(service.get("ports") or []):
        fixed = port.get("published") if isinstance(port, dict) else _HOST_PORT.match(str(port))
        if fixed:
            yield ("ports", number), "a fixed host port may be taken: write the container's port alone"
    for number, volume in enumerate(service.get("volumes") or []):
        yield from ((("volumes", number), message) for message in _mount(volume, folder))
    if needs is None:
        return
    for number, capability in enumerate(service.get("cap_add") or []):
        if capability == "ALL":
            yield ("cap_add", number), "ALL is not given on every engine: name the capabilities that are needed"
        elif capability not in needs.capabilities:
            yield ("cap_add", number), f"lab.yaml does not say that {capability} is needed"
    for number, device in enumerate(service.get("devices") or []):
        if str(device).split(":")[0] not in needs.devices:
            yield ("devices", number), f"lab.yaml does not say that {device} is needed"


def _mount(volume: Any, folder: Path) -> Iterator[str]:
    kind = volume.get("type", "volume") if isinstance(volume, dict) else None
    source = str(volume.get("source", "")) if isinstance(volume, dict) else str(volume).split(":")[0]
    if _SOCKET.search(str(volume)):
        yield "the engine's socket is the key to the host"
    elif kind == "bind" or (kind is None and source.startswith((".", "/", "~"))):
        if source.startswith(("/", "~")) or not (folder / source).resolve().is_relative_to(folder.resolve()):
            yield "only the lab's own files can be mounted"
        elif not (folder / source).exists():
            yield f"{source} is missing"
        read_only = volume.get("read_only") if isinstance(volume, dict) else str(volume).split(":")[-1].startswith("ro")
        if not read_only:
            yield "the lab's own files are mounted read-only (:ro)"


def _items(value: Any) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, dict) else []


def _megabytes(text: Any) -> int:
    found = re.fullmatch(r"(\d+)\s*([kmg]?)b?", str(text).lower())
    if not found:
        return 0
    factor = {"k": 1 / 1024, "m": 1.0, "g": 1024.0, "": 1 / 1048576}[found[2]]
    return int(int(found[1]) * factor)


def images(document: dict[str, Any]) -> list[str]:
    """Images that the machines are made from, each once."""
    return sorted({str(service["image"]) for service in document["services"].values()})


def for_attempt(
    document: dict[str, Any],
    *,
    folder: Path,
    project: str,
    labels: Mapping[str, str],
    tags: Mapping[str, str],
    environment: Mapping[str, str],
) -> dict[str, Any]:
    """The compose file of one attempt: its own project, labelled all over, with exact images and with limits."""
    made = copy.deepcopy(document)
    made["name"] = project
    for key in [key for key in made if key.startswith("x-")]:
        del made[key]
    networks = made.setdefault("networks", {})
    uses_default = any(
        "networks" not in service and "network_mode" not in service for service in made["services"].values()
    )
    if uses_default:
        networks.setdefault("default", {})
    for kind in ("networks", "volumes"):
        for name, item in _items(made.get(kind)):
            made[kind][name] = {**(item or {}), "labels": {**_mapping((item or {}).get("labels")), **labels}}
    for name, service in made["services"].items():
        service["image"] = tags.get(service["image"], service["image"])
        service["pull_policy"] = "never"
        service["labels"] = {**_mapping(service.get("labels")), **labels, "paddock.machine": name}
        service.setdefault("init", True)
        if "network_mode" not in service:  # who shares another's network shares its host name
            service.setdefault("hostname", name)
        service.setdefault("mem_limit", MEMORY)
        service.setdefault("pids_limit", PIDS)
        service["environment"] = {**environment, **_mapping(service.get("environment"))}
        service["volumes"] = [_absolute(volume, folder) for volume in service.get("volumes") or []]
    return made


def beside(document: dict[str, Any], machine: str) -> list[str]:
    """Machines that live in namespaces of this one, whoever lives in theirs first."""
    host = f"service:{machine}"
    found = [
        name for name, service in document["services"].items()
        if host in (service.get("network_mode"), service.get("pid"), service.get("ipc"))
    ]  # fmt: skip
    return list(dict.fromkeys(name for one in found for name in (*beside(document, one), one)))


def keep_readiness_aside(document: dict[str, Any]) -> None:
    """Move what tells that a machine is ready to `x-ready`: the runner asks, and only while something starts.

    Not every engine looks by itself (Podman leaves that to systemd), and one that does goes on for as long as the lab.
    """
    services = document["services"].items()
    document["x-ready"] = {name: _test(item.pop("healthcheck")) for name, item in services if "healthcheck" in item}


def as_text(document: dict[str, Any]) -> str:
    """What compose reads. JSON is YAML with all texts quoted: a bare 251114e8 is a number to compose."""
    return json.dumps(document, indent=1, default=str) + "\n"


def _test(healthcheck: dict[str, Any]) -> list[str]:
    """The command of a health check: Compose takes a shell's line, or [CMD, word, ...], or [CMD-SHELL, line]."""
    test = healthcheck["test"]
    if isinstance(test, str):
        return ["sh", "-c", test]
    return ["sh", "-c", test[1]] if test[0] == "CMD-SHELL" else list(test[1:])


def _mapping(value: Any) -> dict[str, Any]:
    """Compose takes maps and lists of KEY=VALUE."""
    if isinstance(value, list):
        return dict(str(item).partition("=")[::2] for item in value)
    return dict(value or {})


def _absolute(volume: Any, folder: Path) -> Any:
    if isinstance(volume, dict):
        if volume.get("type") == "bind":
            return {**volume, "source": str((folder / volume["source"]).resolve())}
        return volume
    source, _, rest = str(volume).partition(":")
    return f"{(folder / source).resolve()}:{rest}" if source.startswith(".") else volume
