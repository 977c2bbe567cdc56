"""``fyr record export --as dicom-sr``: what the models found, as a DICOM structured report."""

from __future__ import annotations

from pathlib import Path

import click

from fyr.cli.home import Home
from fyr.cli.output import as_json
from fyr.errors import UsageError

__all__ = ["export_findings"]


def export_findings(home: Home, patient: str, output: Path | None, model: str | None, *, json_wanted: bool) -> None:
    """Write the report into a new file.

    Raises
    ------
    UsageError
        If no file is named.
    BadInput
        If there is nothing to write, or such a file.
    """
    from fyr.exchange.dicom.write_findings import write_findings
    from fyr.record import Access, PatientId, Refusal
    from fyr.record.record import Record

    if output is None:
        raise UsageError("a DICOM file goes into a file", where="--output", mend="name a new one")
    who = PatientId.parse(patient)
    access = Access.of_operating_system_user(purpose="export on the command line")
    with Record.open(home, access=access, create=False) as record:
        attributes, findings = record.attributes(who), record.findings(who, model)
    uid = write_findings(who, findings, output, attributes=attributes)
    refusals = sum(isinstance(one.answer, Refusal) for one in findings)
    models = sorted({f"{one.model.name} {one.model.version}" for one in findings})
    if json_wanted:
        as_json(
            {
                "patient": str(who),
                "output": str(output),
                "uid": uid,
                "findings": len(findings),
                "refusals": refusals,
                "models": models,
            }
        )
        return
    click.echo(f"wrote {len(findings):,} findings of {who} ({refusals:,} of them refusals) to {output}")
    click.echo(f"models: {', '.join(models)}")
