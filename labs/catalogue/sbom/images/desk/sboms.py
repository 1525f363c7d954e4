"""What a CycloneDX document says: whether the schema accepts it, and which Debian packages it lists."""

import json

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL


def read(path):
    """A JSON object from a file; empty where there is none."""
    try:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def problem(path):
    """What keeps a file from being a CycloneDX document, None for a valid one."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read()
    except OSError as error:
        return f"{path}: {error.strerror}"
    try:
        version = SchemaVersion.from_version(json.loads(text)["specVersion"])
    except Exception as error:
        return f"no JSON with a specVersion that is known ({error})"
    found = JsonStrictValidator(version).validate_str(text)
    return None if found is None else f"{found.data.json_path}: {found.data.message}"[:300]


def at(value, *keys):
    """What lies that deep in a document, None where there is no such thing."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def items(value, *keys):
    """The objects of a list that lies that deep."""
    listed = at(value, *keys)
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def purl(text):
    """A package URL in its parts, None where the text is none of a Debian package."""
    try:
        found = PackageURL.from_string(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return found if found and found.type == "deb" else None


def is_source(found):
    return found.qualifiers.get("arch") == "source"


def named(found):
    """A package as dpkg-query would show it: name, version, architecture."""
    return f"{found.name} {found.version} {found.qualifiers.get('arch')}"


def packages(document):
    """Binary packages, as they are named above. Sources stand in the list too, but they are not installed."""
    found = (purl(component.get("purl")) for component in items(document, "components"))
    return sorted({named(one) for one in found if one and not is_source(one)})
