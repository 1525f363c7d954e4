"""What the SBOM of the next release says, and the changes reported."""

import json

import sboms

document = sboms.read("/sbom/next.cdx.json")
about = {key: sboms.at(document, "metadata", "component", key) for key in ("name", "version")}
changes = sboms.read("/sbom/changes.json")
print(json.dumps({"about": about, "packages": sboms.packages(document), "changes": changes}))
