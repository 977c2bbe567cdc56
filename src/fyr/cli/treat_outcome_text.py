"""The foreseen outcome of a plan, and of several, as text for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["aligned", "outcome_lines", "share"]


def outcome_lines(document: Mapping[str, Any]) -> list[str]:
    """Return the lines of one plan."""
    fractions, total = document["fractions"], document["prescription_gy"]
    lines = [f"{document['label'] or 'plan'}: {total:g} Gy in {fractions} fractions of {total / fractions:.3g} Gy", ""]
    answered = [one for one in document["complications"] if one["estimate"]]
    rows = [["structure", "complication", "of such patients", "%", "95 % interval", "model"]]
    rows += [_row(one) for one in answered]
    control = document["control"]
    if control is not None and control["estimate"]:
        rows.append(_row(control))
    combined = document["combined"]
    if combined:
        rows += [_combined_row(title, combined[key]) for key, title in _COMBINED.items() if key in combined]
    lines += aligned(rows) if len(rows) > 1 else ["no complication could be foreseen"]
    converted = [one for one in answered if one["converted"]]
    lines += ["", *(f"converted  {one['model']['name']}: {one['converted']}" for one in converted)] if converted else []
    refused: dict[str, list[str]] = {}
    for one in [*document["complications"], *([control] if control else [])]:
        if one["refusal"]:
            refused.setdefault(one["refusal"]["reason"], []).append(f"{one['structure']} ({one['model']['name']})")
    for one in document["no_model"]:
        refused.setdefault(one["reason"], []).append(one["structure"])
    for name, reason in document["without_dose"].items():
        refused.setdefault(reason, []).append(name)
    lines += ["", *(f"not foreseen  {', '.join(names)}: {reason}" for reason, names in refused.items())]
    if combined:
        parts = ", ".join(f"{one['structure']} ({one['model']})" for one in combined["of"])
        lines += ["", f"combined  of {parts}; assumes {'; '.join(combined['assumes'])}"]
    lines += [f"warning  {one}" for one in document["warnings"]]
    lines += [f"note  {one['name']}: {one['note']}" for one in document["structures"] if one["note"]]
    lines += [f"note  {one}" for one in document["notes"]]
    sources = dict.fromkeys((one["model"]["name"], one["citation"]) for one in answered)
    lines += [f"source  {name}: {citation}" for name, citation in sources]
    return [*lines, "Research software, not a medical device."]


_COMBINED = {"any_complication": "any of these", "p_plus": "control, no complication (P+)"}


def _row(one: Mapping[str, Any]) -> list[str]:
    estimate = one["estimate"]
    if one["natural_frequency"] is None:
        value, interval = f"{estimate['value']:.2f}", _ends(estimate, 1)
        return [one["structure"], one["endpoint"], "-", f"{value}-fold", interval, one["model"]["name"]]
    shown = [one["structure"], one["endpoint"], one["natural_frequency"], share(estimate["value"])]
    return [*shown, _ends(estimate, 100), one["model"]["name"]]


def _combined_row(title: str, one: Mapping[str, Any]) -> list[str]:
    from fyr.record.finding import Estimate
    from fyr.treat.plan_risks import in_hundred

    told = in_hundred(Estimate("share", one["value"], "1", one["low"], one["high"]))
    return ["combined", title, told, share(one["value"]), _ends(one, 100), ""]


def share(value: float) -> str:
    """Return a share in per cent with as many digits as it bears."""
    percent = 100 * value
    return f"{percent:.0f}" if percent >= 10 else f"{percent:.1f}" if percent >= 0.1 or value == 0 else "<0.1"


def _ends(estimate: Mapping[str, Any], factor: float) -> str:
    low, high = estimate["low"], estimate["high"]
    if low is None or high is None:
        return "none published"
    return f"{share(low)} to {share(high)}" if factor == 100 else f"{low:.2f} to {high:.2f}"


def aligned(rows: Sequence[Sequence[str]], widest: int = 44) -> list[str]:
    """Return rows with their columns one below the other; long words are cut."""
    cut = [[one if len(one) <= widest else one[: widest - 1] + "…" for one in row] for row in rows]
    widths = [max(len(row[column]) for row in cut) for column in range(len(cut[0]))]
    return ["  ".join(one.ljust(width) for one, width in zip(row, widths, strict=True)).rstrip() for row in cut]
