"""Findings as rows that nobody edits; the same finding twice is one, so that a replay adds nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import select

from fyr.record.canonical import canonical_json, digest
from fyr.record.finding import Estimate, Finding, ModelReference, Refusal
from fyr.record.identity import PatientId
from fyr.record.patients import patient_key
from fyr.record.schema import finding
from fyr.record.storage import add_new

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["add_findings", "findings"]


def add_findings(connection: Connection, found: Sequence[Finding]) -> int:
    """Add what is not there yet; returns how many were new.

    Raises
    ------
    BadInput
        If a patient is unknown, or an answer, input or explanation has no place in JSON (NaN, for one).
    """
    keys = {who: patient_key(connection, who) for who in sorted({one.patient for one in found})}
    rows = [_row(one, keys[one.patient]) for one in found]
    return add_new(connection, finding, rows)


def findings(
    connection: Connection, who: PatientId, model: str | None, start_us: int | None, end_us: int | None
) -> list[Finding]:
    """Return the patient's findings by time, from `start_us` up to but without `end_us`, of one model if named."""
    row = finding.c
    wanted = select(finding).where(row.patient_key == patient_key(connection, who))
    if model is not None:
        wanted = wanted.where(row.model_name == model)
    if start_us is not None:
        wanted = wanted.where(row.time_us >= start_us)
    if end_us is not None:
        wanted = wanted.where(row.time_us < end_us)
    return [_finding(who, one) for one in connection.execute(wanted.order_by(row.time_us, row.key))]


def _row(one: Finding, key: int) -> dict[str, Any]:
    kind = "refusal" if isinstance(one.answer, Refusal) else "estimate"
    where = f"{one.model.name} {one.model.version} about {one.patient}"
    row: dict[str, Any] = {
        "model_name": one.model.name,
        "model_version": one.model.version,
        "model_digest": one.model.digest,
        "time_us": one.time_us,
        "answer": canonical_json({kind: _plain(one.answer)}, where=where),
        "inputs": canonical_json(one.inputs, where=where),
        "explanation": canonical_json(one.explanation, where=where),
    }
    return row | {"patient_key": key, "digest": digest(canonical_json(row | {"patient": str(one.patient)}))}


def _plain(answer: Estimate | Refusal) -> dict[str, Any]:
    fields = asdict(answer)
    if fields.get("category", "") is None:
        del fields["category"]  # an estimate that is a number is written as it always was
    return fields


def _finding(who: PatientId, row: Any) -> Finding:
    answer = orjson.loads(row.answer)
    return Finding(
        patient=who,
        model=ModelReference(row.model_name, row.model_version, row.model_digest),
        time_us=row.time_us,
        answer=_refusal(answer["refusal"]) if "refusal" in answer else Estimate(**answer["estimate"]),
        inputs=orjson.loads(row.inputs),
        explanation=orjson.loads(row.explanation),
    )


def _refusal(fields: dict[str, Any]) -> Refusal:
    return Refusal(reason=fields["reason"], inputs=tuple(fields["inputs"]))
