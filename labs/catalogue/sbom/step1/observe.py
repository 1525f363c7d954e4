"""What the SBOM of edge says it is about, what it lists, and whether it knows what needs what."""

import json
import os

import sboms

FILE = "/sbom/edge.cdx.json"
AGENT = f"{os.environ['PADDOCK_AGENT']}-agent"


def needs(document, name):
    """Packages that a package needs, by the graph of the document itself."""
    refs = {str(one.get("bom-ref")): sboms.purl(one.get("purl")) for one in sboms.items(document, "components")}
    found = set()
    for edge in sboms.items(document, "dependencies"):
        package = refs.get(str(edge.get("ref")))
        if package and package.name == name and not sboms.is_source(package):
            needed = edge.get("dependsOn")
            found |= {refs[ref].name for ref in map(str, needed if isinstance(needed, list) else []) if refs.get(ref)}
    return sorted(found)


document = sboms.read(FILE)
problem = sboms.problem(FILE)
print(json.dumps({
    "valid": problem is None,
    "problem": problem,
    "name": sboms.at(document, "metadata", "component", "name"),
    "version": sboms.at(document, "metadata", "component", "version"),
    "packages": sboms.packages(document),
    "agent_needs": needs(document, AGENT),
}))  # fmt: skip
