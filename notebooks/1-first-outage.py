# %% [markdown]
# # 1. Your first outage
#
# **Question: a commit breaks machines some minutes after it has reached them. Who is hit, and what would have stopped it?**
#
# Run time: about 5 s. You need nothing but this page: run it from top to bottom (*Run > Run All Cells*), then change one
# number and run it again.

# %%
from ipywidgets import Checkbox, IntSlider, interact

from simulator import Scenario, compare

# %% [markdown]
# ## A fleet and a change, in one file
#
# A *scenario* declares what there is and what is going to happen. This one has a small staging environment and twenty
# clusters in production, all under Flux. At 09:30 a commit lowers a kernel parameter on every node. It looks harmless,
# but a table fills up: some twenty minutes later (each node has its own draw) the kubelet stops, and only reverting the
# commit brings it back. `kubectl` users will feel at home; `paddock explain scenario.changes` explains every field.

# %%
TEXT = """
apiVersion: paddock/v1alpha1
kind: Scenario
metadata: {name: first-outage, title: Your first outage}
spec:
  start: 2026-03-02T09:00:00Z
  horizon: 5h
  fleet:
    - {name: staging, environment: staging, clusters: 2, pools: [{name: workers, nodes: 10, os: talos}]}
    - {name: prod, environment: prod, clusters: 20, pools: [{name: workers, nodes: 10, os: talos}]}
  gitops: {engine: flux, interval: 1m}
  changes:
    - name: sysctl
      at: 30m
      kind: config
      rollout:
        stages:
          - {name: staging, select: {environment: staging}, bake: 10m}
          - {name: prod, select: {environment: prod}, over: 20m}
      defect:
        trigger: {on: apply, after: {lognormal: {median: 20m, sigma: 0.25}, level: perEntity}}
        impairs: [{component: kubelet, to: down}]
        clearedBy: [revert]
  alerts:
    - {name: nodes-not-ready, expr: {nodes: bad, select: {environment: prod}, above: 1%}, for: 5m}
  remedies:
    - {name: revert, requires: [git]}
"""
base = Scenario.parse(TEXT, "first-outage")
run = base.run(seed=1)
run

# %% [markdown]
# ## What happened
#
# `run.timeline` tells an incident step by step. Nobody wrote these steps down in the scenario: the alert fires when its
# expression has been true for long enough, people answer when they have been paged, and the revert goes the way every commit
# goes.

# %%
for step in run.timeline.itertuples():
    print(f"{step.time:%H:%M:%S}  {step.note}")

# %%
run.plot.states();

# %% [markdown]
# All 220 nodes by state. The kubelets stop one after the other until the whole fleet is bad, and they all come back with one revert.

# %%
run.plot.rollout();

# %% [markdown]
# Why nothing stopped it: staging had ten minutes of bake time, nothing broke in them, and production followed. The defect takes about
# twenty minutes to show, so staging could not show it in time. **The rollout was over before the alert fired.**

# %%
run.plot.timeline();

# %% [markdown]
# The alert fires within minutes. Most of the outage is people: somebody must look, find the cause and decide. The revert is a commit
# like any other and is everywhere a few minutes after it was made.
#
# The next cell holds these sentences to what the run says. Every notebook here has such cells; if one of them fails, the text
# is wrong.

# %% tags=["hidden"]
incident = run.incidents.iloc[0]
assert run.metrics["blast_radius_nodes"] == 1.0
prod = run.stages.set_index("stage").loc["prod"]
assert len(run.nodes) == 220
assert prod["converged_at"] < incident["detected_at"]
assert prod["started_at"] < incident["began_at"]
assert incident["mttd_s"] < 15 * 60
assert incident["decide_s"] > 0.5 * incident["mttr_s"]
assert incident["recovered_at"] - incident["decided_at"] < 10 * 60

# %% [markdown]
# ## Turn the knobs
#
# The sliders make a new run of the same morning, with the same luck: only what you change is different. Try this, in this order:
#
# 1. Let staging bake for 60 minutes. Staging breaks before production has the commit. Does that help?
# 2. Now switch on the gate, which looks at the machines of the stage and reverts.
# 3. Go back to 10 minutes, with the gate on.


# %%
def morning(bake: int = 10, gate: bool = False) -> Scenario:
    """The same morning with another bake time (minutes), with or without a gate."""
    return base.with_settings(
        {
            "spec.changes[sysctl].rollout.stages[staging].bake": f"{bake}m",
            "spec.changes[sysctl].rollout.gate": {"badNodes": "5%", "action": "revert"} if gate else None,
        }
    )


def look(bake: int, gate: bool) -> None:
    """The blast radius of that morning."""
    morning(bake, gate).run(seed=1).plot.blast_radius()


interact(
    look,
    bake=IntSlider(60, 5, 120, 5, description="bake, min", continuous_update=False),
    gate=Checkbox(False, description="a gate looks"),
);

# %% [markdown]
# A page without a kernel can't slide, so here are the first two of the three, one after the other.

# %%
look(bake=60, gate=False)

# %%
look(bake=60, gate=True)

# %% [markdown]
# **A longer bake by itself changes nothing but the hour.** Staging was broken for all to see, and nobody looked: the alert of this
# scenario selects production. With the gate the same hour keeps production out of it, and most of staging too: the gate trips when
# more than 5 % of the twenty changed nodes are bad, which is at the second one. Two nodes are less than 1 % of the fleet.

# %% tags=["hidden"]
longer, gated = morning(60).run(seed=1), morning(60, gate=True).run(seed=1)
assert longer.metrics["blast_radius_nodes"] > 0.8 * run.metrics["blast_radius_nodes"]
assert gated.metrics["blast_radius_nodes"] == 2 / 220 < 0.01

# %% [markdown]
# ## One run is one throw of the dice
#
# A decision should not rest on it. `compare` makes the same twenty mornings under each plan and pairs them; the interval says how
# sure the difference is.

# %%
study = compare(
    base, morning(60), morning(60, True), names=["as it is", "bake 1 h", "bake 1 h, gate"],
    replications=20, metric="bad_node_hours", jobs=1,
)  # fmt: skip
study.differences.query("metric == 'bad_node_hours'")[["arm", "baseline", "value", "difference", "low", "high", "p_better"]]

# %%
study.plot.exposure();

# %% [markdown]
# Thick lines are the median of twenty mornings, bands hold 80 % of them. The hour of bake moves the outage to the right and makes it a
# little worse, in every one of the twenty mornings: staging is now broken for longer. The gate takes more than 99 % of the bad
# node-hours away. Its interval is wide because some mornings without it are very bad, when people took long to answer; but it is far
# from zero.

# %% tags=["hidden"]
table = study.differences.query("metric == 'bad_node_hours'").set_index("arm")
assert table.loc["bake 1 h, gate", "value"] < 0.01 * table.loc["bake 1 h, gate", "baseline"]
assert table.loc["bake 1 h, gate", "p_better"] == 1.0
assert table.loc["bake 1 h, gate", "high"] < 0
assert table.loc["bake 1 h", "low"] > 0 and table.loc["bake 1 h", "p_better"] == 0.0

# %% [markdown]
# ## Exercises
#
# Put your answer in place of the dots and run the cell. The checks compute the answer; they are folded away, so that you can find it
# first.
#
# 1. How many of the 22 clusters had bad nodes at some time of the first run (`run`)? The table `run.incidents` knows.
# 2. With the gate on and seed 1: what is the shortest bake time, in steps of five minutes, with which no node of production ever
#    gets bad? (Hint: the slider, or `morning(45, gate=True).run(seed=1).incidents`: does it name any cluster of production? The
#    function `production_hit(run)` below says it.)
# 3. The alert waits for five minutes (`for: 5m`). How many minutes earlier would it have fired, in the first run, with `for: 1m`?
#    The path for `with_settings` is `spec.alerts[nodes-not-ready].for`; `run.incidents["mttd_s"]` is in seconds. To the minute.


# %%
def production_hit(run) -> int:
    """How many nodes of production were ever bad."""
    nodes = run.nodes
    return int((nodes["fleet"].eq("prod") & nodes["bad_h"].gt(0)).sum())


production_hit(run)


# %% tags=["hidden"]
def check_1(clusters) -> str:
    """How many clusters were hit in the first run."""
    if clusters is ...:
        return "Put a number in place of the dots."
    if clusters == run.incidents["clusters_hit"].iloc[0]:
        return "Right: staging has two of them, and the rest is production."
    return "Not yet: look for the column clusters_hit of the first incident."


def check_2(minutes) -> str:
    """The shortest bake time that keeps production well."""
    if minutes is ...:
        return "Put a number in place of the dots."

    def spared(bake: int) -> bool:
        return production_hit(morning(bake, gate=True).run(seed=1)) == 0

    if minutes % 5 or not 5 <= minutes <= 120:
        return "Not yet: one of 5, 10, 15, ... 120."
    if not spared(minutes):
        return "Not yet: with this one nodes of production get bad. The gate needs something to see before staging is done."
    if minutes > 5 and spared(minutes - 5):
        return "Not yet: production stays well, but five minutes less would do."
    return "Right: by then more than 5 % of staging has broken, and the gate goes no further."


def check_3(minutes) -> str:
    """By how much earlier the alert fires."""
    if minutes is ...:
        return "Put a number in place of the dots."
    faster = base.with_settings({"spec.alerts[nodes-not-ready].for": "1m"}).run(seed=1)
    gained = (run.incidents["mttd_s"].iloc[0] - faster.incidents["mttd_s"].iloc[0]) / 60
    if abs(minutes - gained) <= 0.6:
        return "Right: what the alert waits for is what you wait for. Look how little that is beside what people need."
    return "Not yet: run base.with_settings({...}).run(seed=1) and compare the two values of mttd_s, in minutes."


# %%
check_1(...)

# %%
check_2(...)

# %%
check_3(...)

# %% [markdown]
# Next: [how long should a canary bake?](2-canary-bake.ipynb)
