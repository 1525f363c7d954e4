"""Five golden scenarios with their tables: columns, dtypes and values are a contract.

When a table is meant to change, write the files anew and read the difference before it is committed:

    python -m tests.golden.test_golden
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd
import pytest

from simulator import Scenario
from simulator.results.columns import COLUMNS
from simulator.run import Run

HERE = Path(__file__).parent
NAMES = ("staged-config", "upgrade", "dead-release", "components", "homelab")
TABLES = (*COLUMNS, "states", "heat", "metrics")
#: Runs are equal to the byte on one platform; another one's mathematics may differ in the last digits.
TOLERANCE = 1e-9


@pytest.fixture(scope="module", params=NAMES)
def golden(request) -> tuple[str, Run]:
    return request.param, _run(request.param)


def _run(name: str) -> Run:
    return Scenario.load(HERE / f"{name}.yaml").run(seed=7)


def _table(run: Run, table: str) -> pd.DataFrame:
    if table == "heat":
        return run.heat(bins=6)
    return run.metrics.rename_axis("metric").to_frame() if table == "metrics" else getattr(run, table)


def _text(table: pd.DataFrame) -> str:
    """A table as it is kept: the dtypes in the first line, then CSV with twelve significant digits."""
    dtypes = "|".join(f"{name}:{dtype}" for name, dtype in table.dtypes.items())
    return f"# {dtypes}\n" + table.to_csv(float_format="%.12g", index=table.index.name is not None)


def _differences(made: str, kept: str) -> list[str]:
    """Where two tables differ, row by row; numbers may differ by the tolerance."""
    (made_types, *made_rows), (kept_types, *kept_rows) = (list(csv.reader(io.StringIO(t))) for t in (made, kept))
    found = [] if made_types == kept_types else [f"dtypes: {made_types} are not {kept_types}"]
    if len(made_rows) != len(kept_rows):
        found.append(f"{len(made_rows) - 1} rows are not {len(kept_rows) - 1}")
    for number, (row, wanted) in enumerate(zip(made_rows, kept_rows, strict=False)):
        if len(row) != len(wanted) or not all(map(_same, row, wanted)):
            found.append(f"row {number}: {row} is not {wanted}")
    return found


def _same(made: str, kept: str) -> bool:
    try:
        return made == kept or abs(float(made) - float(kept)) <= TOLERANCE * max(1.0, abs(float(kept)))
    except ValueError:
        return False


@pytest.mark.parametrize("table", TABLES)
def test_tables_are_as_they_were(golden, table):
    name, run = golden
    assert _differences(_text(_table(run, table)), (HERE / name / f"{table}.csv").read_text()) == []


def test_columns_are_as_documented(golden):
    _, run = golden
    for table, columns in COLUMNS.items():
        made = getattr(run, table)
        assert list(made.columns) == [c.name for c in columns], table
        for column in columns:
            dtype = str(made[column.name].dtype)
            wanted = {"datetime": "datetime64"}.get(column.dtype, column.dtype)
            assert dtype.startswith(wanted), f"{table}.{column.name}: {dtype} is not {wanted}"


def test_nothing_is_kept_that_is_no_longer_made():
    kept = {path.relative_to(HERE).with_suffix("").as_posix() for path in HERE.glob("*/*.csv")}
    assert kept == {f"{name}/{table}" for name in NAMES for table in TABLES}


def test_a_difference_is_seen():
    assert _differences("# a\nx\n1\n", "# a\nx\n1.0000000001\n") == []
    assert _differences("# a\nx\n1\n", "# a\nx\n1.1\n") == ["row 1: ['1'] is not ['1.1']"]
    assert _differences("# a\nx\n", "# b\nx\n1\n") == ["dtypes: ['# a'] are not ['# b']", "0 rows are not 1"]


def main() -> None:
    """Write the expected tables."""
    for name in NAMES:
        run = _run(name)
        (HERE / name).mkdir(exist_ok=True)
        for table in TABLES:
            (HERE / name / f"{table}.csv").write_text(_text(_table(run, table)))
        print(f"wrote {HERE / name}")


if __name__ == "__main__":
    main()
