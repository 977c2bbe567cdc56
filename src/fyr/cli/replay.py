"""`fyr watch replay`: the ward engine over what was recorded."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fyr.cli.duration import option_duration
from fyr.cli.output import as_json, json_option, progress
from fyr.cli.replay_text import print_event, print_replay
from fyr.errors import BadInput, UsageError

if TYPE_CHECKING:
    from fyr.attention import AlarmEvent
    from fyr.exchange.recording import Recording
    from fyr.record import PatientId

__all__ = ["read_assumption", "replay"]


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--policy", "policy_name", default="haahr2022", show_default=True, help="A shipped policy or a YAML file."
)
@click.option("--speed", default="max", show_default=True, help="How many times faster than life, or max.")
@click.option(
    "--assume", "assumed", multiple=True, metavar="INPUT=VALUE", help="For score inputs that nobody recorded."
)
@click.option(
    "--response",
    default="2 min",
    show_default=True,
    help="Nobody acts in a replay: take notifications as acknowledged after this time, or never.",
)
@click.option("--mapping", type=click.Path(path_type=Path), help="YAML mapping of a table's columns.")
@click.option("--hospital", help="The patients' hospital, where the file does not name one.")
@click.option("--zero-is-missing/--zero-is-a-value", "zero_is_missing", default=None, help="Of WFDB numerics.")
@json_option
def replay(
    path: Path,
    policy_name: str,
    speed: str,
    assumed: tuple[str, ...],
    response: str,
    mapping: Path | None,
    hospital: str | None,
    zero_is_missing: bool | None,
    json_wanted: bool,
) -> None:
    """Run the ward engine over a recording and print what would have been raised.

    PATH is a WFDB record, a folder of them, a table of vital signs (CSV, Parquet, XLSX), or a data folder; limits of
    patients' own in its overrides.parquet hold from their time on.
    """
    from fyr.attention import Override, load_policy
    from fyr.watch.replay import assume, replay_patient

    assumptions = dict(read_assumption(text) for text in assumed)
    policy = assume(load_policy(policy_name), assumptions)
    factor = _speed(speed)
    grouped = _by_patient(path, hospital, mapping, zero_is_missing)
    documents: list[dict[str, Any]] = []
    left_out: list[BadInput] = []
    with progress("replaying", len(grouped)) as done:
        for patient, recordings in grouped.items():
            try:
                result = replay_patient(
                    patient,
                    [one for recording in recordings for one in recording.series],
                    policy,
                    observations=[one for recording in recordings for one in recording.observations],
                    context={code: value for recording in recordings for code, value in recording.attributes.items()},
                    overrides=[Override.from_dict(one) for recording in recordings for one in recording.limits],
                    assumed_response_us=_response(response),
                    listener=None if factor is None else _paced(factor, aloud=not json_wanted),
                )
            except BadInput as problem:
                left_out.append(problem)
                continue
            documents.append({**result.as_dict(), **_provenance(recordings), "assumed": assumptions})
            if not json_wanted:
                print_replay(result, documents[-1])
            done(1)
    if not documents:
        raise left_out[0]
    if json_wanted:
        as_json(_document(documents, left_out))
    for reason in left_out:
        click.echo(f"fyr: left out {reason}", err=True)


def _by_patient(
    path: Path, hospital: str | None, mapping: Path | None, zero_is_missing: bool | None
) -> dict[PatientId, list[Recording]]:
    from fyr.exchange.recordings import read_recordings

    grouped: dict[PatientId, list[Recording]] = {}
    for recording in read_recordings(path, hospital=hospital, mapping=mapping, zero_is_missing=zero_is_missing):
        grouped.setdefault(recording.patient, []).append(recording)
    return grouped


def _provenance(recordings: Sequence[Recording]) -> dict[str, Any]:
    return {
        "sources": [recording.source for recording in recordings],
        "skipped": [{"name": one.name, "reason": one.reason} for r in recordings for one in r.skipped],
        "notes": list(dict.fromkeys(note for recording in recordings for note in recording.notes)),
        "research_use_only": True,
    }


def _document(documents: Sequence[dict[str, Any]], left_out: Sequence[BadInput]) -> dict[str, Any]:
    """Return the one document of the one patient, or one that holds everybody's."""
    if len(documents) == 1 and not left_out:
        return documents[0]
    return {"patients": documents, "left_out": [str(problem) for problem in left_out], "research_use_only": True}


def read_assumption(text: str) -> tuple[str, float | str]:
    """Read ``INPUT=VALUE``; a value that is a number becomes one."""
    name, equals, value = text.partition("=")
    if not equals or not name or not value:
        raise UsageError(f"'{text}' is no assumption", mend="write --assume INPUT=VALUE, for example consciousness=A")
    try:
        return name, float(value)
    except ValueError:
        return name, value


def _response(text: str) -> int | None:
    return None if text == "never" else option_duration(text, "--response")


def _speed(text: str) -> float | None:
    if text == "max":
        return None
    try:
        factor = float(text)
    except ValueError:
        factor = 0.0
    if not factor > 0:
        raise UsageError(f"'{text}' is no speed", where="--speed", mend="give a number greater than 0, or max")
    return factor


def _paced(factor: float, *, aloud: bool) -> Callable[[int, Sequence[AlarmEvent]], None]:
    began: list[tuple[float, int]] = []

    def listen(now_us: int, events: Sequence[AlarmEvent]) -> None:
        if not began:
            began.append((time.monotonic(), now_us))
        due = began[0][0] + (now_us - began[0][1]) / 1e6 / factor
        time.sleep(max(0.0, due - time.monotonic()))
        for event in events if aloud else ():
            print_event(event)

    return listen
