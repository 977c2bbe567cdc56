"""Made-up stays in the form of the published tables, for tests: the sick have faster hearts and less oxygen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl


def write_tables(folder: Path, *, stays: int = 60, hours: int = 12, hourly: bool = False, seed: int = 1) -> Path:
    """Write dyn, outc and sta; every third stay has the event, from its eighth hour on where labels are hourly."""
    generator = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    ids = np.repeat(np.arange(100, 100 + stays), hours)
    hour = np.tile(np.arange(hours), stays)
    sick = (ids % 3 == 0).astype(float)
    columns = {
        "hr": 80 + 25 * sick + generator.normal(0, 12, len(ids)),
        "resp": 16 + 5 * sick + generator.normal(0, 3, len(ids)),
        "o2sat": np.clip(97 - 3 * sick + generator.normal(0, 1.5, len(ids)), 60, 100),
        "sbp": 120 - 15 * sick + generator.normal(0, 12, len(ids)),
        "lact": np.where(generator.random(len(ids)) < 0.2, 1 + 2 * sick + generator.random(len(ids)), np.nan),
    }
    time = pl.Series("time", hour * 3_600_000).cast(pl.Duration("ms"))
    keys = {"stay_id": pl.Series(ids).cast(pl.Int32), "time": time}
    table = pl.DataFrame(keys | columns).fill_nan(None)
    table.write_parquet(folder / "dyn.parquet")
    if hourly:
        outcome = pl.DataFrame(keys | {"label": (sick == 1) & (hour >= 8)})
    else:
        outcome = pl.DataFrame({"stay_id": np.unique(ids).astype(np.int32), "label": sick[::hours].astype(int)})
    outcome.write_parquet(folder / "outc.parquet")
    unchanging = {"stay_id": np.unique(ids).astype(np.int32), "age": generator.uniform(20, 90, stays)}
    pl.DataFrame(unchanging | {"sex": ["Female"] * stays}).write_parquet(folder / "sta.parquet")
    return folder
