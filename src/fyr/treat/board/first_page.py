"""The first page of a board's report: all that a decision needs, on one page; what stands behind it comes after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from fyr.learn.report.contents import Block, Bullets, Prose, Section, Table
from fyr.treat.board.dvh_picture import dvh_picture
from fyr.treat.plan_comparison import LETTERS
from fyr.treat.plan_course import PlanCurve

__all__ = ["COMBINED", "first_page", "pair_cells", "refused"]

COMBINED: Final = {"any_complication": "Any of these complications", "p_plus": "Control without complication (P+)"}
_DVH_HEIGHT: Final = 154.0
_MOST_REFUSED: Final = 5
_UNAVAILABLE: Final = "not available"


def first_page(
    curves: Mapping[str, Mapping[str, PlanCurve]], names: Sequence[str], document: Mapping[str, Any]
) -> list[Section]:
    """Return the sections of the first page.

    Parameters
    ----------
    curves : mapping of str to mapping of str to PlanCurve
        By the plan's letter and the structure's name.
    names : sequence of str
        Structures with any dose to speak of, the most important first.
    document : mapping
        As :func:`~fyr.treat.board.contents.board_report` takes it.
    """
    entries = document["plans"]
    sections = [
        Section("The plans" if len(entries) > 1 else "The plan", [_plans_table(entries)]),
        Section("What would be expected", list(_expected(entries, document.get("comparison")))),
    ]
    if document.get("constraints"):
        letters = [LETTERS[place] for place in range(len(entries))]
        sections.append(Section("Limits", list(_limits(document["constraints"], letters))))
    if told := list(_refusals(entries)):
        sections.append(Section("Not foreseen", [Bullets(told)]))
    if names:
        sections.append(Section("Dose in the structures", [dvh_picture(curves, names, height=_DVH_HEIGHT)]))
    return sections


def _plans_table(entries: Sequence[Mapping[str, Any]]) -> Table:
    rows = [
        [
            LETTERS[place] if len(entries) > 1 else "",
            one["label"] or "-",
            f"{one['prescription_gy']:g} Gy",
            str(one["fractions"]),
            f"{one['prescription_gy'] / one['fractions']:.3g} Gy",
        ]
        for place, one in enumerate(entries)
    ]
    return Table("Prescription", ["", "Plan", "Dose", "Fractions", "Each"], rows, words=2, titled=False)


def _expected(entries: Sequence[Mapping[str, Any]], comparison: Mapping[str, Any] | None) -> Iterable[Block]:
    rows = list(_alone(entries[0]) if comparison is None else _side_by_side(comparison, len(entries)))
    if not rows:
        yield Prose("No complication could be foreseen; the reasons are below.", lead=True)
        return
    letters = [LETTERS[place] for place in range(len(entries))]
    columns = ["Of such patients, with the 95 % interval"] if comparison is None else [f"Plan {one}" for one in letters]
    if len(letters) == 2:
        columns += ["B less A, points", "P(A better)"]
    elif len(letters) > 2:
        columns += [f"P(A better than {one})" for one in letters[1:]]
    yield Table("Complications and control of such patients", ["", *columns], rows, titled=False)
    of, better = (
        ("each plan", ", and the probability that a plan is better,") if len(entries) > 1 else ("this plan", "")
    )
    yield Prose(
        f"Averages of patients as in the fits, from the dose of {of} alone, without other phases or courses. "
        f"Intervals{better} hold the published uncertainty of the fits alone."
    )


def _alone(entry: Mapping[str, Any]) -> Iterable[list[str]]:
    from fyr.record.finding import Estimate
    from fyr.treat.plan_risks import in_hundred

    for one in [*entry["complications"], *([entry["control"]] if entry["control"] else [])]:
        if one["estimate"]:
            title = _title(one["standard"] or one["structure"], one, entry["complications"])
            yield [title, _told(one["estimate"], one["natural_frequency"])]
    combined = entry["combined"] or {"of": ()}
    for key, title in COMBINED.items():
        if key in combined and (key != "any_complication" or len(combined["of"]) > 1):
            one = combined[key]
            told = in_hundred(Estimate(key, one["value"], "1", one["low"], one["high"]))
            yield [title, told]


def _side_by_side(comparison: Mapping[str, Any], plans: int) -> Iterable[list[str]]:
    asked = [(_title(one["structure"], one, comparison["endpoints"]), one) for one in comparison["endpoints"]]
    if comparison["control"]:
        asked.append(("Tumour: control", comparison["control"]))
    combined = comparison["combined"] or {"of": ()}
    for key, title in COMBINED.items():
        if key in combined and (key != "any_complication" or len(combined["of"]) > 1):
            asked.append((title, combined[key]))
    for title, one in asked:
        cells = [
            "not foreseen" if answer["estimate"] is None else _told(answer["estimate"], answer["natural_frequency"])
            for answer in one["answers"].values()
        ]
        fold = any(answer["estimate"] and answer["natural_frequency"] is None for answer in one["answers"].values())
        first = [pair for pair in one["pairs"] if pair["better"] == "A"]
        orders = [text for pair in first for text in (pair_cells(pair, fold=fold)[0 if plans == 2 else 1 :])]
        yield [title, *cells, *orders]


def _title(structure: str, one: Mapping[str, Any], among: Sequence[Mapping[str, Any]]) -> str:
    """Return what an answer is of; with its model where another fit is of the same."""
    endpoint = str(one["endpoint"])
    lower = endpoint if endpoint[1:2].isupper() else endpoint[:1].lower() + endpoint[1:]
    alike = sum(each["structure"] == one["structure"] and each["endpoint"] == endpoint for each in among)
    named = f" ({one['model']['name']})" if alike > 1 else ""
    return f"{structure}: {lower}{named}"


def _told(estimate: Mapping[str, Any], frequency: str | None) -> str:
    if frequency is not None:
        return frequency.replace(" (no interval published)", ", no interval")
    ends = "" if estimate["low"] is None else f" ({estimate['low']:.2f} to {estimate['high']:.2f})"
    return f"{estimate['value']:.2f}-fold{ends}"


def pair_cells(pair: Mapping[str, Any], *, fold: bool = False) -> tuple[str, str]:
    """Return how far two plans are apart, in percentage points, and how probably the first is better."""
    apart, probability = pair["difference"], pair["probability"]
    factor, digits = (1, 2) if fold else (100, 1)
    told = "-"
    if apart is not None:
        value, low, high = (
            "" if apart[name] is None else _signed(factor * apart[name], digits) for name in ("value", "low", "high")
        )
        told = f"{value} ({low} to {high})" if low else value
    if probability is None:
        return told, "not known"
    if not 0.001 <= probability <= 0.999:
        return told, "> 0.999" if probability > 0.5 else "< 0.001"
    return told, f"{probability:.3f}"


def _signed(value: float, digits: int) -> str:
    text = f"{value:+.{digits}f}"
    return text if float(text) else text[1:]


def _limits(constraints: Mapping[str, Any], letters: Sequence[str]) -> Iterable[Block]:
    """Yield how many limits are met, and each that some plan does not meet."""
    rows = [(one, one.get("plans", {"A": one})) for one in constraints["rows"]]
    assessed = [(one, cells) for one, cells in rows if any(_is_assessed(cell) for cell in cells.values())]
    counts = []
    for letter in letters:
        mine = [cells[letter] for _, cells in assessed if letter in cells and _is_assessed(cells[letter])]
        met = sum(cell["status"] == "pass" for cell in mine)
        counts.append(f"{f'plan {letter} ' if len(letters) > 1 else ''}{met} of {len(mine)} met")
    left = len(rows) - len(assessed)
    yield Prose(f"{constraints['protocol']['title']}: {', '.join(counts)}; {left} could not be assessed.")
    failing = [
        [one["structure"], f"{one['metric']} {one['limit']}", *(_limit(cells.get(letter), one) for letter in letters)]
        for one, cells in assessed
        if any(cell["status"] in {"fail", "variation"} for cell in cells.values())
    ]
    if failing:
        head = [f"Plan {one}" for one in letters] if len(letters) > 1 else ["Plan"]
        caption = "Not met by every plan" if len(letters) > 1 else "Not met"
        yield Table(caption, ["Structure", "Limit", *head], failing, words=2)


def _is_assessed(cell: Mapping[str, Any]) -> bool:
    return bool(cell["status"] != "not assessable")


def _limit(cell: Mapping[str, Any] | None, row: Mapping[str, Any]) -> str:
    if cell is None or cell["value"] is None or not _is_assessed(cell):
        return "not assessable"
    unit = "" if row["unit"] == "1" else f" {row['unit']}"
    words = {"pass": "met", "fail": "not met"}.get(cell["status"], cell["status"])
    return f"{cell['value']:.2f}{unit}, {words}"


def refused(entries: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, None]]:
    """Return who declined, by the reason: what no source at hand gives is not among them."""
    reasons: dict[str, dict[str, None]] = {}
    for place, entry in enumerate(entries):
        for one in [*entry["complications"], *([entry["control"]] if entry["control"] else [])]:
            if one["refusal"] and not one["refusal"]["reason"].startswith(_UNAVAILABLE):
                of = f", plan {LETTERS[place]}" if len(entries) > 1 and not _declined_by_all(entries, one) else ""
                name = f"{one['structure']} ({one['endpoint'].lower()}{of})"
                reasons.setdefault(one["refusal"]["reason"], {})[name] = None
    return reasons


def _declined_by_all(entries: Sequence[Mapping[str, Any]], wanted: Mapping[str, Any]) -> bool:
    return all(
        any(
            one["model"] == wanted["model"] and one["structure"] == wanted["structure"] and one["refusal"]
            for one in [*entry["complications"], *([entry["control"]] if entry["control"] else [])]
        )
        for entry in entries
    )


def _refusals(entries: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    told = [
        f"{', '.join(names)}: {reason.replace(' (the model refuses: it does not guess)', '')}."
        for reason, names in refused(entries).items()
    ]
    yield from told[:_MOST_REFUSED]
    if len(told) > _MOST_REFUSED:
        yield f"{len(told) - _MOST_REFUSED} more are told below."
