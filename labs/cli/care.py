"""Care for the engine and its images: doctor, build, save, load."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from labs.cli import speak
from labs.cli.entry import command, leave, progress
from labs.runner import codes, engine
from labs.runner.format import InvalidLab
from labs.runner.lab import Lab, catalogue
from labs.runner.running import archive, attempt, images, needs, plain
from simulator.cli.console import Problem, say, say_json, show, table


@command
def doctor(
    fix: Annotated[
        bool, typer.Option("--fix", help="Build what is missing, and clear away what is left over.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Look whether labs can run here: the engine, its limits, the images, and each lab."""
    why = engine.problem()
    if why:
        if json:
            say_json({"engine": None, "problem": why, "labs": []})
            leave(codes.NO_ENGINE)
        raise codes.engine_problem(why, f"{engine.START}.")
    engine.need_compose()
    with progress(needs_engine=True):
        shared = images.shared()
        if fix:
            with speak.working("building") as tell:
                _build_all(tell)
        info = engine.client().info()
        options = info.get("SecurityOptions") or []
        facts = {
            "kind": engine.kind(),
            "version": info.get("ServerVersion"),
            "rootless": any("rootless" in option for option in options),
            "cgroups": info.get("CgroupVersion"),
            "security": [option.split(",")[0].removeprefix("name=") for option in options],
            "memory_mb": int(info.get("MemTotal", 0)) // 2**20,
            "free_disk_mb": needs._free_disk(info),
            "base_image": images.is_there(engine.BASE_IMAGE),
        }
        absent = images.missing(shared, shared)
        with speak.working("looking") as tell:
            probes = {} if needs.PROBE_IMAGE in absent else _probes(tell)
            rows = [_lab_row(lab, absent) for lab in catalogue.labs()]
    if json:
        say_json({"engine": facts, "probes": probes, "images_missing": sorted(absent), "labs": rows})
        return
    speak.folded(
        f"{facts['kind']} {facts['version']}, {'rootless' if facts['rootless'] else 'rootful'}, "
        f"cgroups v{facts['cgroups']}, {facts['memory_mb']} MB memory, {facts['free_disk_mb'] or '?'} MB disk free, "
        f"security: {', '.join(facts['security']) or 'none'}"
    )
    if facts["kind"] == "Podman":
        speak.point(
            "Tried on Podman: etcd-quorum-loss, debug-without-a-shell. `docker` works on it if DOCKER_HOST is set, "
            "images are listed as localhost/paddock/NAME, and no health checks are run: a start asks the machines."
        )
    if not facts["base_image"]:
        speak.point(f"the base image {engine.BASE_IMAGE} is not here; it is pulled, or made by `bash .ci/engine`")
    for name, said in probes.items():
        speak.point(f"{name}: {'works' if not said else said}")
    if not probes:
        speak.point("what else it allows is tried with an image: `paddock lab doctor --fix` builds it")
    missing = f"; missing: {', '.join(sorted(absent))} (paddock lab build --all)" if absent else ""
    speak.folded(f"Shared images: {len(shared) - len(absent)} of {len(shared)} built{missing}")
    made = table("LAB", "RUNS HERE", "WHY NOT", whole=(0, 1))
    for row in rows:
        made.add_row(row["id"], "yes" if row["runs"] else "no", "; ".join(row["why_not"]))
    show(made)


def _probes(tell: speak.Tell) -> dict[str, str]:
    """What the engine allows; of what it does not, why."""
    said = {}
    for name, probe in needs.PROBES.items():
        tell(f"trying {name}")
        said[name] = needs.try_out(probe)
    return said


def _lab_row(lab: Lab | InvalidLab, absent: dict[str, str]) -> dict[str, Any]:
    if isinstance(lab, InvalidLab):
        return {"id": lab.id, "runs": False, "why_not": [str(lab)]}  # type: ignore[attr-defined]
    if lab.plain and not plain.stands_in(lab):
        return {"id": lab.id, "runs": False, "why_not": [f"needs the KillerCoda machine {lab.scenario.image!r}"]}
    lacking = [str(notice) for notice in lab.errors]
    if needs.PROBE_IMAGE in absent and (lab.needs.probes or lab.needs.capabilities or lab.needs.devices):
        lacking.append("not tried yet: `paddock lab doctor --fix`")
    elif not lacking:
        lacking += [what for what, _ in needs.unmet(lab)]
    return {"id": lab.id, "runs": not lacking, "why_not": lacking}


def _build_all(tell: images.Say) -> dict[str, str]:
    made = images.build(images.shared(), images.shared(), tell)
    for lab in catalogue.labs():
        if isinstance(lab, Lab) and not lab.plain:
            made |= images.build(attempt.image_names(lab), images.of_lab(lab), tell)
    return made


def _build_labs(names: list[str], tell: images.Say) -> dict[str, str]:
    made: dict[str, str] = {}
    for name in names:
        found = catalogue.find(name)
        attempt.refuse_broken(found)
        made |= images.build(attempt.image_names(found), images.of_lab(found), tell)
    return made


@command
def build(
    lab: Annotated[list[str] | None, typer.Argument(metavar="LAB", help="Labs whose images are built.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Images of all labs.")] = False,
    prune: Annotated[bool, typer.Option("--prune", help="Remove images of ours that no lab needs any more.")] = False,
) -> None:
    """Build the images of labs; what is built already is not built again."""
    if not lab and not all_ and not prune:
        raise Problem("say which lab, or --all")
    with progress(needs_engine=True):
        made: dict[str, str] = {}
        with speak.working("building") as tell:
            if all_:
                made |= _build_all(tell)
            made |= _build_labs(lab or [], tell)
        for tag in sorted(made.values()):
            say(tag)
        if prune:
            _prune()


def _prune() -> None:
    import docker.errors

    known = images.shared()
    for lab in catalogue.labs():
        if isinstance(lab, Lab):
            known |= images.of_lab(lab)
    for tag in images.outdated(known):
        try:
            engine.client().images.remove(tag)
            say(f"removed {tag}")
        except docker.errors.APIError as error:
            say(f"kept {tag}: {error.explanation}")


@command
def save(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to: a .tar file.")],
    lab: Annotated[
        list[str] | None, typer.Argument(metavar="LAB", help="Labs whose images are saved; default: all.")
    ] = None,
) -> None:
    """Write images to a file, for machines without a network. Builds what is missing."""
    if file.is_dir():
        raise Problem(f"{file} is a folder: say the name of a file in it")
    if not file.absolute().parent.is_dir():
        raise Problem(f"there is no folder {file.parent}")
    with progress(needs_engine=True), speak.working("saving") as tell:
        tags = sorted(set((_build_labs(lab, tell) if lab else _build_all(tell)).values()))
        tell(f"saving {len(tags)} images")
        archive.save(tags, file)
    say(f"{len(tags)} images in {file} ({file.stat().st_size // 2**20} MB)")


@command
def load(file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `paddock lab save` wrote.")]) -> None:
    """Read images from a file, and list them."""
    if not file.is_file():
        raise Problem(f"there is no file {file}")
    with progress(needs_engine=True), speak.working("loading") as tell:
        tell(f"loading {file} ({file.stat().st_size // 2**20} MB)")
        loaded = archive.load(file)
    for name in loaded:
        say(name)
