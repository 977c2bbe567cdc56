"""How many planted defects ``fyr learn check`` finds, and how often it cries on clean tables.

Clean tables: those of lifelines, scikit-learn and scikit-survival, given ids, and hospitals drawn at random (so nothing
differs between them). Each defect is planted by code, mild and strong, with many seeds, in every table that it fits; it
counts as found where a warning or an error of a fitting kind names its column and did not before. No mapping is given:
roles are guessed. False alarms are the warnings and errors on the clean tables as they are, and with ids and hospitals.

Run: ``python benchmarks/checks.py [--seeds 3] [--plant WORDS] [--misses]``
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np
import polars as pl

from check_plants import PLANTS
from check_tables import Table, clean_tables, with_hospitals, with_ids
from fyr.learn.checks import CheckedTable, Finding, check_table

SMALLEST = 60
"""Rows of the smallest table that a defect is planted in."""
LARGEST = 600
"""Rows that are taken of a larger one: recall is asked for where there is little to see it by."""


def main() -> None:
    """Print recall by defect, false alarms by table, and one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--plant", default="")
    parser.add_argument("--misses", action="store_true", help="name each defect that was missed")
    arguments = parser.parse_args()
    tables = clean_tables()
    begun = time.process_time()
    alarms = {} if arguments.plant else false_alarms(tables)
    recall = {name: found(name, tables, arguments) for name in PLANTS if arguments.plant in name}
    total = [sum(one[place] for one in recall.values()) for place in range(4)]
    print(f"{'all':52} mild {total[0]}/{total[1]}, strong {total[2]}/{total[3]}; {time.process_time() - begun:.0f} s")
    print(json.dumps({"recall": recall, "false_alarms": alarms}))


def false_alarms(tables: dict[str, Table]) -> dict[str, list[int]]:
    """Print and return the warnings and errors of each clean table: as it is, and with ids and hospitals."""
    print(f"{'clean table':34} {'rows':>6} {'alarms':>7} {'with hospitals':>15}")
    counts = {}
    for name, table in tables.items():
        rng = np.random.default_rng(5)
        plain = alarms_of(table)
        again = alarms_of(with_ids(with_hospitals(table, rng), rng))
        counts[name] = [len(plain), len(again)]
        print(f"{name:34} {len(next(iter(table.values()))):6} {len(plain):7} {len(again):15}  ", end="")
        print("; ".join(sorted({f"{one.check} ({', '.join(one.columns[:2])})" for one in [*plain, *again]})))
    return counts


def found(plant: str, tables: dict[str, Table], arguments: argparse.Namespace) -> list[int]:
    """Print one line and return found and planted, mild and strong."""
    counts = [0, 0, 0, 0]
    for place, (name, clean) in enumerate(tables.items()):
        if len(next(iter(clean.values()))) < SMALLEST:
            continue
        for seed in range(arguments.seeds):
            for strong in (False, True):
                rng = np.random.default_rng([place, seed, strong])
                table = with_ids(with_hospitals(few(clean, rng), rng), rng)
                planted = PLANTS[plant](table, rng, strong)
                if planted is None:
                    continue
                seen = any(
                    one.check in planted.checks and set(one.columns) & set(planted.columns)
                    for one in alarms_of(planted.table)
                )
                counts[2 * strong] += seen
                counts[2 * strong + 1] += 1
                if not seen and arguments.misses:
                    print(f"    missed in {name}, seed {seed}, {'strong' if strong else 'mild'}: {planted.columns[:3]}")
    print(f"{plant:52} mild {counts[0]}/{counts[1]}, strong {counts[2]}/{counts[3]}", flush=True)
    return counts


def few(table: Table, rng: np.random.Generator) -> Table:
    """Return the table, or as many of its rows as are taken."""
    rows = len(next(iter(table.values())))
    if rows <= LARGEST:
        return table
    picked = np.sort(rng.permutation(rows)[:LARGEST])
    return {name: [cells[row] for row in picked] for name, cells in table.items()}


def alarms_of(table: Table) -> list[Finding]:
    """Return the warnings and errors of a table as it would come from a CSV file."""
    frame = pl.DataFrame(table, schema=dict.fromkeys(table, pl.String))
    checked = CheckedTable.of("table", frame, np.arange(2, frame.height + 2))
    return [one for one in check_table(checked) if one.severity != "note"]


if __name__ == "__main__":
    main()
