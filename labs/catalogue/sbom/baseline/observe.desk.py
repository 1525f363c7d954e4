"""What dpkg's own database says is installed in each image, from which source, and the file that no package owns."""

import hashlib
import json
import os
import subprocess

FORMAT = "${db:Status-Status} ${source:Package} ${Package} ${Version} ${Architecture}\n"


def installed(image):
    """The source of each installed package; a package is its name, version and architecture."""
    command = ["dpkg-query", f"--admindir=/images/{image}/var/lib/dpkg", "--show", f"--showformat={FORMAT}"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    lines = [line.split(" ", 2) for line in shown.splitlines()]
    return {package: source for status, source, package in lines if status == "installed"}


with open(f"/images/next/usr/libexec/{os.environ['PADDOCK_PLANTED']}", "rb") as file:
    digest = hashlib.sha256(file.read()).hexdigest()
print(json.dumps({image: installed(image) for image in ("edge", "gateway", "store", "next")} | {"sha256": digest}))
