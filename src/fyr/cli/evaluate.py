"""`fyr watch evaluate`: policies compared on recordings whose truth is known, or silently on those where it is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fyr.cli.duration import option_duration
from fyr.cli.evaluate_data import EvaluationData, read_evaluation_data
from fyr.cli.evaluate_text import print_comparison
from fyr.cli.home import Home, home_option
from fyr.cli.output import as_json, json_option, progress
from fyr.errors import BadInput, UsageError

if TYPE_CHECKING:
    from fyr.attention import Policy
    from fyr.watch.evaluation.document import Comparison
    from fyr.watch.evaluation.recorded import Recorded
    from fyr.watch.evaluation.running import Ran
    from fyr.watch.evaluation.ward_courses import WardCourses

__all__ = ["evaluate"]

_RAW_MONITOR = "thresholds"
"""The shipped policy that stands for the bedside monitor: delays count from it, and silent trials lie beside it."""


@click.command()
@click.argument("data", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--policy", "names", multiple=True, help="A shipped policy or a YAML file; once for each to compare.")
@click.option(
    "--model", "model_name", help="Instead of policies: a trained early-warning model, judged on hourly tables."
)
@click.option("--resamples", default=500, show_default=True, type=click.IntRange(20, 100_000), help="With --model.")
@click.option("--report", type=click.Path(path_type=Path), help="Write the comparison as one HTML file.")
@click.option(
    "--lookback", default="0 min", show_default=True, help="How long before an event's onset an alert counts."
)
@click.option(
    "--response",
    default="2 min",
    show_default=True,
    help="Nobody acts in a replay: take notifications as acknowledged after this time, or never.",
)
@click.option("--patients-per-nurse", default=8.0, show_default=True, type=click.FloatRange(0.1, 1000))
@click.option("--silent", is_flag=True, help="Judge the load alone; the truth is not needed and not read.")
@click.option(
    "--assume", "assumed", multiple=True, metavar="INPUT=VALUE", help="For score inputs that nobody recorded."
)
@click.option("--hospital", help="The patients' hospital, where the file does not name one.")
@click.option("--sweep", "is_swept", is_flag=True, help="Judge each policy again with its durations halved, doubled, …")
@click.option("--keep", metavar="NAME", help="Keep the comparison in --home, to look at on the page.")
@click.option("--title", default="", help="What to call a kept comparison; its NAME by default.")
@home_option
@json_option
def evaluate(
    data: tuple[Path, ...],
    names: tuple[str, ...],
    model_name: str | None,
    resamples: int,
    report: Path | None,
    lookback: str,
    response: str,
    patients_per_nurse: float,
    silent: bool,
    assumed: tuple[str, ...],
    hospital: str | None,
    is_swept: bool,
    keep: str | None,
    title: str,
    home: Home,
    json_wanted: bool,
) -> None:
    """Replay recordings under several policies and compare load, missed events and delay.

    DATA is a folder with samples.parquet and truth.parquet, or several; with --silent any recordings, or the home of a
    hospital whose wards run: what each policy would have said there, beside what the ward told. Hourly
    intensive-care tables (dyn, outc and sta.parquet) are read as they are, for policies and for --model.
    """
    if model_name is not None:
        _check_alone(names or report or silent or keep or is_swept)
        _judge_model(data, model_name, resamples, json_wanted=json_wanted)
        return
    from fyr.cli.evaluate_keep import check_place, keep_in_home
    from fyr.watch.evaluation.document import compare
    from fyr.watch.evaluation.strictness import FACTORS
    from fyr.watch.evaluation.sweep import sweep

    response_us = None if response == "never" else option_duration(response, "--response")
    lookback_us = _lookback(lookback)
    if report is not None and not report.resolve().parent.is_dir():
        raise BadInput("there is no such folder", where=str(report.resolve().parent), mend="make it first")
    if keep is not None:
        check_place(home, keep)
    policies = _policies(names, assumed, silent=silent)
    reference = None if silent or _RAW_MONITOR in policies else _raw_monitor()
    everyone = [*policies.values(), *([reference] if reference else [])]
    sources = read_evaluation_data(data, hospital=hospital, silent=silent)
    for source in sources:
        for skipped in source.skipped:
            click.echo(f"fyr: {source.path}: left out {skipped}", err=True)
    ran = _run(sources, everyone, list(policies.values()), response_us)
    recordings = [one for part in ran for one in part.recordings]
    _check_usable(recordings, sources)
    courses = _joined(ran)
    raw = courses[list(policies).index(_RAW_MONITOR)] if _RAW_MONITOR in policies else None
    events = None if silent else [event for source in sources for event in source.events]

    def judge(named: Mapping[str, Policy], said: Sequence[WardCourses]) -> Comparison:
        return compare(
            named,
            said,
            recordings,
            events=events,
            reference=courses[-1] if reference else raw,
            reference_name=f"the policy {_RAW_MONITOR}",
            lookback_us=lookback_us,
            assumed_response_us=response_us,
            patients_per_nurse=patients_per_nurse,
        )

    def run(some: Sequence[Policy]) -> list[WardCourses]:
        return _joined(_run(sources, some, list(policies.values()), response_us)) if some else []

    comparison = judge(policies, courses[: len(policies)])
    document = {
        "folders": [str(source.path) for source in sources],
        **comparison.document,
        **_told_live(sources),
        "assumed": list(assumed),
    }
    if is_swept or keep is not None:
        factors = FACTORS if is_swept else (1.0,)
        swept = sweep(policies, courses[: len(policies)], run=run, judge=judge, factors=factors)
        if is_swept:
            document["sweep"] = swept.document()
        if keep is not None:
            keep_in_home(home, keep, title, names, document, comparison, swept, sources)
    if report is not None:
        _write_report(report, comparison, sources, document, response_us)
    if json_wanted:
        as_json(document)
    else:
        print_comparison(document)
    for patient in document["patients_without_usable_signal"]:
        click.echo(f"fyr: {patient}: nothing in the recording is usable; left out of the load", err=True)


def _told_live(sources: Sequence[EvaluationData]) -> dict[str, Any]:
    told = {str(source.path): dict(source.told_live) for source in sources if source.told_live}
    return {"told_live": told} if told else {}


def _check_alone(others: object) -> None:
    if others:
        raise UsageError("a model is judged alone", where="--model", mend="leave away what is about policies")


def _judge_model(data: Sequence[Path], name: str, resamples: int, *, json_wanted: bool) -> None:
    from fyr.cli.evaluate_model import evaluate_model, print_model_document

    document = evaluate_model(data, name, seed=1, resamples=resamples)
    if json_wanted:
        as_json(document)
    else:
        print_model_document(document)


def _policies(names: Sequence[str], assumed: Sequence[str], *, silent: bool) -> dict[str, Policy]:
    """Load the policies, each under a name of its own."""
    from fyr.attention import load_policy, shipped_policies
    from fyr.cli.replay import read_assumption

    if not names:
        raise UsageError("nothing is named that is to be judged", mend="give --policy, or --model")
    loaded = _assumed([load_policy(name) for name in names], dict(read_assumption(text) for text in assumed))
    if silent and _RAW_MONITOR in shipped_policies() and all(one.name != _RAW_MONITOR for one in loaded):
        loaded.append(load_policy(_RAW_MONITOR))
    named: dict[str, Policy] = {}
    for policy in loaded:
        if any(policy.digest == other.digest for other in named.values()):
            raise UsageError(f"the policy {policy.name} is given twice", where="--policy", mend="name it once")
        ways = (policy.name, f"{policy.name} {policy.version}", f"{policy.name} {policy.digest[:8]}")
        named[next(way for way in ways if way not in named)] = policy
    return named


def _assumed(policies: Sequence[Policy], values: Mapping[str, float | str]) -> list[Policy]:
    """Give each policy the assumptions that its scores ask for; each must be asked for by one of them."""
    from fyr.watch.replay import assume

    asked = [{name for score in policy.scores.values() for name in score.inputs} for policy in policies]
    for name in values:
        if not any(name in inputs for inputs in asked):
            assume(policies[0], {name: values[name]})  # says which inputs there are
            raise BadInput(f"no policy has an input '{name}'", where="--assume", mend="leave it away")
    return [
        assume(policy, {name: value for name, value in values.items() if name in inputs})
        for policy, inputs in zip(policies, asked, strict=True)
    ]


def _raw_monitor() -> Policy | None:
    from fyr.attention import load_policy, shipped_policies

    return load_policy(_RAW_MONITOR) if _RAW_MONITOR in shipped_policies() else None


def _check_usable(recordings: Sequence[Recorded], sources: Sequence[EvaluationData]) -> None:
    if not any(one.is_usable for one in recordings):
        raise BadInput(
            f"not one of {len(recordings)} patients has a usable value of a signal that the policies read",
            where=", ".join(str(source.path) for source in sources),
            mend="check the signals' names and units",
        )


def _run(
    sources: Sequence[EvaluationData], policies: Sequence[Policy], judged: Sequence[Policy], response_us: int | None
) -> list[Ran]:
    from fyr.watch.evaluation.running import run_policies

    work = len(policies) * sum(len(source.recordings.patients) for source in sources)
    with progress("replaying", work) as done:
        return [
            run_policies(
                source.recordings,
                policies,
                observations=source.observations,
                judged=judged,
                assumed_response_us=response_us,
                done=done,
            )
            for source in sources
        ]


def _joined(ran: Sequence[Ran]) -> list[WardCourses]:
    """Put what each policy said about the patients of several folders together."""
    from fyr.watch.evaluation.ward_courses import WardCourses

    return [WardCourses.joined([part.courses[number] for part in ran]) for number in range(len(ran[0].courses))]


def _lookback(text: str) -> int:
    from fyr.attention.policy_values import read_duration

    try:
        lookback_us = read_duration(text)
    except ValueError as problem:
        raise UsageError(str(problem), where="--lookback") from None
    if lookback_us < 0:
        raise UsageError(f"'{text}' lies in the future", where="--lookback", mend="give 0 min or more")
    return lookback_us


def _write_report(
    path: Path,
    comparison: Comparison,
    sources: Sequence[EvaluationData],
    document: dict[str, Any],
    response_us: int | None,
) -> None:
    from fyr.watch.evaluation.look import CloseLook
    from fyr.watch.evaluation.report import report_page

    look = CloseLook([(source.recordings, source.observations) for source in sources], response_us)
    page = report_page(comparison, look, document)
    staged = path.with_name(f".{path.name}.new")
    staged.write_text(page, encoding="utf-8")
    staged.replace(path)
    click.echo(f"fyr: wrote {path}", err=True)
