"""The whole chain on a real engine, with the smallest lab that has everything."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from labs.runner import engine
from tests.labs.learners import TINY

pytestmark = pytest.mark.engine


def test_a_learner_from_start_to_stop(learner):
    said = learner("start", TINY, "--seed", 7)
    assert "Serve the word" in said
    status = learner.json("status")["running"][0]
    assert (status["seed"], status["machines"]) == (7, {"peer": "running", "web": "running"})
    assert "is running" in learner("start", TINY, code=2)

    checked = learner.json("check", code=1)
    assert checked["outcome"] == "fail"
    by_id = {criterion["id"]: criterion for criterion in checked["criteria"]}
    assert (by_id["word"]["passed"], by_id["state"]["passed"]) == (False, True)
    word = by_id["word"]["wanted"]
    assert word in said
    assert "Look at what is served" in learner("hint") and "Hint 2 of 2" in learner("hint")

    said = learner("show")
    assert word in said and "(step 1 of 2)" in said and "(step 2 of 2)" not in said
    learner.sh("web", f"echo {word} >/srv/word")
    said = learner("check")
    assert "passed" in said and "as a fresh machine" in said
    assert "(step 2 of 2)" in learner("show", "tiny") and "(step 1 of 2)" in learner("show", "1")
    assert learner.json("status")["running"][0]["machines"]["peer"] == "exited"
    assert re.search(r"^tiny +10/40 +1/2 +[0-9-]{10} +running$", learner("report"), re.MULTILINE)

    learner("machine", "tiny", "start", "peer")
    assert learner.json("check", code=1)["criteria"][1] == {
        **learner.json("check", code=1)["criteria"][1], "id": "fresh", "passed": False,
    }  # fmt: skip
    learner("solve")
    assert "running, assisted" in learner("report")
    assert "10 of 40 points" in learner("check") and "— The end —" in learner("show")
    assert "paddock lab show tiny finish" in learner("check")
    attempt = json.loads(learner("report", "--format", "json"))["attempts"][0]
    assert (attempt["points"], attempt["assisted"]) == (10, True)
    assert attempt["steps"][0]["hints"] == 2

    said = learner("reset", "tiny", "--quiet")
    assert "seed 7" in said
    assert learner.json("status")["running"][0]["points"] == 0
    learner("check", code=1)
    learner("stop")
    assert learner.objects() == []
    assert "no lab is running" in learner("check", code=2)


def test_the_last_step_is_not_the_end_while_an_earlier_one_is_open(learner):
    learner("start", TINY, "--quiet")
    learner("solve", "--step", 2)
    said = learner("check", "--step", 2)
    assert "(step 1 of 2)" in said and "All steps passed" not in said
    learner("solve", "--step", 1)
    assert "All steps passed: 0 of 40 points" in learner("check")


def test_doctor_says_what_it_tries_and_fits_a_narrow_terminal(learner):
    learner.environment["COLUMNS"] = "60"
    process = learner.start("doctor")
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0 and "trying nftables ..." in err
    assert "  - nftables: " in out and max(map(len, out.splitlines())) <= 60


def test_hidden_values_reach_judges_only(learner):
    learner("start", TINY, "--quiet")
    assert "PADDOCK_TICKET" not in learner.sh("web", "env") and "PADDOCK_WORD" in learner.sh("web", "env")
    evidence = learner.json("check", "--evidence", code=1)["evidence"]
    assert len(evidence["values"]["ticket"]) == 12
    assert evidence["start"]["engine"]["web"]["id"] == evidence["engine"]["web"]["id"]


def test_a_machine_that_is_switched_off_fails_and_one_that_is_gone_gives_no_verdict(learner):
    learner("start", TINY, "--quiet")
    learner("machine", "tiny", "stop", "web")
    assert "peer, web (exited)" in learner("status")
    assert learner.json("check", code=1)["outcome"] == "fail"
    (name,) = [name for name in learner.objects() if name.endswith("-web-1")]
    engine.client().containers.get(name).remove(force=True)
    checked = learner.json("check", code=5)
    assert checked["outcome"] == "error" and "web is gone" in checked["reason"]
    assert json.loads(learner("report", "--format", "json"))["attempts"][0]["steps"][0]["checks"] == 1


def test_a_lab_whose_folder_is_gone_can_be_stopped(learner, tmp_path):
    folder = Path(shutil.copytree(TINY, tmp_path / "tiny"))
    learner("start", folder, "--quiet")
    assert learner.json("status", folder)["running"][0]["steps"] == 2
    folder.rename(tmp_path / "elsewhere")
    assert f"the folder of tiny is gone: {folder}" in learner("check", code=2)
    assert learner.json("status")["running"][0]["machines"] == {"peer": "running", "web": "running"}
    learner("stop")
    assert learner.objects() == []


def test_of_a_lab_and_a_machine_the_lab_may_be_left_out(learner):
    learner("start", TINY, "--quiet")
    for words in ((), ("tiny",), ("web",), ("tiny", "web")):
        learner("shell", *words)
    assert "there is no lab 'wev'" in learner("shell", "wev", code=2)
    assert "It has web, peer." in learner("shell", "tiny", "wev", code=2)


def test_a_machine_beside_another_one_follows_it(learner, tmp_path):
    folder = tmp_path / "tiny"
    shutil.copytree(TINY, folder)
    text = (folder / "compose.yaml").read_text()
    (folder / "compose.yaml").write_text(text.replace("  peer:\n", "  peer:\n    network_mode: service:web\n"))
    learner("start", folder, "--quiet")
    said = learner("machine", "tiny", "disconnect", "peer", code=2)
    assert "no network of its own" in said and "disconnect web" in said
    learner("machine", "tiny", "replace", "web")
    assert learner.json("status")["running"][0]["machines"] == {"web": "running"}
    assert "replace peer" in learner("machine", "tiny", "start", "peer", code=5)
    learner("machine", "tiny", "replace", "peer")
    assert learner.json("status")["running"][0]["machines"] == {"peer": "running", "web": "running"}


@pytest.mark.parametrize(
    ("observer", "said"),
    [
        ("sleep 60", "was not done after 2 s"),
        ("exit 3", "ended with code 3"),
        ("echo hello", "printed no JSON"),
        ("echo 1", "one JSON object"),
    ],
)
def test_an_observer_that_cant_look_gives_no_verdict(learner, tmp_path, observer, said):
    folder = Path(shutil.copytree(TINY, tmp_path / "tiny"))
    (folder / "step1" / "observe.sh").write_text(observer)
    spec = folder / "lab.yaml"
    spec.write_text(spec.read_text().replace("{points: 10}", "{points: 10, timeout: 2}"))
    learner("start", folder, "--quiet")
    checked = learner.json("check", code=5)
    assert said in checked["reason"]


def test_two_attempts_at_once_do_not_meet(learners):
    one, two = learners(), learners()
    processes = [learner.start("start", TINY, "--quiet") for learner in (one, two)]
    assert [process.wait(120) for process in processes] == [0, 0]
    word = one.json("check", code=1)["criteria"][0]["wanted"]
    one.sh("web", f"echo {word} >/srv/word")
    assert one.json("check")["outcome"] == "pass"
    assert two.json("check", code=1)["outcome"] == "fail"
    one("stop", "--all")
    assert one.objects() == [] and two.json("check", code=1)["outcome"] == "fail"


@pytest.mark.parametrize(
    ("number", "after"),
    [
        (signal.SIGINT, 0.5), (signal.SIGINT, 1.5), (signal.SIGINT, 2.2), (signal.SIGINT, 3.0),
        (signal.SIGTERM, 1.8), (signal.SIGTERM, 2.6),
    ],
)  # fmt: skip
def test_an_interrupt_at_any_moment_leaves_nothing(learner, number, after):
    learner("build", TINY)
    process = learner.start("start", TINY, "--quiet")
    time.sleep(after)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    if "Traceback" in err:  # Python itself was still starting, and nothing of ours was there to hear it
        assert "labs" not in err and "simulator" not in err, err
    else:
        assert process.returncode in (0, 130, -number), err  # -number: before Python could ask for anything else
    if learner.json("status")["running"]:  # it was done before, and only its texts were cut short
        learner("stop", "tiny")
    assert learner.objects() == []


def test_what_a_killed_runner_leaves_is_swept_by_the_next_command(learner):
    learner("build", TINY)
    process = learner.start("start", TINY, "--quiet")
    deadline = time.monotonic() + 60
    while not any("-web-" in name for name in learner.objects()) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.kill()
    process.communicate()
    time.sleep(2)  # compose itself, which nobody killed, comes to its end
    assert learner.objects() != []
    learner("list")
    assert learner.objects() == []
    learner("start", TINY, "--quiet")


def test_an_interrupted_check_costs_nothing(learner):
    learner("start", TINY, "--quiet")
    before = learner.objects()
    process = learner.start("check")
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert sorted(learner.objects()) == sorted(before)
    learner("check", code=1)


def test_an_attempt_that_is_over_time_is_swept(learner):
    import sqlite3

    learner("start", TINY, "--quiet")
    with sqlite3.connect(learner.data / "labs" / "progress.sqlite") as database:
        database.execute("UPDATE attempts SET expires = 1")
    learner("list")
    assert learner.objects() == []


def test_a_port_in_use_and_an_image_that_is_not_there(learner, tmp_path):
    folder = Path(shutil.copytree(TINY, tmp_path / "tiny"))
    compose = folder / "compose.yaml"
    text = compose.read_text()
    compose.write_text(text.replace("    mem_limit: 64m", "    mem_limit: 64m\n    ports: ['1:2']"))
    assert "compose.yaml:7: error: services.web.ports.0: a fixed host port" in learner("start", folder, code=3)
    compose.write_text(text.replace("paddock/checker", "paddock/nosuch", 1))
    assert "no recipe for the image paddock/nosuch" in learner("start", folder, code=3)
    assert learner.objects() == []


def test_a_build_that_fails_names_the_cause(learner, tmp_path):
    folder = Path(shutil.copytree(TINY, tmp_path / "tiny"))
    (folder / "images" / "own").mkdir(parents=True)
    (folder / "images" / "own" / "Dockerfile").write_text("FROM debian:trixie-slim\nRUN echo so-it-goes && false\n")
    compose = folder / "compose.yaml"
    compose.write_text(compose.read_text().replace("paddock/checker", "paddock/tiny/own", 1))
    said = learner("start", folder, code=4)
    assert "the image paddock/tiny/own can't be built" in said and "so-it-goes" in said
    assert learner.objects() == []


def test_a_setup_that_fails_leaves_nothing(learner, tmp_path):
    folder = Path(shutil.copytree(TINY, tmp_path / "tiny"))
    (folder / "setup.sh").write_text("true\n#@ peer\n\nnonsense\n")
    said = learner("start", folder, code=5)
    assert "setup.sh:3 on peer ended with code 127" in said
    assert learner.objects() == []


def test_needs_are_tried_before_anything_starts(learner, tmp_path):
    folder = Path(shutil.copytree(TINY, tmp_path / "tiny"))
    spec = folder / "lab.yaml"
    spec.write_text(
        spec.read_text().replace("{memory: 64}", "{memory: 65000, devices: [/dev/nosuch]}\nalternative: other")
    )
    said = learner("start", folder, code=4)
    assert (
        "can't run here" in said
        and "65000 MB of memory" in said
        and "/dev/nosuch" in said
        and "lab start other" in said
    )
    assert learner.objects() == []


def test_a_public_scenario_runs_on_the_stand_in(learner, tmp_path):
    folder = tmp_path / "hello"
    for name, text in {
        "index.json": json.dumps(
            {
                "title": "Hello",
                "details": {
                    "intro": {"background": "bg.sh", "foreground": "fg.sh"},
                    "steps": [{"verify": "verify.sh"}],
                    "finish": {"foreground": "end.sh"},
                    "assets": {"host01": [{"file": "**", "target": "~/in", "chmod": "+x"}]},
                },
                "backend": {"imageid": "ubuntu-4GB"},
            }
        ),
        "bg.sh": "docker ps\r\nsleep 0.5\r\ntouch /tmp/ready\r\n",
        "fg.sh": "clear; printf 'wait\\r\\033[1mbegin\\033[m\\n'; echo ${0##*/}\n"
        "while [ ! -f /tmp/ready ]; do sleep 0.1; done; sed s/PORT/80/ /etc/killercoda/host",
        "end.sh": "echo the end; grep docker /var/log/killercoda/background0_stderr.log" + "\n#" + "x" * 200_000,
        "verify.sh": "echo looked; test -x /root/in/a/b.sh && test -f /root/done",
        "assets/a/b.sh": "echo b",
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    assert re.search(
        r"^begin\nfg.sh\nhttp://[0-9.]+:80\nThe machine here has no docker:", learner("start", folder), re.M
    )
    checked = learner.json("check", code=1)
    assert (checked["outcome"], checked["output"]) == ("fail", "looked")
    learner.sh("host01", "touch /root/done")
    said = learner("check")
    assert "passed\nthe end\n" in said and "docker: command not found" in said


def test_a_public_scenario_for_a_machine_we_have_not_says_what_it_would_need(learner, tmp_path):
    (tmp_path / "k").mkdir()
    (tmp_path / "k" / "index.json").write_text('{"backend": {"imageid": "kubernetes-kubeadm-2nodes"}}')
    said = learner("start", tmp_path / "k", code=4)
    assert "kubernetes-kubeadm-2nodes" in said and "a Kubernetes cluster" in said


@pytest.mark.slow
def test_selftest_of_the_tiny_lab(learner, tmp_path):
    (lab,) = learner.json("selftest", TINY, "--evidence", tmp_path / "kept")["labs"]
    assert lab | {"seconds": 0} == {
        "id": "tiny", "passed": True, "steps": 2, "mutants": 4, "killed": 4, "seconds": 0,
        "findings": [], "survivors": [],
    }  # fmt: skip
    (again,) = learner.json("selftest", TINY, "--replay", tmp_path / "kept" / "tiny")["labs"]
    assert again["passed"] and again["killed"] == 4
    assert learner.objects() == []


@pytest.mark.slow
def test_selftest_of_a_new_lab_fails_until_its_checks_are_real(learner, tmp_path):
    learner("new", tmp_path / "mine")
    (lab,) = learner.json("selftest", tmp_path / "mine", code=1)["labs"]
    assert not lab["passed"]
    assert {"step 1: fresh: pass, not fail", "step 1: trap empty: pass, not fail"} <= set(lab["findings"])
    assert lab["survivors"] == ["step 1: there"]


def test_a_text_that_looks_like_a_number_stays_a_text(tmp_path):
    """As the names of attempts do now and then: 251114e8 is a number in compose's YAML, and no number in Python's."""
    from labs.runner.lab import machines

    labels = {"attempt": "251114e8", "word": "07845688", "answer": "no"}
    (tmp_path / "compose.yaml").write_text(
        machines.as_text({"services": {"web": {"image": "paddock/checker", "labels": labels}}})
    )
    command = ["docker", "compose", "-f", tmp_path / "compose.yaml", "config", "--format", "json"]
    read = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert read["services"]["web"]["labels"] == labels


@pytest.mark.slow
def test_an_exported_lab_checks_as_the_lab_does(learner, tmp_path):
    learner("export", TINY, tmp_path / "out", "--seed", 3)
    home = tmp_path / "out" / "assets" / "paddock"
    environment = os.environ | {"PADDOCK_HOME": str(home), "PADDOCK_STATE": str(tmp_path)}

    def over_there(*arguments):
        command = [sys.executable, str(home / "paddock_check.py"), *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
        return done.returncode, done.stdout + done.stderr

    compose = ["docker", "compose", "-f", str(home / "compose.yaml"), "--env-file", str(home / "values.env")]
    try:
        assert over_there("--up")[0] == 0
        code, said = over_there("1")
        assert code == 1 and said.startswith("word: found: nothing")
        word = json.loads((home / "plan.json").read_text())["values"]["word"]
        subprocess.run([*compose, "exec", "-T", "web", "sh", "-c", f"echo {word} >/srv/word"], check=True)
        assert over_there("1") == (0, "")
        assert over_there("--enter", "2")[0] == 0
        assert over_there("2")[0] == 1
    finally:
        subprocess.run([*compose, "down", "--volumes", "--timeout", "1"], capture_output=True, check=True)


def test_a_loop_device_that_a_machine_has_left_is_detached(learner, tmp_path):
    from labs.runner.running import loops, needs

    learner("build", TINY)
    if needs.try_out(needs.PROBES["loop-btrfs"]):
        pytest.skip("no loop devices for containers here")
    folder = Path(shutil.copytree(TINY, tmp_path / "tiny"))
    compose = folder / "compose.yaml"
    volume = "    volumes: [state:/state]\n"
    rights = "    cap_add: [SYS_ADMIN, MKNOD]\n    devices: [/dev/loop-control]\n"
    rights += "    device_cgroup_rules: ['b 7:* rwm']\n"
    compose.write_text(compose.read_text().replace(volume, volume + rights))
    spec = folder / "lab.yaml"
    needed = "{memory: 64, capabilities: [SYS_ADMIN, MKNOD], devices: [/dev/loop-control]}"
    spec.write_text(spec.read_text().replace("{memory: 64}", needed))
    (folder / "setup.sh").write_text(
        "for i in $(seq 0 9); do [ -e /dev/loop$i ] || mknod /dev/loop$i b 7 $i; done\n"
        "truncate -s 10M /state/of-a-test.img\n"
        "losetup -f /state/of-a-test.img\n"
    )
    learner("start", folder, "--quiet")
    assert any("of-a-test.img" in file for file in loops.attached().values())
    learner("stop")
    assert not any("of-a-test.img" in file for file in loops.attached().values())
