"""`python -m labs ...` is `paddock lab ...`, also where Paddock is not installed."""

import sys


def main() -> None:
    try:  # loading takes a second, and that is a moment at which somebody may press Ctrl-C
        from labs.cli import app
        from simulator.cli import main
        from simulator.cli.app import app as paddock
    except KeyboardInterrupt:
        sys.exit(130)
    paddock.add_typer(app, name="lab")
    main(["lab", *sys.argv[1:]])


if __name__ == "__main__":
    main()
