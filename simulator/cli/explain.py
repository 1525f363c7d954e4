"""`paddock explain`: what a field, a fact or a metric means, and where its number comes from."""

from __future__ import annotations

import difflib
from collections import Counter
from typing import Annotated, Any

import typer

from simulator import facts
from simulator.cli.console import Problem, out, say, say_json, show, table
from simulator.facts import Fact

#: So many hits of a search are shown.
HITS = 20


def explain(
    name: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]",
            help="A field (scenario.PATH), the type of one, a fact, a metric; or words to search the facts for.",
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Explain a field of the scenario file, a fact or a metric.

    \b
      paddock explain                                       what can be asked
      paddock explain scenario.changes.rollout.stages       a field and those below it
      paddock explain spec.changes[0].rollout               a path as messages write it
      paddock explain selector                              a type, as fields show it: <selector>
      paddock explain talos.boot.timeout_all_services       a fact: value, unit, source
      paddock explain etcd quorum                           facts with these words
      paddock explain mttr                                  a metric
    """
    if not name:
        found = _overview()
    elif len(name) > 1:
        found = _search(" ".join(name))
    else:
        found = _one(name[0])
    if json:
        say_json(found)
    else:
        {
            "field": _show_field,
            "fact": _show_fact,
            "metric": _show_metric,
            "facts": _show_facts,
            "overview": _show_overview,
        }[found["kind"]](found)


# --- finding -------------------------------------------------------------------------------------------


def _one(name: str) -> dict[str, Any]:
    """A field, a fact, a metric, a family of facts; in this order."""
    from simulator.scenario.explain import UnknownField, value_type
    from simulator.scenario.explain import explain as field

    try:
        return _field(field(name))
    except UnknownField as error:
        near_fields = error.nearest
    if (found := value_type(name)) is not None:
        return _field(found)
    try:
        return _fact(facts.get(name))
    except facts.UnknownFact as error:
        near_facts = error.nearest
    metrics = _metrics()
    if name in metrics:
        return _metric(name, metrics[name])
    family = [fact for fact in facts.all_facts() if fact.name.startswith(f"{name.rstrip('.')}.")]
    if family:
        return {"kind": "facts", "asked": name, "facts": [_fact(fact) for fact in family]}
    near_metrics = difflib.get_close_matches(name, metrics, n=3, cutoff=0.8)
    if " " in name or not ("." in name or near_fields or near_metrics):
        try:
            return _search(name)
        except Problem:
            pass
    near = [*near_fields, *near_facts, *near_metrics]
    if not name.startswith(("scenario", "spec")):
        near = sorted(near, key=lambda known: -difflib.SequenceMatcher(None, name, known).ratio())
    raise Problem(
        f"nothing is named {name!r}" + (f"; nearest: {', '.join(near[:4])}" if near else ""),
        hint="`paddock explain` lists what can be asked.",
    )


def _search(words: str) -> dict[str, Any]:
    found = facts.search(words)
    if not found:
        raise Problem(f"no fact has all of these words: {words}", hint="`paddock explain` lists what can be asked.")
    return {"kind": "facts", "asked": words, "facts": [_fact(fact) for fact in found]}


def _metrics() -> dict[str, Any]:
    """Metrics by name. Their module needs pandas, so it is asked last."""
    from simulator.results.metrics import METRICS

    return {metric.name: metric for metric in METRICS}


def _overview() -> dict[str, Any]:
    from simulator.scenario.explain import explain as field

    systems = Counter(fact.name.partition(".")[0] for fact in facts.all_facts())
    return {
        "kind": "overview",
        "fields": [_brief(item) for item in field("scenario.spec").below],
        "facts": dict(systems),
        "metrics": {name: metric.title for name, metric in _metrics().items()},
    }


def _field(item: Any) -> dict[str, Any]:
    return {
        "kind": "field",
        "path": _path(item.path),
        "type": item.type,
        "required": item.required,
        "default": item.default,
        "meaning": item.meaning,
        "allowed": list(item.allowed),
        "example": item.example,
        "fact": _fact(item.fact) if item.fact else None,
        "fields": [_brief(below) for below in item.below],
    }


def _path(path: str) -> str:
    """As it stands in the file: spec.changes."""
    return path.removeprefix("scenario.") or path


def _brief(item: Any) -> dict[str, Any]:
    return {
        "name": item.name,
        "type": item.type,
        "required": item.required,
        "default": item.default,
        "meaning": item.meaning,
    }


def _fact(fact: Fact) -> dict[str, Any]:
    return {
        "kind": "fact",
        "name": fact.name,
        "value": fact.value,
        "unit": fact.unit,
        "origin": fact.kind,
        "source": fact.source,
        "note": fact.note,
    }


def _metric(name: str, metric: Any) -> dict[str, Any]:
    return {
        "kind": "metric",
        "name": name,
        "title": metric.title,
        "unit": metric.unit,
        "definition": metric.definition,
    }


# --- showing -------------------------------------------------------------------------------------------


def _show_lines(lines: list[tuple[str, str]]) -> None:
    """`WORD:  text`, as kubectl explain does."""
    shown = table("", "")
    shown.show_header = False
    for word, text in lines:
        if text:
            shown.add_row(f"[bold]{word}[/bold]", _safe(text))
    show(shown)


def _safe(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def _show_field(found: dict[str, Any]) -> None:
    default = "" if found["default"] is None else _as_yaml(found["default"])
    _show_lines(
        [
            ("FIELD", found["path"]),
            ("TYPE", found["type"]),
            ("REQUIRED", "yes" if found["required"] else ""),
            ("DEFAULT", default),
            ("MEANING", found["meaning"]),
            ("ALLOWED", ", ".join(found["allowed"])),
            ("EXAMPLE", found["example"]),
        ]
    )
    if fact := found["fact"]:
        say()
        _show_fact(fact)
    if found["fields"]:
        say()
        say("FIELDS", style="bold")
        _show_fields(found["fields"])


def _show_fields(fields: list[dict[str, Any]]) -> None:
    shown = table("", "", "")
    shown.show_header = False
    for item in fields:
        needed = " [bold](required)[/bold]" if item["required"] else ""
        shown.add_row(
            f"  [cyan]{_safe(item['name'])}[/cyan]",
            f"[dim]<{_safe(item['type'])}>[/dim]{needed}",
            _safe(item["meaning"]) + _default(item["default"]),
        )
    show(shown)


def _default(value: Any) -> str:
    """A short default, beside the meaning."""
    text = "" if value is None or value == [] else _as_yaml(value)
    return f" [dim]Default: {_safe(text)}[/dim]" if 0 < len(text) <= 40 else ""


def _as_yaml(value: Any) -> str:
    """A default on one line, as a file would have it."""
    import yaml

    text = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10_000)
    return text.removesuffix("...\n").strip()


def _show_fact(found: dict[str, Any]) -> None:
    _show_lines(
        [
            ("FACT", found["name"]),
            ("VALUE", _value(found)),
            ("KIND", found["origin"]),
            ("SOURCE", found["source"]),
            ("NOTE", found["note"]),
        ]
    )


def _value(fact: dict[str, Any]) -> str:
    unit = "" if fact["unit"] in ("duration", "boolean", "bool") else fact["unit"]
    return f"{fact['value']} {unit}".strip()


def _show_facts(found: dict[str, Any]) -> None:
    shown = table("FACT", "VALUE", "NOTE")
    for fact in found["facts"][:HITS]:
        shown.add_row(f"[cyan]{_safe(fact['name'])}[/cyan]", _safe(_value(fact)), _safe(fact["note"]))
    show(shown)
    if (more := len(found["facts"]) - HITS) > 0:
        say(f"... and {more} more; add a word, or --json for all.", style="dim")


def _show_metric(found: dict[str, Any]) -> None:
    _show_lines(
        [
            ("METRIC", found["name"]),
            ("TITLE", found["title"]),
            ("UNIT", found["unit"]),
            ("DEFINITION", found["definition"]),
        ]
    )


def _show_overview(found: dict[str, Any]) -> None:
    say("FIELDS of a scenario: paddock explain scenario.NAME", style="bold")
    _show_fields(found["fields"])
    say()
    say("FACTS, by system: paddock explain SYSTEM, or words to search for", style="bold")
    out().print(
        "  " + ", ".join(f"{system} ({number})" for system, number in sorted(found["facts"].items())),
        markup=False,
    )
    say()
    say("METRICS of a run: paddock explain NAME", style="bold")
    shown = table("", "")
    shown.show_header = False
    for name, title in found["metrics"].items():
        shown.add_row(f"  [cyan]{_safe(name)}[/cyan]", _safe(title))
    show(shown)
