"""``fyr learn consider``: weigh what a study would disclose, and put it before those who decide; and their decision."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from fyr.cli.home import Home, home_option
from fyr.cli.output import as_json, json_option
from fyr.errors import UsageError
from fyr.learn.federation.desk import StudyDesk

__all__ = ["consider", "decide", "desk_of"]


def desk_of(home: Home) -> StudyDesk:
    """Return the studies of a home, which may be a database with a folder of files beside it."""
    if isinstance(home, Path):
        return StudyDesk(home)
    from fyr.record import Record

    with Record.open(home) as record:
        return StudyDesk(record.storage.files)


@click.command()
@click.option("--study", required=True, type=click.Path(path_type=Path), help="The study's file.")
@click.option("--site", required=True, help="Who this hospital is in it.")
@click.option("--table", required=True, type=click.Path(path_type=Path), help="This hospital's rows.")
@click.option("--missing", multiple=True, metavar="CODE", help="Stands for no value, besides '', NA and NaN.")
@click.option("--counts-as", metavar="COLUMN=CODE", help="The code of a column that means: it happened.")
@click.option("--patient", metavar="COLUMN", help="Who each row is; it stays here, as keys of the ledger.")
@home_option
@json_option
def consider(
    study: Path,
    site: str,
    table: Path,
    missing: tuple[str, ...],
    counts_as: str | None,
    patient: str | None,
    home: Home,
    json_wanted: bool,
) -> None:
    """Weigh what a study would disclose of this hospital's rows, and put it on the page Studies for a decision.

    Nothing is sent. The study is run in this process, with this hospital's rows in place of everyone's.
    """
    from fyr.cli.federate_site import rows_of
    from fyr.cli.federate_study import read_study
    from fyr.learn.federation.disclosure.forecast import forecast

    agreed, desk = read_study(study), desk_of(home)
    if site not in agreed.sites:
        raise UsageError(f"'{site}' is no site of this study", where="--site", mend=f"say {', '.join(agreed.sites)}")
    rows = rows_of(agreed, site, table, missing, counts_as, patient)
    weighed = forecast(agreed, rows, ledger=desk.ledger, secret=desk.secret())
    put = desk.propose(agreed, site, table.name, weighed)
    if json_wanted:
        as_json({"id": put.id, "digest": agreed.digest, "site": site, "forecast": weighed})
    else:
        click.echo("\n".join(_lines(put.id, weighed)))


@click.command()
@click.argument("study")
@click.option("--approve", "decision", flag_value="approved", help="Let this hospital take part.")
@click.option("--decline", "decision", flag_value="declined", help="Take no part.")
@click.option("--by", required=True, metavar="PERSON", help="Who decides.")
@click.option("--reason", default="", help="Why; needed to decline.")
@home_option
@json_option
def decide(study: str, decision: str | None, by: str, reason: str, home: Home, json_wanted: bool) -> None:
    """Approve or decline a study that was weighed here: by the id that ``fyr learn consider`` gave it."""
    if decision not in ("approved", "declined"):
        raise UsageError("neither --approve nor --decline is said")
    if decision == "declined" and not reason.strip():
        raise UsageError("a study is declined with a reason", where="--reason")
    done = desk_of(home).decide(study, "approved" if decision == "approved" else "declined", by, reason.strip())
    if json_wanted:
        as_json({"id": done.id, "decision": done.decision})
    else:
        click.echo(f"{done.id}: {decision} by {by}")


def _lines(name: str, weighed: dict[str, Any]) -> Iterator[str]:
    yield f"{name}: {weighed['rows_isolable']} of {weighed['rows']} rows could be isolated"
    if weighed["rows_in_small_groups"]:
        yield f"  {weighed['rows_in_small_groups']} more are in groups that are too small"
    yield f"  without rules and masks: {weighed['unguarded']}"
    if weighed["would_refuse"] is not None:
        yield f"  this hospital's rules would refuse: {weighed['would_refuse']}"
    yield f"  the coordinator would see {'totals over the hospitals' if weighed['masked'] else 'our own sums'}"
    yield f"  about {weighed['rounds']} rounds, {weighed['numbers']} numbers, {weighed['bytes']:,} bytes"
    yield f"  columns summed: {', '.join(weighed['columns']) or 'none'}"
    yield f"next: decide on the page Studies, or: fyr learn decide {name} --approve --by PERSON"
