"""The image that is hit says so and in which packages, one that has the fix says that, each about itself."""

from judging import equal, holds

IMAGES = ["edge", "gateway", "store"]


def judge(see):
    values = see["values"]
    products = {image: see.at(f"checker.{image}.products") for image in IMAGES}
    yield equal(
        "products", products, {image: [image] for image in IMAGES},
        pointer="jq '.statements[].products[].\"@id\"' /sbom/edge.vex.json",
    )  # fmt: skip
    said = {image: see.at(f"checker.{image}.statuses", []) for image in IMAGES}
    hit = [image for image in IMAGES if "affected" in said[image]]
    yield holds(
        "hit", hit == [values["hit"]], found=hit, wanted="affected: an older version than the fixed one, nothing else",
        pointer="debsbom sec-scan --db /advisories/tracker.json /sbom/edge.cdx.json",
    )  # fmt: skip
    fixed = IMAGES[(IMAGES.index(values["hit"]) + 1) % 3]
    yield holds(
        "fixed", said[fixed] in (["not_affected"], ["fixed"]), found=said,
        wanted="a word about the image that has the fix, too", pointer="jq '.statements[] | .status' /sbom/*.vex.json",
    )  # fmt: skip
    lib, version = values["lib"], f"1.{values['minor']}-1"
    concerned = {f"{lib} {version} source", f"lib{lib}1 {version} all", f"{lib}-tools {version}+b1 all"}
    named = see.at(f"checker.{values['hit']}.packages", [])
    yield holds(
        "packages", set(named) == concerned, found=named,
        wanted="the source and the packages that were built from it, as they are in the image",
        pointer="jq '.statements[] | select(.status == \"affected\")' /sbom/*.vex.json",
    )  # fmt: skip
