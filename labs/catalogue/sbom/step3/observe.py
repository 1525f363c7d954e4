"""What the VEX document of each image is about, and what it states of the new CVE: which state, which packages."""

import json
import os

import sboms

CVE = f"CVE-2026-{os.environ['PADDOCK_CVE']}"


def look(image):
    products, statuses, packages = set(), set(), set()
    for statement in sboms.items(sboms.read(f"/sbom/{image}.vex.json"), "statements"):
        concerned = sboms.items(statement, "products")
        products |= {str(product.get("@id")) for product in concerned}
        if sboms.at(statement, "vulnerability", "name") == CVE:
            statuses.add(str(statement.get("status")))
            parts = [*concerned, *(part for product in concerned for part in sboms.items(product, "subcomponents"))]
            packages |= {sboms.named(purl) for purl in (sboms.purl(part.get("@id")) for part in parts) if purl}
    return {"products": sorted(products), "statuses": sorted(statuses), "packages": sorted(packages)}


print(json.dumps({image: look(image) for image in ("edge", "gateway", "store")}))
