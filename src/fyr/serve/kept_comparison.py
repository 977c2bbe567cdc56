"""From a comparison to what is kept of it: the numbers, the rows that the page draws, and what was said."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fyr.clock import to_iso
from fyr.record import PatientId
from fyr.serve.comparison_store import ComparisonStore, Kept
from fyr.serve.patient_documents import rule_document
from fyr.watch.evaluation.document import Comparison
from fyr.watch.evaluation.rows import event_rows, patient_rows, raised_rows
from fyr.watch.evaluation.sweep import Swept

__all__ = ["keep_comparison", "summary"]


def keep_comparison(
    store: ComparisonStore,
    name: str,
    *,
    title: str,
    note: str,
    simulated: bool,
    made_us: int,
    texts: Mapping[str, str],
    assumed: Mapping[str, Any],
    assumed_response_us: int | None,
    document: Mapping[str, Any],
    comparison: Comparison,
    swept: Swept,
    recording: Callable[[PatientId], Kept],
) -> None:
    """Keep a comparison in the hospital's home.

    Parameters
    ----------
    store : ComparisonStore
    name : str
    title, note : str
        For people: what was compared on whom, and what a reader must know of the data.
    simulated : bool
        Whether the patients are simulated; shown wherever the comparison is.
    made_us : int
        When.
    texts : mapping of str to str
        The YAML text of each policy, by its name in the comparison: a day is replayed under it when it is looked at.
    assumed : mapping of str to object
        Values of score inputs that nobody recorded.
    assumed_response_us : int or None
    document : mapping
        What ``fyr watch evaluate --json`` prints.
    comparison : Comparison
    swept : Swept
        Every setting of every policy; with factor 1 alone where no sweep was asked for.
    recording : callable
        Gives a patient's samples and observations.

    Raises
    ------
    BadInput
        If the name is none, or is taken.
    """
    kept = {
        "name": name,
        "title": title,
        "note": note,
        "simulated": simulated,
        "made_at": to_iso(made_us),
        "factors": sorted({member.factor for member in swept.members}),
        "texts": dict(texts),
        "assumed": dict(assumed),
        "assumed_response_us": assumed_response_us,
        "rules": _rules(swept),
        "events": event_rows(swept),
        "patients": patient_rows(comparison),
        "document": document,
    }
    recordings = (recording(one.patient) for one in comparison.recordings)
    store.write(name, kept, raised=_raised(swept), recordings=recordings)


def summary(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the list of comparisons says of one."""
    document = kept["document"]
    data = document["data"]
    return {
        **{key: kept[key] for key in ("name", "title", "note", "simulated", "made_at")},
        "patients": data["patients"],
        "patient_days": data["patient_days"],
        "events": data.get("events"),
        "policies": list(document["policies"]),
    }


def _rules(swept: Swept) -> dict[str, list[list[dict[str, Any]]]]:
    """Return the rules of every policy, by rising factor: what they ask for differs."""
    rules: dict[str, list[list[dict[str, Any]]]] = {}
    for member in swept.members:
        rules.setdefault(member.name, []).append([rule_document(rule) for rule in member.policy.rules])
    return rules


def _raised(swept: Swept) -> Iterator[dict[str, Any]]:
    of = {one.name: one for one in swept.judged.policies}
    for member in swept.members:
        for row in raised_rows(of[member.key]):
            yield {"policy": member.name, "factor": member.factor, **row}
