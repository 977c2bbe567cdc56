"""Plans side by side as text for a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from fyr.cli.treat_outcome_text import aligned, share

__all__ = ["comparison_lines"]

_LITTLE_GY: Final = 1.0
_COMBINED: Final = {"any_complication": "any of these", "p_plus": "control without complication (P+)"}


def comparison_lines(document: Mapping[str, Any]) -> list[str]:
    """Return the lines of a comparison."""
    plans, comparison = document["plans"], document["comparison"]
    letters = [one["letter"] for one in plans]
    lines = []
    for one in plans:
        total, fractions = one["prescription_gy"], one["fractions"]
        lines.append(
            f"{one['letter']}  {one['label']}: {total:g} Gy in {fractions} fractions of {total / fractions:.3g} Gy"
        )
    rows = [["structure", "figure", *letters, *(f"{one} less A" for one in letters[1:])]]
    low = []
    for one in comparison["structures"]:
        values = [value for figure in one["metrics"].values() for value in figure["values"].values()]
        if all(value is None or value < _LITTLE_GY for value in values):
            low.append(one["structure"])
            continue
        for text, figure in one["metrics"].items():
            values = [_figure(figure["values"][letter]) for letter in letters]
            apart = [_figure(figure["less_a"][letter], "+") for letter in letters[1:]]
            rows.append([one["structure"], f"{text} {figure['unit']}", *values, *apart])
    lines += ["", *aligned(rows)]
    if low:
        lines.append(f"below {_LITTLE_GY:g} in every figure of every plan: {', '.join(low)}")
    if document["constraints"]:
        lines += ["", *_constraints(document["constraints"], letters)]
    pairs = [(one, other) for place, one in enumerate(letters) for other in letters[place + 1 :]]
    head = [
        "structure",
        "complication or control",
        *letters,
        *(f"P({one} better than {other})" for one, other in pairs),
    ]
    rows = [head, *_endpoints(comparison, letters)]
    lines += ["", *(aligned(rows) if len(rows) > 1 else ["no complication could be foreseen"])]
    lines += _reasons(comparison)
    if comparison["combined"]:
        parts = ", ".join(f"{one['structure']} ({one['model']})" for one in comparison["combined"]["of"])
        lines += ["", f"combined  of {parts}; assumes {'; '.join(comparison['combined']['assumes'])}"]
    lines += [f"warning  {one}" for one in document["warnings"]]
    notes = dict.fromkeys(note for one in plans for note in one["notes"])
    lines += [f"note  {one}" for one in [*notes, *comparison["notes"]]]
    sources = dict.fromkeys((one["model"]["name"], one["citation"]) for one in comparison["endpoints"])
    lines += [f"source  {name}: {citation}" for name, citation in sources]
    return [*lines, "Research software, not a medical device."]


def _figure(value: float | None, sign: str = "") -> str:
    return "-" if value is None else f"{value:{sign}.2f}"


def _constraints(constraints: Mapping[str, Any], letters: list[str]) -> list[str]:
    rows = [["constraint", "figure", "limit", *letters]]
    for one in constraints["rows"]:
        cells = [one["plans"].get(letter) for letter in letters]
        if all(cell is None or cell["status"] == "not assessable" for cell in cells):
            continue
        told = ["-" if not cell or cell["value"] is None else f"{cell['value']:.2f} {cell['status']}" for cell in cells]
        rows.append([one["structure"], one["metric"], one["limit"], *told])
    said = ", ".join(f"{letter}: {_counts(constraints['summary'][letter])}" for letter in letters)
    return [f"{constraints['protocol']['title']}", *aligned(rows), said]


def _counts(summary: Mapping[str, int]) -> str:
    return " ".join(f"{count} {status}" for status, count in summary.items() if count) or "nothing"


def _endpoints(comparison: Mapping[str, Any], letters: list[str]) -> Iterable[list[str]]:
    for one in comparison["endpoints"]:
        yield [one["structure"], one["endpoint"], *_answers(one, letters), *map(_probability, one["pairs"])]
    if comparison["control"]:
        control = comparison["control"]
        yield ["tumour", "control", *_answers(control, letters), *map(_probability, control["pairs"])]
    for key, title in _COMBINED.items():
        if comparison["combined"] and key in comparison["combined"]:
            one = comparison["combined"][key]
            yield ["combined", title, *_answers(one, letters), *map(_probability, one["pairs"])]


def _answers(one: Mapping[str, Any], letters: list[str]) -> list[str]:
    return [_answer(one["answers"][letter]) for letter in letters]


def _answer(one: Mapping[str, Any]) -> str:
    estimate = one["estimate"]
    if estimate is None:
        return "refused"
    is_share = one["natural_frequency"] is not None
    values = [estimate[name] for name in ("value", "low", "high")]
    value, low, high = ("" if each is None else share(each) if is_share else f"{each:.2f}-fold" for each in values)
    return f"{value}{' %' if is_share else ''}" + (f" ({low} to {high})" if low else "")


def _probability(pair: Mapping[str, Any]) -> str:
    value = pair["probability"]
    return (
        "not known" if value is None else ">0.999" if value > 0.999 else "<0.001" if value < 0.001 else f"{value:.3f}"
    )


def _reasons(comparison: Mapping[str, Any]) -> list[str]:
    told: dict[str, None] = {}
    for one in comparison["endpoints"]:
        for letter, answer in one["answers"].items():
            if answer["reason"]:
                told[f"refused  {letter}, {one['structure']} ({one['model']['name']}): {answer['reason']}"] = None
        for pair in one["pairs"]:
            if pair["note"]:
                order = f"{pair['better']} and {pair['than']}, {one['structure']} ({one['model']['name']})"
                told[f"note  {order}: {pair['note']}"] = None
            if pair["reason"] and pair["reason"] != "one of the two has no answer":
                told[f"not known  {one['structure']} ({one['model']['name']}): {pair['reason']}"] = None
    return ["", *told] if told else []
