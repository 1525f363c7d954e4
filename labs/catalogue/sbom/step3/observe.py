"""What the VEX document of each image states: about which product, and of the new CVE, which packages in which state."""

import json
import os

import sboms

CVE = f"CVE-2026-{os.environ['PADDOCK_CVE']}"


def named(purl):
    return f"{purl.name} {purl.version} {purl.qualifiers.get('arch')}"


def look(image):
    products, statuses, packages = set(), set(), set()
    for statement in sboms.items(sboms.read(f"/sbom/{image}.vex.json"), "statements"):
        concerned = sboms.items(statement, "products")
        products |= {str(product.get("@id")) for product in concerned}
        if sboms.at(statement, "vulnerability", "name") == CVE:
            statuses.add(str(statement.get("status")))
            parts = [*concerned, *(part for product in concerned for part in sboms.items(product, "subcomponents"))]
            packages |= {named(purl) for purl in (sboms.purl(part.get("@id")) for part in parts) if purl}
    return {"products": sorted(products), "statuses": sorted(statuses), "packages": sorted(packages)}


print(json.dumps({image: look(image) for image in ("edge", "gateway", "store")}))
