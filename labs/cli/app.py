"""The commands put together."""

from __future__ import annotations

import typer

from labs.cli import author, care, look, reports, work

EPILOG = """\b
First steps:
  paddock lab doctor                      what runs here
  paddock lab list                        the labs
  paddock lab start etcd-quorum-loss      machines up, first task shown
  paddock lab shell                       work on them
  paddock lab show                        the task again
  paddock lab check                       is it done?
  paddock lab hint                        a nudge
  paddock lab stop                        all gone

Exit codes: 0 done, 1 check failed, 2 usage, 3 lab content invalid, 4 engine unavailable, \
5 undetermined or timed out, 130 interrupted.
"""

app = typer.Typer(
    help="Learn on real machines: labs in containers, with checks that can be trusted.",
    epilog=EPILOG,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for name, function in {
    "doctor": care.doctor,
    "list": look.list_labs,
    "show": look.show_lab,
    "start": work.start,
    "shell": work.shell,
    "machine": work.machine,
    "check": work.check,
    "hint": work.hint,
    "solve": work.solve,
    "reset": work.reset,
    "stop": work.stop,
    "status": work.status,
    "report": reports.report,
    "import": author.import_labs,
    "new": author.new,
    "lint": author.lint,
    "selftest": author.selftest,
    "export": author.export,
    "build": care.build,
    "save": care.save,
    "load": care.load,
}.items():
    app.command(name)(function)
