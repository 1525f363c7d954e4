"""The README's table of labs says what their files say."""

import re
from pathlib import Path

from labs.runner.lab.catalogue import CATALOGUE
from labs.runner.lab.lab import open_lab

README = Path(__file__).parents[2] / "README.md"


def test_every_lab_is_in_the_table_with_its_level_and_minutes():
    told = set(re.findall(r"^\| ([a-z-]+) \| (\w+), (\d+) \|", README.read_text(encoding="utf-8"), re.M))
    labs = [open_lab(path.parent) for path in CATALOGUE.glob("*/index.json")]
    assert told == {(lab.id, lab.spec.difficulty, str(lab.spec.minutes)) for lab in labs}
