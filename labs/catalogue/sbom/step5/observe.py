"""What the SBOM of the next release lists beside Debian packages, and what the planted file really is."""

import json
import re

import sboms

FILE = "/sbom/next.cdx.json"


def described(component):
    return {
        "name": str(component.get("name") or "").lower(),
        "version": str(component.get("version") or ""),
        "sha256": [str(hash.get("content")).lower() for hash in sboms.items(component, "hashes")
                   if hash.get("alg") == "SHA-256"],
        "locations": [one.get("location") for one in sboms.items(component, "evidence", "occurrences")],
    }  # fmt: skip


with open("/usr/bin/busybox", "rb") as file:
    version = re.search(rb"BusyBox v([0-9.]+)", file.read())[1].decode()
document = sboms.read(FILE)
problem = sboms.problem(FILE)
print(json.dumps({
    "valid": problem is None,
    "problem": problem,
    "packages": sboms.packages(document),
    "others": [described(one) for one in sboms.items(document, "components") if not sboms.purl(one.get("purl"))],
    "real_version": version,
}))  # fmt: skip
