"""Distributions: a number that varies, and the level at which it does.

`{lognormal: {median: 20m, sigma: 0.8}, level: perEvent}`. A distribution is only declared here; it
is drawn from a keyed uniform number by `quantile`, so that a draw depends on nothing but its key.
"""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, TypeVar

import numpy as np
from pydantic import Discriminator, Field, Tag, model_validator

from simulator import facts
from simulator.scenario.base import Duration, Model, Number, Seconds, one_of

T = TypeVar("T")
Level = Literal["perEntity", "perEvent", "perRun", "uncertain"]


class Lognormal(Model, Generic[T]):
    """Median and the standard deviation of the logarithm."""

    median: T = Field(description="Half of all draws are smaller.")
    sigma: Number = Field(gt=0, le=5, description="Standard deviation of the natural logarithm.")

    def quantile(self, u: np.ndarray) -> np.ndarray:
        from scipy.special import ndtri  # here: it is a third of the time the command takes to start

        return self.median * np.exp(self.sigma * ndtri(u))


class Uniform(Model, Generic[T]):
    """Every value between low and high is equally likely."""

    low: T = Field(description="The smallest value.")
    high: T = Field(description="The largest value.")

    @model_validator(mode="after")
    def _ordered(self):
        if self.high < self.low:
            raise ValueError("high must not be below low")
        return self

    def quantile(self, u: np.ndarray) -> np.ndarray:
        return self.low + u * (self.high - self.low)


class Exponential(Model, Generic[T]):
    """Memoryless, by its mean."""

    mean: T = Field(description="The mean of all draws.")

    def quantile(self, u: np.ndarray) -> np.ndarray:
        return -self.mean * np.log1p(-u)


class Triangular(Model, Generic[T]):
    """Low, most likely, high."""

    low: T = Field(description="The smallest value.")
    mode: T = Field(description="The most likely value.")
    high: T = Field(description="The largest value.")

    @model_validator(mode="after")
    def _ordered(self):
        if not self.low <= self.mode <= self.high or self.low == self.high:
            raise ValueError("low, mode and high must rise: low below high, mode between them")
        return self

    def quantile(self, u: np.ndarray) -> np.ndarray:
        width, knee = self.high - self.low, (self.mode - self.low) / (self.high - self.low)
        return np.where(
            u < knee,
            self.low + np.sqrt(u * width * (self.mode - self.low)),
            self.high - np.sqrt((1 - u) * width * (self.high - self.mode)),
        )


SHAPES = {"lognormal": Lognormal, "uniform": Uniform, "exponential": Exponential, "triangular": Triangular}


class Distribution(Model, Generic[T]):
    """One shape and the level at which the number varies.

    perEntity: drawn once for each node, cluster or service; perEvent: drawn anew at each occurrence;
    perRun: one draw for the whole run; uncertain: one draw for the whole run as well, but of what we
    do not know, and studies keep it apart from the noise of a run.
    """

    model_config = one_of("lognormal", "uniform", "exponential", "triangular")

    lognormal: Lognormal[T] | None = Field(None, description="By median and sigma: most values near, few far above.")
    uniform: Uniform[T] | None = Field(None, description="By low and high: every value between is equally likely.")
    exponential: Exponential[T] | None = Field(None, description="By its mean: waiting times without memory.")
    triangular: Triangular[T] | None = Field(None, description="By low, mode and high: what people estimate.")
    level: Level = Field("perEvent", description="Where it varies: perEntity, perEvent, perRun or uncertain.")

    @model_validator(mode="after")
    def _one_shape(self):
        if sum(getattr(self, name) is not None for name in SHAPES) != 1:
            raise ValueError(f"a distribution has exactly one shape: {', '.join(SHAPES)}")
        return self

    @property
    def shape(self) -> Lognormal | Uniform | Exponential | Triangular:
        return next(shape for name in SHAPES if (shape := getattr(self, name)) is not None)


DurationLike = Annotated[
    Annotated[Duration, Tag("constant")] | Annotated[Distribution[Duration], Tag("distribution")],
    Discriminator(lambda v: "distribution" if isinstance(v, (dict, Distribution)) else "constant"),
]


def sourced_lognormal(fact: str, description: str) -> Any:
    """A duration field whose default is a lognormal: its median a fact, its sigma the fact `FACT.sigma`."""
    default = Distribution[Duration](
        lognormal=Lognormal[Duration](median=Seconds(facts.get(fact).seconds), sigma=facts.get(f"{fact}.sigma").number)
    )
    return Field(default=default, description=description, json_schema_extra={"fact": fact})
