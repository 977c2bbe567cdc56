"""A diagnosis as text: the facts, a table with a column for each version of a model, and every refusal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from fyr.record import Estimate, Refusal

if TYPE_CHECKING:
    from fyr.diagnose.patient import Answered, Assessment, Family, KnownFact

__all__ = ["assessment_lines"]

_WIDTH: Final = 100
_NO_GUESS: Final = " (the model refuses: it does not guess)"
"""What every model says of an input that it needs: said once is enough."""


def assessment_lines(who: str, found: Assessment) -> Iterator[str]:
    """Return the lines of one patient's diagnosis."""
    yield f"{who}, {found.pathway.value} cancer"
    yield "Research software, not a medical device."
    known = [fact for fact in found.facts if fact.observation is not None]
    yield "\nFacts"
    width = max((len(fact.field.name) for fact in known), default=0)
    yield from (_fact_line(fact, width) for fact in known)
    if not known:
        yield "  none that a model of this pathway asks for"
    for heading, several in (("These contradict each other", found.contradictions), ("Still needed", found.needed)):
        if several:
            yield f"\n{heading}"
            yield from (f"  {one.what}" for one in several)
    for asked in found.questions:
        answering = [family for family in asked.families if _answering(family)]
        if answering:
            yield f"\n{asked.question.title}"
        for family in answering:
            yield from _family_lines(family)
    refusing = [one for one in found.answers if isinstance(one.answer, Refusal)]
    if refusing:
        yield f"\nRefused: {len(refusing)} of {len(found.answers)}"
        for one in refusing:
            assert isinstance(one.answer, Refusal)  # noqa: S101  they were chosen so
            yield _wrapped(f"{one.name}: {one.answer.reason.replace(_NO_GUESS, '')}", "  ", "    ")
    if not found.answers:
        yield "\nNo model of this pathway is installed: see fyr models list"


def _fact_line(fact: KnownFact, width: int) -> str:
    one = fact.observation
    assert one is not None  # noqa: S101  only what is known is told
    if one.value is None:
        said = one.status.value
    else:
        said = f"{_value(one.value)} {_unit(one.unit)}".rstrip()
        said += "" if one.status.value == "present" else f" ({one.status.value})"
    origin = f" (from {', '.join(fact.derived_from)})" if fact.derived_from else ""
    return f"  {fact.field.name:{width}}  {said}{origin}"


def _family_lines(family: Family) -> Iterator[str]:
    answering = _answering(family)
    head = [answering[0].model.card.title if len(answering) == 1 else family.name]
    head += [one.model.card.version for one in answering]
    outputs = {output.name: output.title for one in answering for output in one.model.card.outputs}
    rows = [head, *([title, *(_cell(one, name) for one in answering)] for name, title in outputs.items())]
    yield from _table(rows)


def _answering(family: Family) -> list[Answered]:
    return [one for one in family.versions if not isinstance(one.answer, Refusal)]


def _cell(one: Answered, output: str) -> str:
    estimate = None if isinstance(one.answer, Refusal) else one.answer.estimates.get(output)
    return "-" if estimate is None else _estimate(estimate)


def _estimate(one: Estimate) -> str:
    if one.category is not None:
        return one.category
    if one.low is None or one.high is None:
        return f"{_number(one.value, one.unit)}{_suffix(one.unit)}"
    ends = f"({_number(one.low, one.unit)} to {_number(one.high, one.unit)})"
    return f"{_number(one.value, one.unit)}{_suffix(one.unit)} {ends}"


def _number(value: float, unit: str) -> str:
    return f"{value:.4f}" if unit == "1" else f"{value:.2f}"


def _suffix(unit: str) -> str:
    said = _unit(unit)
    return f" {said}" if said else ""


def _unit(unit: str | None) -> str:
    return "" if unit is None or unit == "1" or unit.startswith("{") else unit


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.6g}" if isinstance(value, int | float) else str(value)


def _table(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        cells = [f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True)]
        yield "  ".join([f"  {row[0]:{widths[0]}}", *cells])


def _wrapped(text: str, first: str, rest: str) -> str:
    return click.wrap_text(text, width=_WIDTH, initial_indent=first, subsequent_indent=rest)
