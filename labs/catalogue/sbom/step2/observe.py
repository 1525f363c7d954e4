"""What the SBOMs of gateway and store list, and the answers given."""

import json

import sboms

listed = {image: sboms.packages(sboms.read(f"/sbom/{image}.cdx.json")) for image in ("gateway", "store")}
print(json.dumps(listed | {"answers": sboms.read("/sbom/answers.json")}))
