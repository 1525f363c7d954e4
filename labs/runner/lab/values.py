"""Names, ports and secrets of one attempt: drawn from its seed, so that no two learners can share an answer."""

from __future__ import annotations

import random
import string
from collections.abc import Mapping

from labs.runner.lab.spec import Value

#: Short, plain, and in nobody's way as part of a host, a branch or a key.
WORDS = (
    "alder amber aspen badger basalt birch bison cedar clover cobalt condor copper coral dahlia delta ember falcon "
    "fennel fern flint garnet ginger granite hazel heron indigo iris ivory jasper juniper kestrel lagoon larch lichen "
    "linden lotus lynx maple marble marten meadow mica moss nettle oak olive onyx opal orchid osprey otter pearl "
    "pebble pine plover poplar quartz raven reed ridge river robin rowan saffron sage sequoia shale slate sorrel "
    "sparrow spruce stork tamarack teal thistle thyme topaz tulip umber violet walnut willow wren yarrow zircon"
).split()

MOST_SEED = 2**31 - 1


def draw(values: Mapping[str, Value], seed: int) -> dict[str, str]:
    """Each value by itself from the seed: adding one to a lab leaves the others as they were."""
    return {name: _one(value, random.Random(f"{seed}/{name}")) for name, value in values.items()}


def _one(value: Value, source: random.Random) -> str:
    if value.word is not None:
        return "-".join(source.sample(WORDS, value.word))
    if value.int_ is not None:
        return str(source.randint(*value.int_))
    if value.choice is not None:
        return str(source.choice(value.choice))
    return "".join(source.choices(string.ascii_lowercase + string.digits, k=value.secret or 16))


def marker() -> str:
    """A word that nobody can have known before."""
    source = random.SystemRandom()
    return f"{source.choice(WORDS)}-{''.join(source.choices(string.ascii_lowercase + string.digits, k=8))}"


def environment(values: Mapping[str, str]) -> dict[str, str]:
    """As scripts and machines see them."""
    return {f"PADDOCK_{name.upper()}": value for name, value in values.items()}
