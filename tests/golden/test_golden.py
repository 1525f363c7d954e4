"""Five golden scenarios with their tables: columns, dtypes and values are a contract.

When a table is meant to change, write the files anew and read the difference before it is committed:

    python -m tests.golden.test_golden
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from simulator import Scenario
from simulator.results.columns import COLUMNS

HERE = Path(__file__).parent
NAMES = ("staged-config", "upgrade", "dead-release", "components", "homelab")
TABLES = (*COLUMNS, "states")


def _text(table: pd.DataFrame) -> str:
    """A table as it is kept: dtypes in the first line, ten significant digits."""
    dtypes = "|".join(f"{name}:{dtype}" for name, dtype in table.dtypes.items())
    return f"# {dtypes}\n" + table.to_csv(float_format="%.10g", index=table.index.name is not None)


def _tables(name: str) -> dict[str, str]:
    run = Scenario.load(HERE / f"{name}.yaml").run(seed=7)
    found = {table: _text(getattr(run, table)) for table in TABLES}
    found["metrics"] = _text(run.metrics.rename_axis("metric").to_frame())
    return found


@pytest.mark.parametrize("name", NAMES)
def test_tables_are_as_they_were(name: str) -> None:
    for table, text in _tables(name).items():
        assert text == (HERE / name / f"{table}.csv").read_text(), f"{name}: table {table} has changed"


@pytest.mark.parametrize("name", NAMES)
def test_columns_are_as_documented(name: str) -> None:
    run = Scenario.load(HERE / f"{name}.yaml").run(seed=7)
    for table, columns in COLUMNS.items():
        made = getattr(run, table)
        assert list(made.columns) == [c.name for c in columns], table
        for column in columns:
            dtype = str(made[column.name].dtype)
            wanted = {"datetime": "datetime64", "str": "str"}.get(column.dtype, column.dtype)
            assert dtype.startswith(wanted), f"{table}.{column.name}: {dtype} is not {wanted}"


def main() -> None:
    """Write the expected tables."""
    for name in NAMES:
        (HERE / name).mkdir(exist_ok=True)
        for table, text in _tables(name).items():
            (HERE / name / f"{table}.csv").write_text(text)
        print(f"wrote {HERE / name}")


if __name__ == "__main__":
    main()
