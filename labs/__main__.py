"""`python -m labs ...` is `paddock lab ...`, also where Paddock is not installed."""

import sys

from labs.cli import app
from simulator.cli import main
from simulator.cli.app import app as paddock

if __name__ == "__main__":
    paddock.add_typer(app, name="lab")
    main(["lab", *sys.argv[1:]])
