"""``fyr record export``: what is known of a patient's cancer, as an mCODE bundle."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click
import orjson

from fyr.cli.home import Home
from fyr.cli.output import as_json

__all__ = ["export_patient"]


def export_patient(home: Home, patient: str, output: Path | None, *, json_wanted: bool) -> None:
    """Write the bundle to a file, or to standard output; say on standard error what the record has beyond it."""
    from fyr.exchange.fhir.mcode.bundle_writing import written_bundle
    from fyr.record import Access, PatientId
    from fyr.record.record import Record

    who = PatientId.parse(patient)
    access = Access.of_operating_system_user(purpose="export on the command line")
    with Record.open(home, access=access, create=False) as record:
        attributes, observations = record.attributes(who), record.observations(who)
        signals, findings = record.signals(who), record.findings(who)
    bundle, left = written_bundle(who, attributes, observations)
    beyond = {
        **Counter(one.code for one in left),
        **({"signals": len(signals)} if signals else {}),
        **({"findings": len(findings)} if findings else {}),
    }
    text = orjson.dumps(bundle, option=orjson.OPT_INDENT_2) + b"\n"
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_bytes(text)
    if output is not None and json_wanted:
        resources = len(bundle["entry"])
        as_json({"patient": str(who), "output": str(output), "resources": resources, "not_in_it": beyond})
    elif output is not None:
        click.echo(f"wrote {len(bundle['entry']):,} resources of {who} to {output}")
    if beyond and not json_wanted:
        listed = ", ".join(f"{name} ({count:,})" for name, count in beyond.items())
        click.echo(f"not in the bundle: {listed}", err=True)
