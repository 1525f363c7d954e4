"""Talos: two upgrade paths, what reverts and what does not, configuration modes, etcd, access."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.worlds import (
    BOOT,
    DAY,
    HOUR,
    MINUTE,
    QUICK,
    UPGRADE,
    alert,
    applied,
    breaks,
    config,
    default,
    down,
    entered,
    fleet,
    history,
    image,
    out,
    path,
    power_cut,
    said,
    spans,
    state,
    talos,
    version,
    world,
)

LEGACY = talos(upgrade={"path": "legacy"})
#: One replica that may not be evicted.
STUBBORN = {"name": "db", "replicas": 1, "startup": "20s", "pdb": {"maxUnavailable": 0}}


def test_an_upgrade_takes_the_lifecycle_path_step_by_step():
    found = world(fleet=fleet(), changes=[image()])
    assert history(found, 0) == [
        (0.0, "UPDATING"),
        (120.0, "REBOOTING"),
        (220.0, "UNPROVEN"),
        (240.0, "READY"),
    ]
    assert version(found, 0, 239.0) == "v2" and version(found, 0, 219.0) == "1.0.0"


def test_a_legacy_upgrade_writes_the_slot_when_services_have_been_stopped():
    """Legacy sequence: drain, stop services, unmount, write, reboot. The node is out while it writes."""
    found = world(fleet=fleet(LEGACY), changes=[image()])
    assert history(found, 0) == [
        (0.0, "UPDATING"),
        (60.0, "REBOOTING"),
        (220.0, "UNPROVEN"),
        (240.0, "READY"),
    ]
    assert out(found) == [(0, 60.0, 240.0)]


# --- edge behaviours 1 to 7 -------------------------------------------------------------------------------


def test_edge_01_talos_keeps_a_version_whose_kubelet_fails_after_ready():
    """Automatic rollback covers boot and machined only; a kubelet failure stays on the new version."""
    found = world(fleet=fleet(), changes=[image(defect=breaks("kubelet"))])
    assert version(found, 0, DAY - 1) == "v2" and state(found, 0, DAY - 1) == "READY"
    assert spans(found.nodes_bad()) == [(0, 220.0, np.inf)]


@pytest.mark.parametrize("component", ["boot.init"])
def test_edge_01_talos_reverts_a_version_whose_machined_fails(component):
    """A fatal error in the machined sequence reverts after about 10 s and reboots the old slot."""
    found = world(fleet=fleet(), changes=[image(defect=breaks(component))])
    assert history(found, 0) == [
        (0.0, "UPDATING"),
        (120.0, "REBOOTING"),
        (220.0, "UNPROVEN"),
        (250.0, "REBOOTING"),
        (350.0, "REVERTED"),
    ]
    assert version(found, 0, DAY - 1) == default(found, 0, DAY - 1) == "1.0.0"


def test_edge_02_talos_drain_failure_leaves_new_image_default():
    """Talos 1.13: a drain that fails ends the command with the new image as default and the node cordoned."""
    found = world(fleet=fleet(), services=[STUBBORN], changes=[image()])
    assert path(found, 0) == ["UPDATING", "DRAINING", "CORDONED"]
    assert entered(found, 0, "CORDONED") == 120.0 + 5 * MINUTE
    assert version(found, 0, DAY - 1) == "1.0.0" and default(found, 0, DAY - 1) == "v2"


def test_edge_02_the_next_power_cut_is_the_upgrade():
    found = world(fleet=fleet(), services=[STUBBORN], changes=[image()], faults=[power_cut("6h", "1h")])
    assert version(found, 0, 6 * HOUR - 1) == "1.0.0"
    assert version(found, 0, DAY - 1) == "v2" and state(found, 0, DAY - 1) == "READY"


def test_edge_02_the_next_ordered_reboot_is_the_upgrade():
    found = world(fleet=fleet(), services=[STUBBORN], changes=[image(), config(at="6h", reboot=True)])
    assert version(found, 0, 6 * HOUR) == "1.0.0" and version(found, 0, DAY - 1) == "v2"


@pytest.mark.parametrize(("component", "ends"), [("boot.kernel", "FAILED"), ("boot.init", "REVERTED")])
@pytest.mark.parametrize("trigger", ["power-cut", "reboot"])
def test_edge_02_the_surprise_upgrade_may_be_a_defective_image(component, ends, trigger):
    later = {"faults": [power_cut("6h", "1h")]} if trigger == "power-cut" else {}
    changes = [image(defect=breaks(component))] + ([config(at="6h", reboot=True)] if trigger == "reboot" else [])
    found = world(fleet=fleet(), services=[STUBBORN], changes=changes, **later)
    assert state(found, 0, 6 * HOUR - 1) == "CORDONED"
    assert state(found, 0, DAY - 1) == ends and version(found, 0, DAY - 1) == "1.0.0"


def test_edge_02_one_failed_drain_ends_the_command_for_every_node_it_names():
    """All listed nodes are drained before any is rebooted; all stay cordoned with the new default."""
    one_node = {**STUBBORN, "replicas": 1}
    found = world(fleet=fleet(nodes=3), services=[one_node], changes=[image(maxUnavailable=3)])
    assert [state(found, n, DAY - 1) for n in range(3)] == ["CORDONED"] * 3
    assert [default(found, n, DAY - 1) for n in range(3)] == ["v2"] * 3
    assert [version(found, n, DAY - 1) for n in range(3)] == ["1.0.0"] * 3


def test_edge_03_a_stuck_image_takes_70_minutes_before_it_reverts():
    found = world(fleet=fleet(), changes=[image(defect=breaks("boot.init", mode="hang"))])
    assert entered(found, 0, "REVERTED") == 220.0 + 70 * MINUTE + 10.0 + 100.0


def test_edge_03_a_stuck_surprise_upgrade_takes_70_minutes_as_well():
    found = world(
        fleet=fleet(),
        services=[STUBBORN],
        faults=[power_cut("6h", "1h")],
        changes=[image(defect=breaks("boot.init", mode="hang"))],
    )
    assert entered(found, 0, "REVERTED") == 7 * HOUR + 100.0 + 70 * MINUTE + 10.0 + 100.0


def test_edge_04_a_budget_blocks_the_lifecycle_path_and_only_delays_the_legacy_one():
    """Same cluster, same budget, different version, different outage."""
    new = world(fleet=fleet(), services=[STUBBORN], changes=[image()])
    old = world(fleet=fleet(LEGACY), services=[STUBBORN], changes=[image()])
    assert version(new, 0, DAY - 1) == "1.0.0" and down(new, "db") == []
    assert version(old, 0, DAY - 1) == "v2"
    stopped = 60.0 + 5 * MINUTE
    assert entered(old, 0, "DRAINING") == 60.0 and entered(old, 0, "REBOOTING") == stopped
    # The pod that could not be evicted goes down with its node.
    assert down(old, "db") == [(0, stopped, stopped + 60.0 + BOOT)]


def test_edge_05_all_control_planes_together_lose_the_quorum():
    """Nothing in the lifecycle path protects etcd."""
    together = world(fleet=fleet(nodes=0, control_plane=3), changes=[image(maxUnavailable=3)])
    in_turn = world(fleet=fleet(nodes=0, control_plane=3), changes=[image(maxUnavailable=1)])
    ((cluster, begin, end),) = down(together, "api")
    assert (cluster, begin) == (0, 120.0)
    assert 0.0 < end - UPGRADE < 2.0  # a leader is elected first
    assert down(in_turn, "api") == []


def test_edge_05_two_members_are_worse_than_one():
    """The quorum of two is two: an upgrade in turn takes it away twice."""
    one = world(fleet=fleet(nodes=0, control_plane=1), changes=[image()])
    two = world(fleet=fleet(nodes=0, control_plane=2), changes=[image()])
    assert len(down(one, "etcd")) == 1 and len(down(two, "etcd")) == 2


def test_edge_06_try_mode_takes_a_configuration_back_after_a_minute():
    found = world(fleet=fleet(), changes=[config(applyMode="try", defect=breaks("kubelet"))])
    at = applied(found)[0]
    assert spans(found.nodes_bad()) == [(0, at, at + 60.0)]


EXPIRED = talos(pki={"clientCertificateAge": "364d12h"})


def test_edge_07_a_fleet_built_on_one_day_loses_access_on_one_day():
    """Client certificates last a year and nobody renews them by default; the clusters run on."""
    found = world(fleet=fleet(EXPIRED, nodes=2, clusters=3), services=[{"name": "web"}])
    assert down(found, "access") == [(c, DAY / 2, DAY) for c in range(3)]
    assert down(found, "web") == [] and out(found) == []
    assert [(e.at, e.count) for e in said(found, "access lost")] == [(DAY / 2, 3)]


def test_edge_07_renewed_certificates_do_not_expire():
    found = world(fleet=fleet(talos(pki={"clientCertificateAge": "364d12h", "renewed": True})))
    assert down(found, "access") == []


def test_edge_07_a_remedy_that_needs_access_waits_and_says_so():
    found = world(
        fleet=fleet(EXPIRED),
        onCall=QUICK,
        alerts=[alert({"nodes": "bad"})],
        remedies=[{"name": "rollback", "requires": ["access"]}],
        changes=[image(at="13h", defect=breaks("kubelet"))],
    )
    (attempt,) = found.incidents[0].attempts
    assert attempt.waited_for == "access" and np.isnan(attempt.started_at)
    assert [e.note for e in said(found, "remedy waits")] == ["for access"]
    assert found.nodes_bad().end[0] == np.inf


# --- configuration ----------------------------------------------------------------------------------------


def test_auto_applies_at_once_and_reboots_only_if_the_change_needs_it():
    plain = world(fleet=fleet(), changes=[config(defect=breaks("kubelet"))])
    assert out(plain) == [(0, applied(plain)[0], np.inf)] and history(plain, 0) == []
    reboots = world(fleet=fleet(), changes=[config(reboot=True)])
    at = applied(reboots)[0]
    assert history(reboots, 0) == [(at, "REBOOTING"), (at + 100.0, "UNPROVEN"), (at + BOOT, "READY")]


def test_mode_reboot_reboots_in_any_case():
    found = world(fleet=fleet(), changes=[config(applyMode="reboot")])
    assert entered(found, 0, "REBOOTING") == applied(found)[0]


def test_no_reboot_refuses_a_change_that_needs_one():
    refused = world(fleet=fleet(), changes=[config(applyMode="no-reboot", reboot=True, defect=breaks("kubelet"))])
    assert history(refused, 0) == [] and out(refused) == []
    assert "refused" in said(refused, "machine config")[0].note
    taken = world(fleet=fleet(), changes=[config(applyMode="no-reboot", defect=breaks("kubelet"))])
    assert out(taken) == [(0, applied(taken)[0], np.inf)]


def test_staged_waits_for_the_next_boot():
    found = world(
        fleet=fleet(),
        faults=[power_cut("6h", "1h")],
        changes=[config(applyMode="staged", defect=breaks("kubelet"))],
    )
    assert spans(found.nodes_impaired()) == [(0, 7 * HOUR + 100.0, np.inf)]


def test_staged_that_is_reverted_before_the_boot_never_bites():
    found = world(
        fleet=fleet(nodes=2),
        onCall=QUICK,
        alerts=[alert({"nodes": "bad"})],
        faults=[power_cut("1h", "30m", when={"pool": "workers"}), power_cut("12h", "30m", name="second")],
        changes=[config(applyMode="staged", defect=breaks("kubelet", clearedBy=["revert"]))],
    )
    reverted = said(found, "revert applied")[0].at
    assert reverted < 12 * HOUR
    assert all(end <= reverted for _, _, end in spans(found.nodes_impaired()))


def test_staged_in_two_stages_waits_in_both():
    """What waits in the first stage still waits when the second has come."""
    entries = fleet() + [{**fleet()[0], "name": "late", "environment": "late"}]
    change = {
        "name": "conf",
        "applyMode": "staged",
        "defect": breaks("kubelet"),
        "rollout": {"stages": [{"select": {"environment": "prod"}, "bake": "1h"}, {"select": {"environment": "late"}}]},
    }
    found = world(fleet=entries, faults=[power_cut("6h", "1h")], changes=[change])
    assert {node for node, *_ in spans(found.nodes_impaired())} == {0, 1}


def test_a_staged_configuration_may_kill_the_machine_at_its_next_boot():
    found = world(
        fleet=fleet(),
        faults=[power_cut("6h", "1h")],
        changes=[config(applyMode="staged", defect=breaks("boot.kernel"))],
    )
    assert state(found, 0, 5 * HOUR) == "READY" and state(found, 0, DAY - 1) == "FAILED"


def test_a_revert_of_what_needed_a_reboot_needs_one_too():
    found = world(
        fleet=fleet(),
        onCall=QUICK,
        alerts=[alert({"nodes": "bad"})],
        changes=[config(reboot=True, defect=breaks("kubelet", clearedBy=["revert"]))],
    )
    back = said(found, "revert applied")[0].at
    assert path(found, 0).count("REBOOTING") == 2
    assert spans(found.nodes_impaired()) == [(0, applied(found)[0] + BOOT, back + BOOT)]


# --- etcd -------------------------------------------------------------------------------------------------


def test_legacy_refuses_a_two_member_etcd():
    found = world(fleet=fleet(LEGACY, nodes=1, control_plane=2), changes=[image()])
    assert [version(found, n, DAY - 1) for n in range(3)] == ["1.0.0", "1.0.0", "v2"]
    assert said(found, "refused")[0].count == 2


def test_legacy_refuses_while_a_member_is_unhealthy():
    cut = power_cut("1h", "20h", when={"cluster": "prod-0", "role": "control-plane"}, probability=0.4)
    seed = next(
        s
        for s in range(1, 50)
        if 0
        < len(world(s, fleet=fleet(LEGACY, nodes=0, control_plane=3, clusters=2), faults=[cut]).nodes.out_of_service())
        < 3
    )
    found = world(
        seed,
        fleet=fleet(LEGACY, nodes=0, control_plane=3, clusters=2),
        faults=[cut],
        changes=[image(at="2h")],
    )
    assert [version(found, n, DAY - 1) for n in range(6)] == ["1.0.0"] * 3 + ["v2"] * 3


@pytest.mark.parametrize("upgrade", [{"path": "legacy", "force": True}, {"path": "lifecycle"}])
def test_force_and_the_lifecycle_path_take_no_look_at_etcd(upgrade):
    found = world(fleet=fleet(talos(upgrade=upgrade), nodes=0, control_plane=2), changes=[image()])
    assert [version(found, n, DAY - 1) for n in range(2)] == ["v2", "v2"]


# --- what breaks at which stage ---------------------------------------------------------------------------


@pytest.mark.parametrize("path_", ["lifecycle", "legacy"])
@pytest.mark.parametrize(
    ("component", "mode", "bootloader", "watchdog", "ends"),
    [
        ("boot.firmware", "fail", "grub", "5m", "FAILED"),
        ("disk", "fail", "grub", "5m", "FAILED"),
        ("boot.kernel", "fail", "grub", None, "REVERTED"),  # GRUB has a fallback entry
        ("boot.kernel", "fail", "systemd-boot", None, "FAILED"),  # no boot counter was found
        ("boot.kernel", "hang", "grub", None, "FAILED"),  # stands still until somebody comes
        ("boot.kernel", "hang", "grub", "5m", "REVERTED"),  # the watchdog resets it, GRUB falls back
        ("boot.kernel", "hang", "systemd-boot", "5m", "FAILED"),  # reset again and again
        ("boot.init", "fail", "systemd-boot", None, "REVERTED"),
        ("boot.init", "hang", "systemd-boot", None, "REVERTED"),
        ("kubelet", "fail", "systemd-boot", None, "READY"),  # Ready for machined: nothing rolls back
    ],
)
def test_what_fails_at_a_stage_decides_what_rolls_back(path_, component, mode, bootloader, watchdog, ends):
    os = talos(upgrade={"path": path_}, bootloader=bootloader, **({"watchdog": watchdog} if watchdog else {}))
    found = world(fleet=fleet(os), changes=[image(defect=breaks(component, mode=mode))])
    assert state(found, 0, DAY - 1) == ends
    assert version(found, 0, DAY - 1) == ("v2" if ends == "READY" else "1.0.0")


def test_the_watchdog_adds_its_time_to_a_hang():
    failed = world(fleet=fleet(talos(bootloader="grub", watchdog="5m")), changes=[image(defect=breaks("boot.kernel"))])
    hangs = world(
        fleet=fleet(talos(bootloader="grub", watchdog="5m")),
        changes=[image(defect=breaks("boot.kernel", mode="hang"))],
    )
    assert entered(hangs, 0, "REVERTED") - entered(failed, 0, "REVERTED") == 5 * MINUTE


def test_panic_0_stays_down():
    """panic=0 on the kernel command line means no reboot at all."""
    found = world(fleet=fleet(talos(panicReboots=False)), changes=[image(defect=breaks("boot.init"))])
    assert state(found, 0, DAY - 1) == "FAILED"


def test_kexec_skips_the_firmware_but_not_after_the_power_was_off():
    kexec = fleet(talos(rebootMode="default"))
    ordered = world(fleet=kexec, changes=[image()])
    assert entered(ordered, 0, "UNPROVEN") == pytest.approx(120.0 + 0.23 * 100.0)
    cut = world(fleet=kexec, faults=[power_cut("1h", "1h")])
    assert entered(cut, 0, "UNPROVEN") == pytest.approx(2 * HOUR + 100.0)


# --- failures in the middle -------------------------------------------------------------------------------

LEGACY_DRAINS = {"name": "web", "replicas": 1}


@pytest.mark.parametrize(
    ("path_", "second", "ends"),
    [
        ("lifecycle", 30, "again"),
        ("lifecycle", 119, "again"),  # pulling and writing
        ("lifecycle", 122, "v2"),  # draining: the new slot is the default already
        ("lifecycle", 130, "v2"),
        ("lifecycle", 230, "v2"),  # rebooting, proving
        ("legacy", 30, "again"),
        ("legacy", 62, "again"),
        ("legacy", 90, "again"),  # pulling, draining, writing
        ("legacy", 130, "v2"),
        ("legacy", 235, "v2"),
    ],
)
def test_a_power_cut_at_any_step_boots_old_before_the_install_and_new_after(path_, second, ends):
    found = world(
        fleet=fleet(talos(upgrade={"path": path_})),
        services=[LEGACY_DRAINS],
        changes=[image()],
        faults=[power_cut(f"{second}s", "1h")],
    )
    back = second + HOUR + BOOT
    assert state(found, 0, second) == "FAILED"
    assert version(found, 0, back) == ("v2" if ends == "v2" else "1.0.0")
    # What was interrupted before it was installed is done again.
    assert version(found, 0, DAY - 1) == "v2" and state(found, 0, DAY - 1) == "READY"
    assert path(found, 0).count("UPDATING") == (2 if ends == "again" else 1)


@pytest.mark.parametrize("second", [130, 225, 260])
def test_a_power_cut_while_a_bad_image_boots_or_reverts_ends_on_the_old_version(second):
    found = world(fleet=fleet(), changes=[image(defect=breaks("boot.init"))], faults=[power_cut(f"{second}s", "1h")])
    assert version(found, 0, DAY - 1) == "1.0.0" and state(found, 0, DAY - 1) in ("READY", "REVERTED")
    assert path(found, 0).count("UPDATING") == 1, "whoever drives it does not try again by itself"


def test_a_dead_machine_is_not_brought_back_by_an_update():
    found = world(
        fleet=fleet(nodes=2),
        changes=[image(at="2h")],
        faults=[{"name": "fire", "trigger": {"at": "1h"}, "clearedBy": ["replace"], **breaks("disk")}],
    )
    assert [state(found, n, DAY - 1) for n in range(2)] == ["FAILED"] * 2
    assert [version(found, n, DAY - 1) for n in range(2)] == ["1.0.0"] * 2


def test_a_pool_stops_after_a_node_that_reverted():
    bad = image(defect=breaks("boot.init"))
    stops = world(fleet=fleet(nodes=3), changes=[bad])
    goes_on = world(fleet=fleet(talos(upgrade={"onFailure": "continue"}), nodes=3), changes=[bad])
    assert [state(stops, n, DAY - 1) for n in range(3)] == ["REVERTED", "READY", "READY"]
    assert [state(goes_on, n, DAY - 1) for n in range(3)] == ["REVERTED"] * 3


def test_staged_after_an_upgrade_waits_for_the_next_boot_not_for_the_last():
    found = world(fleet=fleet(), changes=[image(), config(at="2h", applyMode="staged", defect=breaks("kubelet"))])
    assert state(found, 0, HOUR) == "READY" and out(found)[1:] == []


def test_staged_before_an_upgrade_bites_with_it():
    found = world(fleet=fleet(), changes=[config(applyMode="staged", defect=breaks("kubelet")), image(at="2h")])
    assert [begin for _, begin, _ in spans(found.nodes_impaired())] == [2 * HOUR + 220.0]
