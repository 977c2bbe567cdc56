"""``fyr learn disclosed``: what a hospital has told in federated studies, from its ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from fyr.cli.output import as_json, json_option

__all__ = ["disclosed"]


@click.command()
@click.argument("ledger", type=click.Path(path_type=Path))
@click.option("--patient", metavar="ID", help="What one patient was part of; needs the hospital's secret.")
@click.option("--secret", type=click.Path(path_type=Path), help="The file of the hospital's secret.")
@json_option
def disclosed(ledger: Path, patient: str | None, secret: Path | None, json_wanted: bool) -> None:
    """Read a ledger of disclosures, and follow its chain.

    It says what was told in each study, and in how many disclosures patients were. It names no patient.
    """
    from fyr.errors import BadInput, UsageError
    from fyr.learn.federation.disclosure.ledger import Ledger
    from fyr.learn.federation.disclosure.row_keys import patient_key

    if (patient is None) != (secret is None):
        raise UsageError("a patient is found with the hospital's secret", mend="give --patient and --secret")
    if not ledger.is_file():
        raise BadInput("there is no ledger here", where=str(ledger), mend="name the file of one")
    kept = Ledger(ledger)
    entries = kept.verify()
    document: dict[str, Any] = kept.document()
    if patient is not None and secret is not None:
        if not secret.is_file():
            raise BadInput("there is no secret here", where=str(secret), mend="name the hospital's file")
        found = kept.patient(patient_key(secret.read_bytes(), patient))
        document = {"ledger": document["ledger"], "entries": entries, "of_patient": [one.document() for one in found]}
    if json_wanted:
        as_json(document)
        return
    click.echo(f"{document['ledger']}: {entries} entries, chain unbroken")
    if "of_patient" in document:
        for one in document["of_patient"]:
            click.echo(f"  {one['at']}  {one['name']}, round {one['round'] + 1}: {one['step']} of {one['rows']} rows")
        return
    told = document["disclosures_by_patient"]
    click.echo(f"  {document['patients']} patients, each in {told['fewest']} to {told['most']} disclosures")
    for digest, study in document["studies"].items():
        spent = f", rho {study['rho']:.4g}" if study["rho"] else ""
        click.echo(
            f"  {study['name']} ({digest[:12]}): {study['rounds']} rounds, {study['rows']} rows, "
            f"{study['numbers']} numbers{spent}"
        )
