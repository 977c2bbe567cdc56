"""From what was asked on the command line to a study, its tables and its result."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from fyr.cli.federate_output import can_be_kept, keep_model
from fyr.cli.learn_federate_tables import EventColumn, check_sheet, read_sheets, site_files, site_table
from fyr.errors import BadInput, UsageError
from fyr.learn.federation.coordinator import Outcome
from fyr.learn.federation.methods import METHODS
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.study import Study

if TYPE_CHECKING:
    from fyr.learn.federation.disclosure.experiment import Controls
    from fyr.learn.federation.in_process_study import StudyFolder

__all__ = ["Asked", "method_called", "run"]

_HAPPENED_OR_NOT: Final = ("logistic", "calibration", "decision_curve", "discrimination", "boosting")
"""Methods whose outcome is 1 or 0."""
_ALSO_CALLED: Final = {"describe": "descriptive", "linear_regression": "linear", "logistic_regression": "logistic"}
_OWN_WORDS: Final = {
    "descriptive": {"features": "columns"},
    "boosting": {"event": "outcome"},
}
"""What a method calls an option where it does not call it as most do."""
_USUAL_WORDS: Final = {"time": "duration"}
_OWN_STRATUM: Final = "site"
"""The stratum that is the hospital itself; not a column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked, as the options of ``fyr learn federate`` have it."""

    files: Sequence[str]
    by_column: str | None
    method: str
    features: Sequence[str] = ()
    outcome: str | None = None
    time: str | None = None
    event: str | None = None
    strata: Sequence[str] = ()
    l2: float | None = None
    ties: str | None = None
    further: Sequence[str] = ()
    missing: Sequence[str] = ()
    name: str = "study"
    quorum: int = 0
    rules: Sequence[str] = ()
    on_refusal: str = "stop"
    journal: Path | None = None
    output: Path | None = None

    def options(self) -> dict[str, Any]:
        """Return the method's options: what was given, and nothing else.

        Raises
        ------
        UsageError
            If a further option has no value.
        """
        words = _OWN_WORDS.get(self.method, _USUAL_WORDS if self.method != "boosting" else {})
        given: dict[str, Any] = {
            "features": _listed(self.features) or None,
            "strata": _listed(self.strata) or None,
            "outcome": None if self.outcome is None else EventColumn.of(self.outcome).name,
            "time": self.time,
            "event": None if self.event is None else EventColumn.of(self.event).name,
            "l2": self.l2,
            "ties": self.ties,
        }
        options = {words.get(key, key): value for key, value in given.items() if value is not None}
        return options | _pairs(self.further, "--option")


def run(asked: Asked, tell: Callable[[int, int, int], None] | None = None) -> dict[str, Any]:
    """Read the tables, run the study, and return the document.

    Raises
    ------
    UsageError
        If there is no such method, or an option contradicts another.
    BadInput
        If a table cannot be used.
    Refused
        If a site does not answer.
    """
    from fyr.learn.federation.in_process_study import StudyFolder, conduct_in_process

    asked = replace(asked, method=method_called(asked.method))
    tables, options, unusable = _tables(asked)
    study = Study(
        asked.name,
        asked.method,
        tuple(tables),
        options,
        quorum=asked.quorum,
        rules=_pairs(asked.rules, "--rule"),
        on_refusal=asked.on_refusal,
    )
    can_be_kept(study, asked.output)
    folder = None if asked.journal is None else StudyFolder(asked.journal)
    controls = _controls(study, folder)
    outcome = conduct_in_process(study, tables, folder=folder, tell=tell, gate_of=controls.gate_of)
    document = _document(study, tables, replace(outcome, left_out={**unusable, **outcome.left_out}), controls)
    if asked.output is not None:
        document["kept"] = keep_model(asked.output, study, outcome, document["sites"])
    return document


def _controls(study: Study, folder: StudyFolder | None) -> Controls:
    """Return every hospital's gate; with a folder, their ledgers and secrets outlive this process."""
    from fyr.learn.federation.disclosure.experiment import Controls
    from fyr.learn.federation.disclosure.rules import Rules

    rules = Rules.read(study.rules)
    if folder is None:
        return Controls(rules)
    return Controls(
        rules,
        ledgers={site: folder.site_journal(study, site).with_suffix(".ledger") for site in study.sites},
        secrets={site: folder.secret(site) for site in study.sites},
    )


def method_called(written: str) -> str:
    """Return a method's own name: hyphens and capitals do not matter."""
    plain = written.strip().lower().replace("-", "_").replace(" ", "_")
    plain = _ALSO_CALLED.get(plain, plain)
    known = {name.replace("-", "_"): name for name in METHODS}
    if plain not in known:
        near = difflib.get_close_matches(plain, known, n=1)
        meant = f"did you mean '{near[0]}'? " if near else ""
        raise UsageError(
            f"there is no method '{written}'", where="--method", mend=f"{meant}choose {', '.join(sorted(METHODS))}"
        )
    return known[plain]


def _tables(asked: Asked) -> tuple[dict[str, SiteTable], dict[str, Any], dict[str, str]]:
    """Return the tables, the method's options, and why tables that cannot be used are left out, if that is the rule."""
    options = asked.options()
    sheets = read_sheets(site_files(asked.files), asked.by_column)
    strata = [name for name in options.get("strata", []) if name != _OWN_STRATUM]
    named = [options[key] for key in ("outcome", "time", "duration", "event") if key in options]
    features = [*options.get("features", []), *options.get("columns", [])]
    must = [*features, *strata, *named]
    event = None if asked.event is None else EventColumn.of(asked.event)
    outcome = None if asked.outcome is None else EventColumn.of(asked.outcome)
    if outcome is not None and (outcome.code is not None or asked.method in _HAPPENED_OR_NOT):
        if event is not None:
            raise UsageError("an outcome that happened or not is given beside an event", mend="give one of them")
        event = outcome
    tables: dict[str, SiteTable] = {}
    unusable: dict[str, BadInput] = {}
    for site, sheet in sheets.items():
        try:
            check_sheet(sheet, must)
            mentioned = [name for name in _strings(options) if name in sheet.frame.columns]
            tables[site] = site_table(
                site,
                sheet,
                list(dict.fromkeys([*must, *mentioned])),
                missing=asked.missing,
                numbers=[name for name in named if event is None or name != event.name],
                mostly_numbers=features,
                event=event,
            )
        except BadInput as problem:
            if asked.on_refusal == "stop":
                raise
            unusable[site] = problem
    if unusable and len(tables) < (asked.quorum or 2):
        raise next(iter(unusable.values()))
    return tables, options, {site: str(problem) for site, problem in unusable.items()}


def _pairs(written: Sequence[str], where: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in written:
        key, equals, text = one.partition("=")
        if not equals or not key:
            raise UsageError(f"'{one}' has no value", where=where, mend=f"write {where} KEY=VALUE")
        found[key.replace("-", "_")] = _value(text)
    return found


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for one in value.values() for text in _strings(one)]
    if isinstance(value, (list, tuple)):
        return [text for one in value for text in _strings(one)]
    return []


def _listed(written: Sequence[str]) -> list[str]:
    names = [name.strip() for one in written for name in one.split(",")]
    return list(dict.fromkeys(name for name in names if name))


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return [_value(part.strip()) for part in text.split(",") if part.strip()] if "," in text else text


def _document(study: Study, tables: Mapping[str, SiteTable], outcome: Outcome, controls: Controls) -> dict[str, Any]:
    left_out = {**outcome.result.get("sites_left_out", {}), **outcome.left_out}
    # Trees take rows that lack a feature; all other methods want every column.
    named = [str(study.options[key]) for key in ("outcome", "time", "event") if key in study.options]
    used = {
        site: int(
            np.count_nonzero(tables[site].complete(named if study.method == "boosting" else list(tables[site].columns)))
        )
        for site in outcome.sites
        if site not in left_out
    }
    rows = outcome.result.get("rows", sum(used.values()))
    rows = int(rows) if float(rows).is_integer() else rows
    largest = max((size for sizes in outcome.bytes_per_round.values() for size in sizes), default=0)
    return {
        "study": {"name": study.name, "digest": study.digest, "method": study.method, "options": dict(study.options)},
        **outcome.result,
        "rounds": outcome.rounds,
        "bytes_per_site_per_round": largest,
        "rows_isolable": controls.rows_isolable(),
        "sums_masked": controls.masks(study),
        "sites": list(used),
        "sites_left_out": left_out,
        "rows": rows,
        "rows_left_out": outcome.result.get("rows_left_out", sum(tables[site].rows for site in used) - rows),
        "by_site": {
            site: {
                "rows": used[site],
                "rows_left_out": tables[site].rows - used[site],
                "bytes_per_round": outcome.bytes_per_round[site],
            }
            for site in used
        },
        "transcript": outcome.transcript,
    }
