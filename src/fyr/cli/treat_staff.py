"""``fyr treat staff``: workers' doses beside the limits."""

from __future__ import annotations

import csv
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, cast, get_args

import click

from fyr.cli.output import as_json, json_option
from fyr.errors import BadInput
from fyr.treat.exposure.occupational import Who, assess

__all__ = ["staff"]

_COLUMNS: Final = ("person", "who", "quantity", "year", "msv")


@click.command()
@click.argument("table", type=click.Path(path_type=Path))
@json_option
def staff(table: Path, json_wanted: bool) -> None:
    """Compare the doses of TABLE with the limits of 2013/59/Euratom.

    TABLE is a CSV with the columns person, who (worker, apprentice or public), quantity (effective dose, lens of the
    eye, skin, extremities), year and msv; the doses of one person, quantity and year are added.
    """
    people: dict[tuple[str, Who], dict[tuple[str, int], float]] = {}
    for number, row in enumerate(_rows(table), start=2):
        where = f"{table}, row {number}"
        if row["who"] not in get_args(Who):
            raise BadInput(f"'{row['who']}' is none of {', '.join(get_args(Who))}", where=where, mend="correct it")
        try:
            year, dose = int(row["year"]), float(row["msv"])
        except ValueError:
            raise BadInput(
                f"year '{row['year']}' or dose '{row['msv']}' is no number", where=where, mend="correct it"
            ) from None
        if not 0 <= dose < float("inf"):
            raise BadInput(f"{row['msv']} mSv is not a dose", where=where, mend="correct it")
        doses = people.setdefault((row["person"], cast(Who, row["who"])), {})
        doses[row["quantity"], year] = doses.get((row["quantity"], year), 0.0) + dose
    found: list[dict[str, Any]] = [
        {"person": person, "who": who, **asdict(one)}
        for (person, who), doses in people.items()
        for one in assess(doses, who)
    ]
    document = {"table": str(table), "limits": "Council Directive 2013/59/Euratom, articles 9 to 12", "doses": found}
    if json_wanted:
        as_json(document)
        return
    for one in found:
        above = "  ABOVE THE LIMIT" if one["is_above"] else ""
        five = "" if one["five_years_msv"] is None else f", five years {one['five_years_msv']:g} mSv"
        five += "  ABOVE THE RULE OF FIVE YEARS" if one["is_above_five_years"] else ""
        click.echo(
            f"{one['person']}  {one['year']}  {one['quantity']}: {one['msv']:g} mSv, {one['percent']:.0f} % of "
            f"{one['limit_msv']:g}{above}{five}"
        )


def _rows(table: Path) -> list[dict[str, str]]:
    try:
        with table.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            lacking = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
            if lacking:
                raise BadInput(
                    f"the column '{lacking[0]}' is not there", where=str(table), mend=f"write {', '.join(_COLUMNS)}"
                )
            return [{name: (row[name] or "").strip() for name in _COLUMNS} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise BadInput(f"the table cannot be read ({problem})", where=str(table), mend="give a CSV in UTF-8") from None
