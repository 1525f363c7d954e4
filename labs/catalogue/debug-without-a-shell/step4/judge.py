"""Customers hear the price and the rate, from a new container of the old image."""

from judging import equal, holds


def judge(see):
    container, image = (
        "the old" if see.at(f"engine.target.{key}") == see.at(f"start.engine.target.{key}") else "another"
        for key in ("id", "image")
    )
    yield equal(
        "replaced", f"{container} container from {image} image", "another container from the old image",
        pointer="paddock lab machine debug-without-a-shell replace target",
    )  # fmt: skip
    price, rate = see.at("checker.price"), see.at("checker.rate")
    yield holds(
        "price", price == f"tea {see['values']['price']}", found=price, wanted="the price in the supplier's list",
        pointer="prices in /config/quote.conf",
    )  # fmt: skip
    yield holds(
        "rate", rate == see["values"]["rate"], found=rate, wanted="the rate of the day",
        pointer="contract in /config/quote.conf",
    )  # fmt: skip
