"""Runs that were made are kept: Parquet files by version, scenario digest and seed.

    STORE/0.1.0+3f9c0a41d2b7/8a1e0c7753b2f4d6/seed-1/000000-000099-2f6c1a90.parquet

A file is written whole or not at all and never changed, so several studies may write at once, and what was finished
before an interruption is there. Where the folder is: `store=` (`--store`), else PADDOCK_STORE, else the user's cache.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

import numpy as np

from simulator.study.errors import StudyError
from simulator.study.fingerprint import fingerprint
from simulator.study.observation import BINS, CURVES, NAMES, Observations


def default_folder() -> Path:
    """Where results are kept unless a study says otherwise."""
    if named := os.environ.get("PADDOCK_STORE"):
        return Path(named)
    import platformdirs

    return platformdirs.user_cache_path("paddock") / "studies"


class Store:
    """A folder of finished runs. Raises StudyError where it can't be made or written."""

    def __init__(self, folder: str | os.PathLike | None = None) -> None:
        self.folder = Path(folder) if folder is not None else default_folder()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder):
                pass
        except OSError as error:
            raise self._cannot(error) from None

    def _place(self, digest: str, seed: int) -> Path:
        return self.folder / fingerprint() / digest / f"seed-{seed}"

    def read(self, digest: str, seed: int) -> Observations:
        """All that is kept of a scenario under a seed; a file that is broken is as good as none."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        rows: dict = {}
        for path in sorted(self._place(digest, seed).glob("*.parquet")):
            try:
                rows |= _observations(pq.ParquetFile(path).read()).rows()
            except (OSError, pa.ArrowException, KeyError, ValueError):
                continue
        return Observations.of(rows)

    def write(self, digest: str, seed: int, text: str, made: Observations) -> None:
        """Keep some runs; the scenario goes into the file's metadata, so that the file explains itself."""
        if not len(made.replication):
            return
        import pyarrow.parquet as pq

        table = _table(made).replace_schema_metadata(
            {"paddock": fingerprint(), "scenario": text, "digest": digest, "seed": str(seed)}
        )
        place = self._place(digest, seed)
        tag = hashlib.sha256(made.replication.tobytes()).hexdigest()[:8]
        name = f"{made.replication[0]:06d}-{made.replication[-1]:06d}-{tag}.parquet"
        unfinished = None
        try:
            place.mkdir(parents=True, exist_ok=True)
            handle, unfinished = tempfile.mkstemp(dir=place, prefix=".", suffix=".tmp")
            os.close(handle)
            pq.write_table(table, unfinished, compression="zstd")
            os.replace(unfinished, place / name)
        except OSError as error:
            raise self._cannot(error) from None
        finally:
            if unfinished:
                Path(unfinished).unlink(missing_ok=True)

    def _cannot(self, error: OSError) -> StudyError:
        reason = (error.strerror or str(error)).lower()
        return StudyError(f"the store {self.folder} can't be written: {reason}; name another folder with --store")


def _table(made: Observations):
    import pyarrow as pa

    curves = {
        name: pa.FixedSizeListArray.from_arrays(pa.array(made.curves[:, k].ravel(), pa.float32()), BINS)
        for k, name in enumerate(CURVES)
    }
    metrics = {name: pa.array(made.metrics[:, k], pa.float64()) for k, name in enumerate(NAMES)}
    return pa.table({"replication": pa.array(made.replication, pa.int64()), **metrics, **curves})


def _observations(table) -> Observations:
    rows = table.num_rows
    curves = [table[name].combine_chunks().flatten().to_numpy(zero_copy_only=False) for name in CURVES]
    return Observations(
        table["replication"].to_numpy(),
        np.column_stack([table[name].to_numpy() for name in NAMES]),
        np.stack([curve.reshape(rows, BINS) for curve in curves], axis=1),
    )
