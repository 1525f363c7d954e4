"""What dpkg's own database says is installed in each image, and the file that no package owns."""

import hashlib
import json
import os
import subprocess

FORMAT = "${db:Status-Status} ${Package} ${Version} ${Architecture} ${source:Package}\n"


def installed(image):
    command = ["dpkg-query", f"--admindir=/images/{image}/var/lib/dpkg", "--show", f"--showformat={FORMAT}"]
    lines = [line.split(" ") for line in subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()]
    return sorted(" ".join(rest) for status, *rest in lines if status == "installed")


planted = f"/usr/libexec/{os.environ['PADDOCK_PLANTED']}"
with open(f"/images/next{planted}", "rb") as file:
    digest = hashlib.sha256(file.read()).hexdigest()
print(json.dumps({image: installed(image) for image in ("edge", "gateway", "store", "next")} | {"sha256": digest}))
