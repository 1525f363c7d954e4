"""What is attested of the image, and what the learner's policy says of builds that nobody has seen before."""

import base64
import contextlib
import json
import os
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

APP, MARKER = os.environ["PADDOCK_APP"], os.environ["PADDOCK_MARKER"]
BUILDER, SOURCE = f"https://build.local/{os.environ['PADDOCK_BUILDER']}", f"https://git.local/shop/{APP}"
HERE = Path("/tmp")


def run(*command):
    """What a program printed; None when it refuses."""
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=10)
    return done.stdout if done.returncode == 0 else None


def must(*command):
    found = run(*command)
    if found is None:
        raise SystemExit(f"can't look: {' '.join(command)}")
    return found


def verify(key, image, kind, *more):
    return run("cosign", "verify-attestation", "--key", key, "--insecure-ignore-tlog", "--type", kind, *more, image)


def predicates(image, kind):
    lines = (verify("/trust/cosign.pub", image, kind) or "").splitlines()
    return [json.loads(base64.b64decode(json.loads(line)["payload"]))["predicate"] for line in lines]


def attested():
    own = must("pack", "/tmp/own", f"{APP} 1.{os.environ['PADDOCK_RELEASE']}").strip()
    image = f"registry.local/shop/{APP}@{own}"
    return {"sbom": predicates(image, "cyclonedx"), "provenance": predicates(image, "slsaprovenance1")}


@contextlib.contextmanager
def registry():
    """A registry of our own, in memory: nothing is pushed to the learner's."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        here = f"localhost:{probe.getsockname()[1]}"
    settings = {"version": 0.1, "storage": {"inmemory": {}}, "http": {"addr": here, "secret": "none"}}
    (HERE / "registry.yml").write_text(json.dumps(settings))
    with subprocess.Popen(["docker-registry", "serve", HERE / "registry.yml"], stdout=-3, stderr=-3) as server:
        try:
            for _ in range(100):
                with contextlib.suppress(OSError), urllib.request.urlopen(f"http://{here}/v2/"):
                    break
                time.sleep(0.05)
            yield here
        finally:
            server.kill()


def says(here, name, builder, source):
    """What the policy says of a build: it is attested here, with a key of our own."""
    image = f"{here}/{name}@{must('pack', f'/tmp/{name}', name).strip()}"
    must("skopeo", "copy", "--dest-tls-verify=false", f"oci:/tmp/{name}", f"docker://{here}/{name}:1")
    build = {"buildType": "https://build.local/pack/v1", "externalParameters": {"source": source}}
    predicate = {"buildDefinition": build, "runDetails": {"builder": {"id": builder}}}
    (HERE / f"{name}.json").write_text(json.dumps(predicate))
    must(
        "cosign", "attest", "--key", "check.key", "--tlog-upload=false", "--yes",
        "--type", "slsaprovenance1", "--predicate", f"{name}.json", image,
    )  # fmt: skip
    kind = "slsaprovenance1"
    if verify("check.pub", image, kind) is None:
        raise SystemExit(f"can't verify an attestation made here: {name}")
    if not Path("/trust/provenance.cue").is_file():
        return "there is no policy"
    accepted = verify("check.pub", image, kind, "--policy", "/trust/provenance.cue") is not None
    return "accepted" if accepted else "refused"


os.environ["COSIGN_PASSWORD"] = MARKER
must("cosign", "generate-key-pair", "--output-key-prefix", "check")
with registry() as here:
    policy = {
        "same_pipeline": says(here, "same", BUILDER, SOURCE),
        "other_builder": says(here, "builder", f"https://build.local/{MARKER}", SOURCE),
        "other_source": says(here, "source", BUILDER, f"https://git.local/shop/{MARKER}"),
    }
print(json.dumps({**attested(), "policy": policy}))
