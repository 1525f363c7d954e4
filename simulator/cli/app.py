"""The commands put together."""

from __future__ import annotations

from inspect import getdoc
from typing import Annotated, Any

import typer
from rich.markup import escape
from typer.core import TyperGroup

from simulator.cli import compare, explain, listing, new, plugins, replicate, run, schema, sensitivity, sweep, validate

HELP = (
    "What if? Try it on a simulated fleet before you change the real one.\n\n"
    "Paddock simulates fleets of immutable machines under GitOps: a change, a rollout plan, a fault; "
    "who is hit, for how long, who notices, what brings it back."
)

EXAMPLES = """\b
First steps:
  paddock list                                  what there is to run
  paddock run bad-sysctl                        run one and read what happened
  paddock run bad-sysctl --variant longer-bake  the same under another plan
  paddock run bad-sysctl --out out              with a report and tables
  paddock compare bad-sysctl --variant bake-and-gate    is it better, and how sure is that?
  paddock new my-fleet.yaml                     a scenario of your own
  paddock validate my-fleet.yaml                find its mistakes
  paddock explain scenario.changes              what a field means
  paddock explain oncall.acknowledge            where a number comes from
\b
Exit codes: 0 done, 1 a check failed, 2 usage or an invalid scenario, 70 an internal error, 130 interrupted.
"""


class Commands(TyperGroup):
    """Our own commands, then those of other packages; the word for a command of ours can't be taken."""

    def list_commands(self, ctx: Any) -> list[str]:
        own = list(super().list_commands(ctx))
        return [*own, *(name for name in plugins.names() if name not in own)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return super().get_command(ctx, cmd_name) or plugins.load(cmd_name)


app = typer.Typer(
    cls=Commands,
    help=HELP,
    epilog=EXAMPLES,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from simulator import __version__

        print(f"paddock {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def paddock(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())


for name, command in {
    "run": run.run,
    "replicate": replicate.replicate,
    "compare": compare.compare,
    "sweep": sweep.sweep,
    "sensitivity": sensitivity.sensitivity,
    "validate": validate.validate,
    "list": listing.list_scenarios,
    "new": new.new,
    "explain": explain.explain,
    "schema": schema.schema,
}.items():  # a path has brackets, spec.alerts[web-down], and is no markup
    app.command(name, help=escape(getdoc(command) or ""))(command)


def run_app(arguments: list[str]) -> int:
    """Run a command; its exit code. Mistakes come out as exceptions."""
    return app(args=arguments, prog_name="paddock", standalone_mode=False) or 0
