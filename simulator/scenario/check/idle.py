"""Fields that would do nothing beside what else is said."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.facts import format_duration
from simulator.scenario.base import Model
from simulator.scenario.errors import Found


def idle(spec: Model) -> Iterator[Found]:
    """Fields that would do nothing beside what else is said."""
    hours = spec.on_call.working_hours
    if hours is None and "off_hours" in spec.on_call.model_fields_set:
        message = "without working hours everybody can always be reached; write workingHours, or leave offHours out"
        yield ("spec", "onCall", "offHours"), message, False
    if hours is not None and hours.lasts > 86400:
        message = f"a working day lasts at most 24h, not {format_duration(hours.lasts)}"
        yield ("spec", "onCall", "workingHours", "lasts"), message, False
    for i, alert in enumerate(spec.alerts):
        if alert.expr.component is None and "state" in alert.expr.model_fields_set:
            message = "state is that of a component, and this looks at none; leave state out"
            yield ("spec", "alerts", i, "expr", "state"), message, False
    for i, change in enumerate(spec.changes):
        if change.kind == "tag" and change.via is not None:
            message = "a tag is moved in the registry, and no GitOps object carries it; leave via out"
            yield ("spec", "changes", i, "via"), message, False
        if change.removes and change.empty_render:
            message = "with emptyRender all that its carrier has applied is gone from Git; leave removes out"
            yield ("spec", "changes", i, "removes"), message, False
    if not any(service.traffic for service in spec.services):
        for i, remedy in enumerate(spec.remedies):
            if remedy.action == "throttle":
                message = "no service has users to throttle; write traffic in spec.services, or leave the remedy out"
                yield ("spec", "remedies", i, "kind" if remedy.kind else "name"), message, False
