"""Keeps a comparison in the hospital's home, in its trail and with what a reader must know of the data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from fyr.cli.evaluate_data import EvaluationData
from fyr.cli.home import Home
from fyr.errors import BadInput

if TYPE_CHECKING:
    from fyr.record import Observation, PatientId
    from fyr.serve.comparison_store import Kept
    from fyr.watch.evaluation.document import Comparison
    from fyr.watch.evaluation.sweep import Swept

__all__ = ["check_place", "keep_in_home"]

_NOTE: Final = "README.txt"
_SIMULATED: Final = "Simulated patients"
"""How the note beside data begins that `fyr watch simulate` wrote."""


def check_place(home: Home, name: str) -> None:
    """Refuse a name that is none or is taken, before anything is computed."""
    from fyr.serve.comparison_store import ComparisonStore, check_name

    check_name(name)
    if isinstance(home, Path) and name in ComparisonStore(home):
        raise BadInput(f"a comparison '{name}' is kept already", where=str(home), mend="give --keep another name")


def keep_in_home(
    home: Home,
    name: str,
    title: str,
    given: Sequence[str],
    document: Mapping[str, Any],
    comparison: Comparison,
    swept: Swept,
    sources: Sequence[EvaluationData],
) -> None:
    """Keep the comparison; the record is made where there is none, and its trail says who kept what.

    `given` are the policies as the command line names them.
    """
    from fyr.cli.replay import read_assumption
    from fyr.clock import SECOND_US, SystemClock
    from fyr.record import Access
    from fyr.record.audit import AuditEvent
    from fyr.record.record import Record
    from fyr.serve.comparison_store import ComparisonStore
    from fyr.serve.kept_comparison import keep_comparison

    notes = [_note(source.path) for source in sources]
    response_s = document["definitions"]["assumed_response_s"]
    access = Access.of_operating_system_user(purpose="evaluation of alarm policies")
    with Record.open(home, access=access) as record:
        keep_comparison(
            ComparisonStore(record.storage.files),
            name,
            title=title or name,
            note=" ".join(dict.fromkeys(note for note in notes if note)),
            simulated=any(note.startswith(_SIMULATED) for note in notes),
            made_us=SystemClock().now_us(),
            texts=_texts(given, comparison),
            assumed=dict(read_assumption(text) for text in document["assumed"]),
            assumed_response_us=None if response_s is None else round(response_s * SECOND_US),
            document=document,
            comparison=comparison,
            swept=swept,
            recording=_recording_of(sources),
        )
        detail = {"comparison": name, "patients": document["data"]["patients"]}
        record.audit.append([AuditEvent(access, "keep comparison", None, detail)])
    click.echo(f"fyr: kept the comparison '{name}' in {home}", err=True)


def _texts(given: Sequence[str], comparison: Comparison) -> dict[str, str]:
    """Return the YAML text of each policy that was compared, by its name in the comparison."""
    from fyr.attention.policy_file import parse_policy, policy_text, shipped_policies

    texts = [policy_text(one) for one in dict.fromkeys([*given, *shipped_policies()])]
    by_digest = {parse_policy(text, where="a policy").digest: text for text in reversed(texts)}
    return {one.name: by_digest[one.policy.digest] for one in comparison.policies if one.policy.digest in by_digest}


def _recording_of(sources: Sequence[EvaluationData]) -> Callable[[PatientId], Kept]:
    source_of = {patient: source.recordings for source in sources for patient in source.recordings.patients}
    observations: dict[PatientId, list[Observation]] = {patient: [] for patient in source_of}
    for source in sources:
        for one in source.observations:
            observations.setdefault(one.patient, []).append(one)
    return lambda patient: (source_of[patient].batch_of(patient), observations[patient])


def _note(path: Path) -> str:
    """Return what a data folder says about itself, on one line."""
    note = path / _NOTE
    try:
        return " ".join(note.read_text(encoding="utf-8").split())[:500] if note.is_file() else ""
    except (OSError, UnicodeDecodeError):
        return ""
