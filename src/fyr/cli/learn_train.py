"""``fyr learn train``: a model that must beat the simple ones on patients it never saw."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fyr.cli.home import Home, home_option
from fyr.cli.output import as_json, json_option, progress
from fyr.errors import BadInput, UsageError

if TYPE_CHECKING:
    from fyr.learn.cohort import Cohort
    from fyr.learn.training.learners import LearnerName
    from fyr.learn.training.making import GivenRival
    from fyr.learn.training.nested import Plan

__all__ = ["train"]


@click.command()
@click.option("--cohort", "table", required=True, type=click.Path(path_type=Path), help="The table: a row a patient.")
@click.option(
    "--mapping", type=click.Path(path_type=Path), help="What its columns mean (YAML); see the cohort mapping."
)
@click.option("--outcome", metavar="TIME,EVENT[,CAUSE]", help="Columns of the outcome; or EVENT alone.")
@click.option("--time-unit", type=click.Choice(["d", "wk", "mo", "a"]), help="Of the times.")
@click.option("--horizon", metavar="5y[,10y]", help="By when: the first is what figures are about. y, mo, wk or d.")
@click.option("--predictors", metavar="COLUMN,…", help="What to learn from, * for anything; all columns by default.")
@click.option(
    "--modality",
    "modality",
    multiple=True,
    metavar="NAME=COLUMN,…",
    help="A kind of predictors with a learner of its own (clinical=age,stage); all are fused, and any may be missing.",
)
@click.option(
    "--learner",
    default="choose",
    show_default=True,
    type=click.Choice(["choose", "stack", "cox", "logistic", "boosted"]),
    help="choose: the plain one, unless boosting is clearly better in held-out rows; stack: both, weighed.",
)
@click.option(
    "--spline", metavar="COLUMN,…", help="Numbers whose effect may bend (cubic, three knots), in cox, logistic."
)
@click.option("--rival", "rivals", multiple=True, metavar="MODEL", help="A model to hold it against: npi, or a folder.")
@click.option("--rival-column", "rival_columns", multiple=True, metavar="COLUMN", help="One column alone as a rival.")
@click.option(
    "--leave-hospital-out", is_flag=True, help="Hold out each hospital in turn, instead of folds of patients."
)
@click.option("--folds", default=5, show_default=True, type=click.IntRange(2, 50), help="Outer folds: the figures.")
@click.option("--inner", default=3, show_default=True, type=click.IntRange(2, 20), help="Inner folds: the tuning.")
@click.option("--repeats", default=1, show_default=True, type=click.IntRange(1, 20), help="Of the outer folds.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0, 1_000_000))
@click.option("--resamples", default=500, show_default=True, type=click.IntRange(0, 100_000), help="Of patients.")
@click.option("--threshold", type=click.FloatRange(0, 1, min_open=True, max_open=True), help="The risk to act at.")
@click.option("--by", metavar="GROUP,…", help="Give figures by these groups as well as by hospital.")
@click.option("--hospital", help="Of all rows, where no column says it.")
@click.option("--allow", multiple=True, metavar="COLUMN", help="Learn from it although it looks like the outcome.")
@click.option("--output", required=True, type=click.Path(path_type=Path), help="The folder of the model.")
@click.option("--name", help="What the model is called on its card.  [default: LEARNER-OUTCOME]")
@click.option("--version", "version", default="1", show_default=True)
@click.option("--credit", default="", help="Whose data these are, and on what terms: said on the card.")
@click.option("--unsigned", is_flag=True, help="Do not sign the folder with this hospital's key.")
@click.option("--report", type=click.Path(path_type=Path), help="A page that tells the figures: .html or .pdf.")
@home_option
@json_option
def train(
    table: Path,
    mapping: Path | None,
    outcome: str | None,
    time_unit: str | None,
    horizon: str | None,
    predictors: str | None,
    modality: tuple[str, ...],
    learner: str,
    spline: str | None,
    rivals: tuple[str, ...],
    rival_columns: tuple[str, ...],
    leave_hospital_out: bool,
    folds: int,
    inner: int,
    repeats: int,
    seed: int,
    resamples: int,
    threshold: float | None,
    by: str | None,
    hospital: str | None,
    allow: tuple[str, ...],
    output: Path,
    name: str | None,
    version: str,
    credit: str,
    unsigned: bool,
    report: Path | None,
    home: Home,
    json_wanted: bool,
) -> None:
    """Train a model on a cohort, and say whether it beats the simple ones on patients it never saw.

    The figures are those of nested cross-validation, split by patient: tuning, selection and fusion are done anew in
    each fold. Where the mapping has a split, the model is trained on its train rows and judged on its test rows. The
    model that is kept is trained on all rows (of train), and its folder is signed with this hospital's key.
    """
    from fyr.cli.learn_train_cohort import read_training
    from fyr.cli.learn_train_text import as_text
    from fyr.learn.training.carding import Naming
    from fyr.learn.training.making import Judging, make_model
    from fyr.learn.training.recipe import Recipe

    ready = read_training(
        table,
        mapping,
        outcome=outcome,
        time_unit=time_unit,
        horizon=horizon,
        by=by,
        hospital=hospital,
        predictors=predictors,
        modality=modality,
        splines=spline,
        rival_columns=rival_columns,
        allow=allow,
    )
    cohort, modalities, horizons = ready.cohort, ready.modalities, ready.horizons_years
    plan = _plan(cohort, leave_hospital_out=leave_hospital_out, folds=folds, repeats=repeats, seed=seed)
    learners = _learners(learner, timed=cohort.outcome.years is not None, horizons=horizons)
    recipe = Recipe(modalities, learners, horizons, inner, ready.splines, seed, learner == "stack")
    given = [_rival(one, ready.raw, horizons) for one in rivals]
    naming = Naming(name or _default_name(learner, modalities, cohort.outcome.title), version, credit)
    judging = Judging(resamples, threshold, ready.by, sha256=_sha256(table))
    with progress("training and judging", plan.steps(cohort) + 2) as done:
        made = make_model(
            recipe,
            cohort,
            plan,
            naming,
            judging,
            single=ready.rival_columns,
            given=given,
            notes=ready.notes,
            done=done,
        )
    made.write(output, _mapping_file(ready.columns_of({entry.name for entry in made.model.card.inputs})))
    signature = None if unsigned else _sign(output, home)
    document: dict[str, Any] = made.document
    document["model"] |= {
        "folder": str(output),
        "signature": "unsigned" if signature is None else signature.state,
        "key": None if signature is None else signature.fingerprint,
    }
    if report is not None:
        from fyr.cli.learn_validate_report import write_pages
        from fyr.learn.training.report import training_report

        write_pages(report, training_report(document))
        document["report"] = str(report)
    if json_wanted:
        as_json(document)
    else:
        click.echo(as_text(document))


def _plan(cohort: Cohort, *, leave_hospital_out: bool, folds: int, repeats: int, seed: int) -> Plan:
    from fyr.learn.training.nested import Plan

    if "split" in cohort.groups:
        if leave_hospital_out:
            raise UsageError("the mapping has a split, and --leave-hospital-out asks for another", mend="drop one")
        return Plan("split", folds, repeats, seed)
    return Plan("hospitals" if leave_hospital_out else "folds", folds, repeats, seed)


def _learners(learner: str, *, timed: bool, horizons: tuple[float, ...]) -> tuple[LearnerName, ...]:
    if learner == "cox" and not timed:
        raise UsageError("a Cox regression needs times", mend="write --outcome TIME,EVENT, or --learner logistic")
    if learner == "logistic" and len(horizons) > 1:
        raise UsageError("a logistic regression has one horizon", mend="ask for one, or take --learner cox")
    if learner in ("choose", "stack"):
        return ("cox", "boosted") if timed else ("logistic", "boosted")
    if learner == "cox":
        return ("cox",)
    return ("logistic",) if learner == "logistic" else ("boosted",)


def _rival(name: str, cohort: Cohort, horizons: tuple[float, ...]) -> GivenRival:
    """Ask a model that there is about every row, in the way that a validation would."""
    import numpy as np

    from fyr.learn.output_choice import choose_output
    from fyr.learn.predictions import predictions_of_model
    from fyr.learn.training.making import GivenRival
    from fyr.models import registry

    model = registry.model(name)
    chosen = choose_output(
        model.card,
        horizon_years=horizons[0] if horizons else None,
        title=cohort.outcome.title,
        competing=cohort.outcome.competing is not None,
    )
    said = predictions_of_model(model, cohort, chosen)
    if not said.answered.any():
        reason = next(iter(said.refusal_reasons), "it refuses every row")
        raise BadInput(f"the rival {name} answers no row: {reason}", where=cohort.source, mend="map what it needs")
    values = np.full(len(cohort), np.nan)
    values[said.answered] = said.score
    refused = int((~said.answered).sum())
    notes = list(said.notes) + ([f"it refuses {refused} of {len(cohort)} rows"] if refused else [])
    title = f"{model.card.title} {model.card.version}, {chosen.name}"
    return GivenRival(name, title, values, said.risk is not None, tuple(notes))


def _default_name(learner: str, modalities: Mapping[str, tuple[str, ...]], title: str) -> str:
    kind = "fused" if len(modalities) > 1 else {"choose": "trained", "stack": "stacked"}.get(learner, learner)
    event = re.sub(r"[^a-z0-9]+", "-", title.casefold()).strip("-") or "event"
    return f"{kind}-{event}"


def _sha256(table: Path) -> str:
    import hashlib

    return hashlib.sha256(table.read_bytes()).hexdigest()


def _mapping_file(used: dict[str, str]) -> dict[str, bytes]:
    """Return a mapping of the training table's columns to the inputs, where any has another name."""
    if all(old == new for old, new in used.items()):
        return {}
    import json

    lines = [f"  {json.dumps(old, ensure_ascii=False)}: {new}" for old, new in used.items()]
    head = "# What the columns of the table that this model was trained on are called as its inputs.\ncolumns:\n"
    return {"columns.yaml": (head + "\n".join(lines) + "\n").encode()}


def _sign(output: Path, home: Home) -> Any:
    from fyr.models.signing import sign_model_folder

    return sign_model_folder(output, home / "keys" if isinstance(home, Path) else None)
