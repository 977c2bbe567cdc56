"""``fyr models``: what there is, what it is, and what it says about a file of rows."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fyr.cli.output import as_json, json_option, progress
from fyr.errors import Refused
from fyr.models.card import ModelCard, ModelInput, ModelOutput

if TYPE_CHECKING:
    import polars as pl

__all__ = ["models"]

_A_WHILE = 200_000
"""Rows from which a progress bar is worth its line."""
_LONGEST_PARAMETER = 400
"""Letters of a parameter on a card; a table of coefficients is for ``--json``."""


_signed_option = click.option(
    "--require-signed",
    is_flag=True,
    help="Refuse a model folder that neither this hospital nor one that it trusts has signed (FYR_REQUIRE_SIGNED).",
)


@contextmanager
def _signed_models_only(required: bool) -> Iterator[None]:
    """Require signatures of the model folders that are loaded in the block, as ``FYR_REQUIRE_SIGNED`` does."""
    before = os.environ.get("FYR_REQUIRE_SIGNED")
    if required:
        os.environ["FYR_REQUIRE_SIGNED"] = "1"
    try:
        yield
    finally:
        if required:
            os.environ.pop("FYR_REQUIRE_SIGNED")
            if before is not None:
                os.environ["FYR_REQUIRE_SIGNED"] = before


@click.group()
def models() -> None:
    """List models, read their cards, run them over rows."""


@models.command("list")
@json_option
def list_models(json_wanted: bool) -> None:
    """List every model, and every model that does not load with the reason."""
    from fyr.models import registry

    found, broken = registry.models(), registry.problems()
    if json_wanted:
        listed = [{"entry": name, **_brief(model.card)} for name, model in found.items()]
        as_json({"models": listed, "problems": [{"entry": name, "problem": str(why)} for name, why in broken.items()]})
        return
    width = max((len(name) for name in found), default=0)
    for name, model in found.items():
        note = " (not available)" if model.card.not_available else ""
        click.echo(f"{name:{width}}  {model.card.version:10}  {model.card.title}{note}")
    for why in broken.values():
        click.echo(f"does not load: {why}", err=True)


@models.command("card")
@click.argument("name")
@_signed_option
@json_option
def card(name: str, require_signed: bool, json_wanted: bool) -> None:
    """Show the card of the model NAME (or NAME-VERSION)."""
    from fyr.models import registry

    with _signed_models_only(require_signed):
        found = registry.model(name)
    signature = found.signature
    if json_wanted:
        as_json({**found.card.as_dict(), **({} if signature is None else {"signature": signature.as_dict()})})
    else:
        click.echo("\n".join(_as_text(found.card, "" if signature is None else f"Model folder {signature}.")))


@models.command("run")
@click.argument("name")
@click.option(
    "--input", "source", required=True, type=click.Path(path_type=Path), help="Rows: .csv, .parquet, .json, .jsonl."
)
@click.option(
    "--output", "target", required=True, type=click.Path(path_type=Path), help="The same rows and the answers."
)
@click.option(
    "--stays",
    type=click.Path(path_type=Path),
    help="For hours of stays: a Parquet table, a row a stay_id, whose columns (age, weight) belong to its hours.",
)
@click.option("--explain", is_flag=True, help="Add a column 'explanation' (JSON).")
@_signed_option
@json_option
def run(
    name: str,
    source: Path,
    target: Path,
    stays: Path | None,
    explain: bool,
    require_signed: bool,
    json_wanted: bool,
) -> None:
    """Run the model NAME over every row of a file.

    The columns that the card names as inputs are read strictly; all others pass through. The rows come back in order
    with a column for each output, NAME_low and NAME_high where it has an interval, and 'refusal': the reason where a
    row has no answer. A refused row never stops the others; if not one row is answered, the exit code is 4. Where the
    input is a table dyn.parquet with sta.parquet beside it, the latter is taken as --stays.
    """
    from fyr.models import registry
    from fyr.models.batch import run_file

    with _signed_models_only(require_signed):
        model = registry.model(name)
    with ExitStack() as stack:
        summary = run_file(
            model,
            source,
            target,
            explain=explain,
            complete=_completed(model.card, source, stays),
            begin=_announce(stack, model.card.name),
        )
    if json_wanted:
        as_json({**summary.as_dict(), "output": str(target)})
    else:
        click.echo(
            f"{summary.model} {summary.version} ({summary.digest[:12]}): {summary.rows} rows, "
            f"{summary.answered} answered, {summary.refused} refused; written to {target}"
        )
        for reason, rows in summary.refusal_reasons.items():
            click.echo(f"  {rows:>9}  {reason}")
    if summary.rows and not summary.answered:
        raise Refused(
            f"{model.card.name} answered none of {summary.rows} rows", mend=f"read column 'refusal' of {target}"
        )


def _completed(
    card: ModelCard, source: Path, stays: Path | None
) -> Callable[[pl.DataFrame], tuple[pl.DataFrame, tuple[str, ...]]]:
    """Return what adds the columns of the stays: of the table that was named, or of the one that lies beside."""
    beside = source.parent / "sta.parquet"
    found = stays or (beside if source.name == "dyn.parquet" and beside.is_file() else None)

    def complete(frame: pl.DataFrame) -> tuple[pl.DataFrame, tuple[str, ...]]:
        from fyr.exchange.icu_tables import with_stays

        if found is None or (stays is None and "stay_id" not in frame.columns):
            return frame, ()
        whole, added = with_stays(frame, found, [entry.name for entry in card.inputs])
        is_or_are = "is" if len(added) == 1 else "are"
        return whole, (f"{' and '.join(added)} {is_or_are} taken from {found}",) if added else ()

    return complete


def _announce(stack: ExitStack, name: str) -> Callable[[int, tuple[str, ...]], Callable[[int], None]]:
    def begin(rows: int, warnings: tuple[str, ...]) -> Callable[[int], None]:
        for warning in warnings:
            click.echo(f"fyr: warning: {warning}", err=True)
        if rows < _A_WHILE:
            return lambda _done: None
        return stack.enter_context(progress(name, rows))

    return begin


def _brief(found: ModelCard) -> dict[str, Any]:
    return {
        "name": found.name,
        "version": found.version,
        "digest": found.digest,
        "title": found.title,
        "available": not found.not_available,
        "intended_use": found.intended_use,
        "inputs": [entry.name for entry in found.inputs],
        "outputs": [output.name for output in found.outputs],
    }


def _as_text(found: ModelCard, signed: str) -> Iterator[str]:
    yield f"{found.title}\n{found.name} {found.version}, digest {found.digest}"
    if signed:
        yield signed
    yield "Research software, not a medical device."
    for heading, text in (
        ("Not available, because", found.not_available),
        ("Intended use", found.intended_use),
        ("Not for", found.not_for),
        ("Validity", found.validity),
        ("Explanation", found.explanation),
        ("Evidence", found.evidence),
        ("Citation", found.citation),
        ("Licence", found.licence),
    ):
        if text:
            yield f"\n{heading}"
            yield click.wrap_text(text, width=100, initial_indent="  ", subsequent_indent="  ")
    yield "\nInputs"
    for entry in found.inputs:
        yield from _input_lines(entry)
    yield "\nOutputs"
    for output in found.outputs:
        yield _output_line(output)
    if found.parameters:
        yield "\nParameters"
        for name, value in found.as_dict()["parameters"].items():
            if value not in ({}, []):
                yield _parameter_line(name, value)


def _parameter_line(name: str, value: Any) -> str:
    said = _said(value)
    if len(said) > _LONGEST_PARAMETER:
        said = f"{said[:_LONGEST_PARAMETER].rsplit(' ', 1)[0]} … (--json has all of it)"
    return click.wrap_text(f"{name}: {said}", width=100, initial_indent="  ", subsequent_indent="      ")


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(
            f"{name} ({_said(one)})" if isinstance(one, dict) else f"{name} {_said(one)}" for name, one in value.items()
        )
    if isinstance(value, list):
        return f"[{', '.join(map(_said, value))}]"
    return "none" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)


def _input_lines(entry: ModelInput) -> Iterator[str]:
    code = f" [{entry.code}]" if entry.code else ""
    yield f"  {entry.name}: {entry.title}{code}"
    yield f"      accepts {entry.accepted}"
    yield f"      {'required' if entry.required else 'optional'}; if missing: {entry.missing}"


def _output_line(output: ModelOutput) -> str:
    code = f" [{output.code}]" if output.code else ""
    interval = f", with {output.name}_low and {output.name}_high ({output.level:.0%})" if output.interval else ""
    kind = ", ".join(output.categories) if output.categories else f"in {output.unit}"
    return f"  {output.name}: {output.title}, {kind}{code}{interval}"
