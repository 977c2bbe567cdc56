"""``fyr learn recalibrate``: fit a model's probabilities to this hospital's patients, and say whether that helps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import click

from fyr.cli.home import Home, home_option
from fyr.cli.output import as_json, json_option, progress
from fyr.errors import BadInput, Refused, UsageError

if TYPE_CHECKING:
    import numpy as np

    from fyr.learn.cohort import Cohort
    from fyr.learn.predictions import Predictions
    from fyr.learn.recalibration.held_out import Ground, Wish
    from fyr.learn.recalibration.run import Recalibrated
    from fyr.models.contract import Model

__all__ = ["recalibrate"]

_METHODS: Final = ("choose", "intercept", "baseline", "slope", "isotonic")
_MANY_LOST: Final = 0.1
_YEARS: Final = {"y": 1.0, "a": 1.0, "mo": 1 / 12, "wk": 7 / 365.25, "d": 1 / 365.25}


@click.command()
@click.argument("model_name", metavar="MODEL")
@click.option("--cohort", "table", required=True, type=click.Path(path_type=Path), help="The table of patients.")
@click.option("--mapping", type=click.Path(path_type=Path), help="What its columns are (YAML).")
@click.option("--outcome", help="Columns TIME,EVENT[,CAUSE] or EVENT; goes before the mapping's.")
@click.option("--time-unit", type=click.Choice(["d", "wk", "mo", "a"]), help="Of the column TIME.")
@click.option("--hospital", help="The hospital of all rows, where the mapping names none.")
@click.option("--horizon", help="The time that the risk speaks of: 10y, 60mo. Not for an outcome without times.")
@click.option("--risk", "output_name", help="The model's output to recalibrate, where several may be meant.")
@click.option("--method", type=click.Choice(_METHODS), default="choose", show_default=True)
@click.option("--folds", type=click.IntRange(2), default=5, show_default=True)
@click.option("--repeats", type=click.IntRange(1), default=10, show_default=True, help="Of the folds.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--resamples", type=click.IntRange(100), default=1000, show_default=True, help="For intervals.")
@click.option("--conformal", type=click.FloatRange(0, 1, min_open=True, max_open=True), help="Level of sets: 0.9.")
@click.option("--abstain", type=click.FloatRange(0, 0.9), help="Share of patients to leave out: 0.2.")
@click.option("--output", "folder", type=click.Path(path_type=Path), help="The folder of the recalibrated model.")
@click.option("--name", "new_name", help="The recalibrated model's name (by default MODEL-recalibrated).")
@click.option("--unsigned", is_flag=True, help="Do not sign the folder with this hospital's key.")
@home_option
@json_option
def recalibrate(
    model_name: str,
    table: Path,
    mapping: Path | None,
    outcome: str | None,
    time_unit: str | None,
    hospital: str | None,
    horizon: str | None,
    output_name: str | None,
    method: str,
    folds: int,
    repeats: int,
    seed: int,
    resamples: int,
    conformal: float | None,
    abstain: float | None,
    folder: Path | None,
    new_name: str | None,
    unsigned: bool,
    home: Home,
    json_wanted: bool,
) -> None:
    """Fit MODEL's probabilities to the patients of a table whose outcome is known, and say whether that helps.

    Beside the model as it is stands what the recalibrated one did on patients who were held out: by folds of patients,
    repeated, and hospital by hospital where there are several. With a split in the mapping the map is fitted to its
    training rows, and the test rows are only judged. --output writes the recalibrated model as a folder that every
    other verb takes; nothing is written, and the exit code is 4, where the method that is chosen is to leave the model
    as it is.
    """
    from fyr.cli.learn_cohort import read_cohort
    from fyr.cli.learn_recalibrate_text import as_text
    from fyr.learn.output_choice import choose_output
    from fyr.learn.predictions import predictions_of_model
    from fyr.learn.recalibrated_card import recalibrated_document
    from fyr.learn.recalibration.run import Settings
    from fyr.learn.recalibration.run import recalibrate as run
    from fyr.models import registry

    base = registry.model(model_name)
    _check_base(base)
    _check_target(folder, new_name)
    cohort = read_cohort(table, mapping, outcome=outcome, time_unit=time_unit, hospital=hospital, model=base)
    horizon_years = _horizon(horizon, cohort)
    if horizon_years is not None:
        cohort = replace(cohort, outcome=cohort.outcome.at([horizon_years]))
    chosen = choose_output(
        base.card,
        horizon_years=horizon_years,
        title=cohort.outcome.title,
        competing=cohort.outcome.competing is not None,
        name=output_name,
    )
    if chosen.reading == "rank":
        raise Refused(
            f"{chosen.name} of {base.card.name} ranks and is no probability at this horizon: there is nothing to "
            "calibrate",
            mend="name an output that is a probability with --risk, or another --horizon",
        )
    said = predictions_of_model(base, cohort, chosen)
    ground, apart = _grounds(cohort, said, horizon_years)
    settings = Settings(cast("Wish", method), folds, repeats, seed, resamples, conformal, abstain)
    with progress("recalibrate", repeats) as done:
        found = run(ground, settings, apart=apart, done=done)
    document = _document(cohort, said, found, settings.seed, table)
    document["horizon_years"] = horizon_years
    document["written"] = None
    if folder is not None and found.fitted.method != "none":
        content = recalibrated_document(
            base, per=chosen.per, reading=chosen.reading, report=document, found=found, name=new_name
        )
        document["written"] = _write(folder, model_name, base, content, None if unsigned else home)
    if json_wanted:
        as_json(document)
    else:
        click.echo("\n".join(as_text(document)))
    if folder is not None and document["written"] is None:
        raise Refused(
            f"nothing was written: {document['advice']['reason']}",
            where=str(folder),
            mend="use the model as it is; or name a --method to have it all the same",
        )


def _check_base(base: Model) -> None:
    if base.card.not_available:
        raise Refused(f"{base.card.name} is not available, because {base.card.not_available}")
    if base.whole_tables:
        raise BadInput(f"{base.card.name} answers whole tables, a row an hour, and not patients")


def _check_target(folder: Path | None, new_name: str | None) -> None:
    """Refuse now what could not be written in the end."""
    import re

    from fyr.models.folders import MANIFEST

    if new_name is not None and not re.fullmatch(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*", new_name):
        mend = "lower case letters and digits, joined by _ or -"
        raise UsageError(f"'{new_name}' is no name of a model", where="--name", mend=mend)
    if folder is None or not folder.exists():
        return
    if not folder.is_dir() or (any(folder.iterdir()) and not (folder / MANIFEST).is_file()):
        raise BadInput("there is something else than a model", where=str(folder), mend="name an empty folder")


def _horizon(text: str | None, cohort: Cohort) -> float | None:
    """Read ``10y`` into years; an outcome without times has none."""
    import re

    if cohort.outcome.years is None:
        if text is not None:
            raise UsageError("the outcome has no times", where="--horizon", mend="leave it away, or name a time column")
        return None
    if text is None:
        raise UsageError("the outcome has times", where="--horizon", mend="name the horizon: --horizon 10y")
    read = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(y|a|mo|wk|d)", text.strip())
    if read is None or float(read[1]) == 0:
        raise UsageError(f"'{text}' is no horizon", where="--horizon", mend="for example 10y, 60mo or 90d")
    return float(read[1]) * _YEARS[read[2]]


def _grounds(cohort: Cohort, said: Predictions, horizon_years: float | None) -> tuple[Ground, Ground | None]:
    """Return the rows to fit to, and those of the split's test part, which are only judged."""
    import numpy as np

    from fyr.learn.recalibration.held_out import Ground

    if said.risk is None or not said.answered.any():
        raise Refused(
            f"{said.model['name']} answers none of the {len(cohort)} rows: "
            f"{next(iter(said.refusal_reasons), 'there is no row')}",
            where=cohort.source,
            mend="map the columns that it needs",
        )
    rows = cohort.take(said.answered)
    every = Ground(said.risk, rows.outcome, rows.patient, rows.hospital, horizon_years)
    split = rows.groups.get("split")
    if split is None or not (split == "test").any():
        return every, None
    train: np.ndarray[Any, Any] = np.asarray(split == "train")
    both = set(rows.patient[train].tolist()) & set(rows.patient[split == "test"].tolist())
    if both:
        raise BadInput(
            f"{len(both)} patients are in both parts of the split ({min(both)})",
            where=cohort.source,
            mend="keep all rows of a patient in one part",
        )
    return every.take(train), every.take(np.asarray(split == "test"))


def _document(cohort: Cohort, said: Predictions, found: Recalibrated, seed: int, table: Path) -> dict[str, Any]:
    import hashlib

    lost = 1 - float(said.answered.mean())
    warnings = [*cohort.notes, *said.notes]
    if lost > _MANY_LOST:
        reason, count = next(iter(said.refusal_reasons.items()))
        warnings.append(f"{lost:.0%} of the rows have no answer and count nowhere; {count} of them: {reason}")
    rows = cohort.take(said.answered)
    several = len(rows) - len(set(rows.patient.tolist()))
    if several and found.conformal is not None:
        warnings.append(
            f"patients have {several} rows beyond their first: the level of the sets is that of rows, and rows of one "
            "patient are alike, so that it holds only roughly"
        )
    hospitals, counts = _counted(rows)
    competing = rows.outcome.competing
    return {
        "model": dict(said.model),
        "cohort": {
            "source": table.name,
            "sha256": hashlib.sha256(table.read_bytes()).hexdigest(),
            "rows": len(cohort),
            "answered": int(said.answered.sum()),
            "refused": int((~said.answered).sum()),
            "refusal_reasons": dict(said.refusal_reasons),
            "patients": len(set(rows.patient.tolist())),
            "hospitals": dict(zip(hospitals, counts, strict=True)),
            "events": int(rows.outcome.event.sum()),
            "events_by_horizon": found.before["events_by_horizon"],
            "competing": 0 if competing is None else int(competing.sum()),
        },
        "outcome": cohort.outcome.title,
        "seed": seed,
        "method": found.fitted.method,
        "choice": None if found.choice is None else found.choice.as_dict(),
        "parameters": found.parameters_as_dict(),
        "before": found.before,
        "promise": found.promise,
        "held_out": found.held_out,
        "advice": found.advice,
        "conformal": found.conformal,
        "abstention": found.abstention,
        "warnings": warnings,
    }


def _counted(cohort: Cohort) -> tuple[list[str], list[int]]:
    import numpy as np

    names, counts = np.unique(cohort.hospital.astype(str), return_counts=True)
    return names.tolist(), counts.tolist()


def _write(folder: Path, model_name: str, base: Model, content: dict[str, Any], home: Home | None) -> dict[str, Any]:
    """Write the recalibrated model's folder and sign it; read it back before it is said to be there."""
    from fyr.learn.recalibrated_model import KIND, RecalibratedModel, model_files
    from fyr.models.folders import load_model_folder, write_model_folder
    from fyr.models.signing import sign_model_folder

    model = RecalibratedModel(base, content)
    write_model_folder(folder, KIND, model, model_files(content, _base_files(model_name, base)))
    signature = None
    if home is not None:
        signature = sign_model_folder(folder, home / "keys" if isinstance(home, Path) else None)
    back = load_model_folder(folder)
    return {
        "folder": str(folder),
        "name": back.card.name,
        "version": back.card.version,
        "digest": back.card.digest,
        "output": back.card.outputs[0].name,
        "signature": "unsigned" if signature is None else signature.state,
        "key": None if signature is None else signature.fingerprint,
    }


def _base_files(model_name: str, base: Model) -> dict[str, bytes]:
    """Return the files of a base model that is a folder; none where it is part of an installed package."""
    import os

    from fyr.models.folders import MANIFEST
    from fyr.models.signing import SIGNATURE

    home = os.environ.get("FYR_HOME", ".fyr")
    for place in (Path(model_name), *(() if "://" in home else (Path(home, "models", model_name),))):
        if (place / MANIFEST).is_file() and not _installed(base):
            return {file.name: file.read_bytes() for file in sorted(place.iterdir()) if file.name != SIGNATURE}
    return {}


def _installed(base: Model) -> bool:
    """Whether an installed package offers just this model."""
    from importlib.metadata import entry_points

    names = entry_points(group="fyr.models").names
    return base.card.name in names or f"{base.card.name}-{base.card.version}" in names
