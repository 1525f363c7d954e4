"""Any world, put together at random from all a scenario may say, runs and keeps what holds in every one."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.worlds import alert, fedora_coreos, flatcar, fleet, microos, mutable, talos, world

some = st.sampled_from
minutes = st.integers(1, 900).map(lambda n: f"{n}m")
reboots = some(
    [
        "rebootmgr",
        "immediate",
        "hand",
        "kured",
        "fluo",
        "fleetlock",
        "system-upgrade-controller",
        {"by": "kured", "drainTimeout": "10m", "lockTtl": "1h", "concurrency": 2},
        {"by": "locksmith", "strategy": "etcd-lock"},
        {"by": "system-upgrade-controller", "drain": True},
        {"by": "periodic", "windows": [{"days": ["mon", "wed"], "start": "22:00", "lasts": "4h"}]},
    ]
)
os = st.one_of(
    st.builds(
        lambda path, after, loader, watchdog: talos(
            upgrade={"path": path, "onFailure": after}, bootloader=loader, watchdog=watchdog
        ),
        some(["lifecycle", "legacy"]),
        some(["stop", "continue"]),
        some(["grub", "systemd-boot"]),
        some([None, "5m"]),
    ),
    st.builds(
        lambda method, checker, tu: microos(transactionalUpdate={"version": tu}, reboots=method, healthChecker=checker),
        reboots,
        some([{"bootloader": "bls"}, {"knownGood": False}, {}]),
        some(["5.0.0", "4.6.0"]),
    ),
    st.builds(
        lambda method, server, watchdog, engine: flatcar(
            reboots=method, server=server, watchdog=watchdog, updateEngine=engine
        ),
        reboots,
        some(["public", "disabled", {"maxUpdates": 1, "safeMode": True}, {"officeHours": True}]),
        some([None, "5m"]),
        some(["enabled", "masked"]),
    ),
    st.builds(
        lambda method, greenboot, sessions: fedora_coreos(reboots=method, greenboot=greenboot, sessions=sessions),
        reboots,
        some([None, {}, {"checksKubelet": True}]),
        some([0.0, 0.5]),
    ),
    st.builds(
        lambda method, runs: mutable(reboots=method, configuration=runs), reboots, some([None, {"interval": "1h"}])
    ),
)
component = some(
    [
        "boot.firmware",
        "boot.kernel",
        "boot.init",
        "disk",
        "kubelet",
        "network",
        "runtime",
        "api",
        "etcd",
        "dns",
        "git",
        "admission",
        "telemetry",
        "registry",
        "web",
    ]
)
cleared = st.lists(
    some(["revert", "rollback", "reboot", "replace", "hands", "restore", "isolate"]),
    min_size=1,
    max_size=4,
    unique=True,
)


@st.composite
def conditions(draw, fault: bool):
    """A defect or a fault."""
    parts = draw(st.lists(component, min_size=1, max_size=2, unique=True))
    impairs = [
        {"component": c, "to": draw(some(["down", "down", "degraded"])), "mode": draw(some(["fail", "hang"]))}
        for c in parts
    ]
    found = {"impairs": impairs, "clearedBy": draw(cleared), "probability": draw(some([1.0, 0.5]))}
    if draw(st.booleans()):
        found |= {"lasts": draw(minutes), "clearedBy": [*found["clearedBy"], "expiry"]}
    if fault:
        when = st.one_of(
            st.fixed_dictionaries({"at": minutes}),
            st.fixed_dictionaries({"rate": some(["1/d", "10/d"])}),
            st.fixed_dictionaries({"at": minutes, "every": minutes}),
        )
        found["trigger"] = draw(when)
    else:
        found["trigger"] = draw(st.one_of(some(["apply", "boot"]), st.fixed_dictionaries({"after": minutes})))
    return found


@st.composite
def changes(draw, number: int):
    """A change of any kind, along any rollout."""
    kind = draw(some(["config", "os-image", "package", "manual", "terraform", "secret"]))
    gate = {
        "badNodes": draw(some([0, "20%"])),
        "action": draw(some(["pause", "abort", "revert"])),
        "for": draw(some(["0s", "10m"])),
    }
    stage = {
        "over": draw(some(["0s", "2h"])),
        "bake": draw(some(["0s", "1h"])),
        "maxUnavailable": draw(some([None, 1, 2, "50%"])),
        "waves": draw(some([None, {"clusters": 1, "pause": "5m"}])),
    }
    stages = [{**stage, "select": {"cluster": "prod-0"}}, stage] if draw(st.booleans()) else [stage]
    found = {
        "name": f"change-{number}",
        "kind": kind,
        "at": draw(minutes),
        "rollout": {
            "stages": stages,
            **({"gate": gate} if draw(st.booleans()) else {}),
            **draw(some([{}, {}, {"withdrawAfter": "3h"}, {"promotion": {"by": "kargo"}}])),
        },
    }
    if kind == "os-image":
        found |= draw(some([{}, {}, {"barrier": True}, {"deadEnd": True}]))
    if kind == "manual":
        found |= {"file": draw(some([None, "/etc/app.conf", "/usr/bin/tool"]))}
    if kind in ("config", "secret"):
        found |= {
            "reboot": draw(st.booleans()),
            "removes": draw(some([False, False, True])),
            "applyMode": draw(some(["auto", "auto", "no-reboot", "reboot", "staged", "try"])),
            "file": draw(some([None, "/etc/app.conf"])),
        }
    if draw(st.booleans()):
        found["defect"] = draw(conditions(fault=False))
    return found


@st.composite
def remedy(draw, kind: str):
    """A remedy with what its kind allows."""
    found = {"name": kind, "requires": draw(some([[], [], ["git"], ["api"]])), "needsPeople": draw(st.integers(1, 2))}
    if kind not in ("pause", "revert"):
        found["order"] = draw(some([[], [{"cluster": "prod-1"}], [{"role": "worker"}, {"cluster": "prod-0"}]]))
    if kind == "replace":
        found["quota"] = draw(some([None, {"nodes": 2, "raisedAfter": "3h"}, {"nodes": 1}]))
    if kind == "break-glass":
        found["suspends"] = draw(st.booleans())
    return found


@st.composite
def specs(draw):
    """Everything else."""
    engine = draw(
        some(
            [
                {"engine": "push", "retries": 2},
                {
                    "engine": "flux",
                    "kustomizations": [
                        {"name": "infra", "wait": True},
                        {"name": "apps", "dependsOn": ["infra"]},
                    ],
                },
                {"engine": "flux", "helmReleases": [{"name": "chart", "retries": 1}]},
                {"engine": "argo-cd", "applications": [{"name": "apps", "selfHeal": True, "prune": True}]},
                {"engine": "argo-cd", "applications": [{"name": "apps", "waves": [{"name": "a", "health": ["dns"]}]}]},
                {"engine": "argo-cd", "version": "2.10", "rollingSync": {"steps": [{"maxUpdate": 1}]}},
                {"engine": "rancher-fleet", "batch": 1, "maxUnavailable": 1},
            ]
        )
    )
    nodes, replicas = draw(st.integers(1, 4)), draw(some([1, 3]))
    service = {
        "name": "web",
        "replicas": replicas,
        "pinned": replicas <= nodes and draw(st.booleans()),  # a pinned replica has a node of its own
        "pdb": {"maxUnavailable": draw(some([0, 1]))},
        "requires": [{"component": "dns", "cache": "20m"}],
    }
    kinds = ["revert", "rollback", "reboot", "replace", "hands", "restore", "break-glass", "pause", "app-rollback"]
    remedies = [draw(remedy(kind)) for kind in draw(st.permutations([*kinds, "isolate"]))[:4]]
    on_call = {
        "people": draw(st.integers(2, 3)),
        "workingHours": draw(some([None, {}, {"days": ["tue"], "start": "22:00", "lasts": "9h"}])),
        "fatigue": {"perPage": draw(some(["0%", "20%"]))},
        "misdiagnosis": {"probability": draw(some([0, 0.5]))},
    }
    return {
        "fleet": fleet(draw(os), nodes=nodes, clusters=2, control_plane=draw(some([0, 1, 3]))),
        "gitops": engine,
        "services": [service],
        "horizon": "3d",
        "changes": [draw(changes(k)) for k in range(draw(st.integers(1, 3)))],
        "faults": [{"name": f"fault-{k}", **draw(conditions(fault=True))} for k in range(draw(st.integers(0, 2)))],
        "alerts": [
            alert({"nodes": "bad"}, name="bad"),
            alert({"component": "web"}, name="web", requires=["telemetry"], severity=draw(some(["page", "ticket"]))),
        ],
        "onCall": on_call,
        "remedies": remedies,
    }


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(1, 100), spec=specs())
def test_any_world_runs_and_conserves_its_nodes(seed, spec):
    found = world(seed, **spec)  # which checks it
    for name in ("api", "web", "git"):
        lost = found.components.down(name)
        assert (lost.end > lost.begin).all()
    everyone = np.arange(found.layout.nodes)
    runs, boots = found.nodes.versions_at(everyone, found.horizon)
    known = len(found.nodes.versions)
    assert ((runs >= 0) & (runs < known) & (boots >= 0) & (boots < known)).all()
