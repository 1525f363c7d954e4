# %% [markdown]
# # 4. One hub, or an agent in each cluster?
#
# **Question: from 10 to 500 clusters, when does one central Argo CD become the thing that everybody waits for, and what does it cost when
# it is away?**
#
# Run time: about 10 s.

# %%
import matplotlib.pyplot as plt
from matplotlib.ticker import FixedLocator, NullLocator

from simulator import Scenario, compare, sweep
from simulator.results.plots import style

# %% [markdown]
# ## How it grows
#
# Every cluster has 25 applications and an ingress. A commit changes what all applications share; five minutes later a fix of the ingress
# is merged. The controllers of a hub talk to all API servers through one client with a rate (50 requests a second by default, about 12
# requests for the sync of an application; `paddock explain scenario.gitops` names the sources).

# %%
TEXT = """
apiVersion: paddock/v1alpha1
kind: Scenario
metadata: {name: hub, title: One hub for so many clusters}
spec:
  start: 2026-03-02T09:00:00Z
  horizon: 8h
  fleet:
    - {name: prod, clusters: 10, pools: [{name: workers, nodes: 3}]}
  gitops:
    engine: argo-cd
    webhook: true
    compare: 500ms
    apply: 500ms
    applications:
      - {name: apps, perCluster: 25}
      - {name: ingress}
    controllers: {cpus: 8}
  changes:
    - {name: base-chart, at: 30m, via: apps}
    - {name: fix, at: 35m, via: ingress}
variants:
  - name: ten-shards
    patch: {spec: {gitops: {controllers: {shards: 10}}}}
  - name: agents
    patch: {spec: {gitops: {topology: per-cluster, controllers: {cpus: 1}}}}
"""
hub = Scenario.parse(TEXT, "hub")
CLUSTERS = "spec.fleet[prod].clusters"
SIZES = [10, 25, 50, 100, 200, 500]
plans = {"one hub": hub, "hub, ten shards": hub.variant("ten-shards"), "agent in each cluster": hub.variant("agents")}
grown = {name: sweep(plan, {CLUSTERS: SIZES}, replications=2, metric="convergence_max", jobs=1) for name, plan in plans.items()}
minutes = {name: study.points.set_index(CLUSTERS)["mean"] / 60 for name, study in grown.items()}

with style():
    _, ax = plt.subplots(figsize=(10, 4.8))
    for (name, line), color in zip(minutes.items(), ("#0072B2", "#56B4E9", "#009E73"), strict=True):
        ax.plot(line.index, line, "o-", lw=2, color=color)
        ax.annotate(name, (500, line[500]), xytext=(10, 0), textcoords="offset points", va="center", color=color)
    ax.set(xscale="log", yscale="log", xlim=(9, 1500), xlabel="clusters", ylabel="until the last cluster has it, min")
    ax.xaxis.set_major_locator(FixedLocator(SIZES))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xticks(SIZES, [str(n) for n in SIZES])
    ax.set_yticks([0.2, 1, 5, 15, 60], ["0.2", "1", "5", "15", "60"])
    ax.grid()
    ax.set_title("A commit to 25 applications in every cluster")

# %% [markdown]
# The hub's line is straight on logarithmic axes: **twice the clusters, twice the time**, because one client makes all requests. With
# ten clusters it takes a minute, which nobody minds; with 500 it takes 51 minutes. Ten shards have ten clients, and are faster by
# a factor of four to five, not ten: now they wait for the eight processors of their machine. Agents do not know how many of them there are.
#
# Nothing here is random (webhooks call the controllers, and no poll is waited for), so two runs are the same and need no interval.

# %% tags=["hidden"]
one, ten, each = (minutes[name] for name in plans)
assert round(one[10]) == 1 and round(one[500]) == 51
assert abs(one[200] / one[100] - 2) < 0.05
assert all(4 < one[n] / ten[n] < 5 for n in SIZES)
assert each[10] == each[500] < 0.25
assert all((study.points["p10"] == study.points["p90"]).all() for study in grown.values())

# %% [markdown]
# ## Who waits behind whom
#
# The fix of the ingress is one small application in each cluster. In the hub it stands in the same queue as the 25 others.

# %%
big = {name: plan.with_settings({CLUSTERS: 500}).run(seed=1).changes.set_index("change") for name, plan in plans.items()}
{name: f"{table.loc['fix', 'convergence_max_s']:.0f} s" for name, table in big.items()}

# %% [markdown]
# Five minutes after the chart most of the hub's work is still to be done, so the urgent fix waits for three quarters of an hour. That is
# the number to look at, more than the convergence of the chart itself.

# %% tags=["hidden"]
assert 40 < big["one hub"].loc["fix", "convergence_max_s"] / 60 < 50
assert big["agent in each cluster"].loc["fix", "convergence_max_s"] < 60

# %% [markdown]
# ## When the hub is away
#
# A hub is also one thing that can be down. A month with eight commits a day; on each hub, something takes it down twice a month on average,
# for four hours in the median (both our assumptions: put in your own). Nobody looks. The agents run in the clusters and have no hub to lose;
# they have failures of their own, each of which hits one cluster, and those are not in this model.

# %%
month = hub.with_settings(
    {
        CLUSTERS: 40,
        "spec.horizon": "30d",
        "spec.changes": [{"name": "commits", "at": "1h", "repeat": {"every": "3h", "times": 235}}],
        "spec.gitops.applications": [{"name": "apps"}],
        "spec.faults": [
            {
                "name": "hub-gone",
                "trigger": {"rate": "24/y"},
                "lasts": {"lognormal": {"median": "4h", "sigma": 0.8}, "level": "perEvent"},
                "impairs": [{"component": "hub"}],
            }
        ],
    }
)
agents = month.with_settings({"spec.gitops.topology": "per-cluster", "spec.gitops.controllers.cpus": 1})
study = compare(month, agents, names=["one hub", "agents"], replications=30, metric="unknown_cluster_hours", jobs=1)
study.differences.query("metric in ('unknown_cluster_hours', 'convergence_p95', 'convergence_max')")[
    ["metric", "unit", "baseline", "value", "difference", "low", "high", "p_better", "ties"]
]

# %%
study.plot.difference();

# %% [markdown]
# Each dot is a month. In two of thirty nothing happened to the hub and both plans are equal (ties); in the others it was away, and for all
# 40 clusters at once: nobody could say whether they were as declared, and no commit arrived. The mean hides that; look at the dots.
#
# So the hub costs waiting that grows with the fleet, and a common cause. What do agents cost? Work that grows with the fleet too: 500 of
# them to upgrade (each upgrade is a rollout of its own, see notebook 6), 500 processors here instead of 8, and no one place to look at.
# Between the two lie shards, and a hub for each region.

# %% tags=["hidden"]
rows = study.differences.set_index("metric")
assert rows.loc["unknown_cluster_hours", "value"] == 0
assert round(rows.loc["unknown_cluster_hours", "ties"] * 30) == 2
assert rows.loc["unknown_cluster_hours", "high"] < 0

# %% [markdown]
# ## Exercises
#
# 1. A commit to all applications shall be everywhere within ten minutes. For how many clusters is one hub enough, to the nearest ten?
#    (The line is straight: one run and a division will do.)
# 2. The rate of the client can be raised: `spec.gitops.controllers.clientQps` (and `clientBurst`, twice as much). With 500 clusters and 150
#    requests a second, how many minutes does the chart take on one hub? To the minute.
# 3. On ten shards, does it help the 500 clusters more to double the processors (`spec.gitops.controllers.cpus: 16`) or the rate of the
#    client (`clientQps: 100`)? Answer `"cpus"` or `"clientQps"`.


# %%
def chart(plan: Scenario, **controllers: float) -> float:
    """Minutes until 500 clusters have the chart, with other settings of the controllers."""
    settings = {f"spec.gitops.controllers.{name}": value for name, value in controllers.items()}
    run = plan.with_settings({CLUSTERS: 500, **settings}).run(seed=1)
    return run.changes.set_index("change").loc["base-chart", "convergence_max_s"] / 60


float(round(chart(hub), 1))


# %% tags=["hidden"]
def check_1(clusters) -> str:
    """How many clusters one hub serves within ten minutes."""
    if clusters is ...:
        return "Put a number in place of the dots."
    if abs(clusters - 10 / (one[500] / 500)) <= 6:
        return "Right. How many would it be with 75 applications in each?"
    return "Not yet: divide ten minutes by the minutes that one cluster adds."


def check_2(found) -> str:
    """Minutes with a higher client rate."""
    if found is ...:
        return "Put a number in place of the dots."
    if abs(found - chart(hub, clientQps=150, clientBurst=300)) <= 0.6:
        return "Right: three times the rate, a third of the time. At which rate would the processors become the limit?"
    return "Not yet: chart(hub, ...) takes both settings."


def check_3(which) -> str:
    """What ten shards wait for."""
    if which is ...:
        return 'Put "cpus" or "clientQps" in place of the dots.'
    sharded = plans["hub, ten shards"]
    better = "cpus" if chart(sharded, cpus=16) < chart(sharded, clientQps=100, clientBurst=200) else "clientQps"
    if which == better:
        return "Right: raise what is waited for. The other does nothing at all."
    return 'Not yet: try both with chart(hub.variant("ten-shards"), ...).'


# %%
check_1(...)

# %%
check_2(...)

# %%
check_3(...)

# %% [markdown]
# Next: [what did the alert rules cost us?](5-alert-rules.ipynb)
