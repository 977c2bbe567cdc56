"""What the tumour board's pages say, in order: the plans, what they would do, the doses, the limits, the sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from fyr.learn.report.contents import Block, Bullets, Prose, Report, Section, Table
from fyr.treat.board.first_page import COMBINED, first_page, pair_cells
from fyr.treat.board.risk_picture import Risk, icon_picture, risk_picture
from fyr.treat.plan_comparison import LETTERS, named_curves
from fyr.treat.plan_course import PlanCourse, PlanCurve
from fyr.treat.plan_risks import ALONE_NOTE, AVERAGE_NOTE

__all__ = ["board_report"]

_TARGETS: Final = ("GTV", "CTV", "PTV", "ITV")
_LITTLE_GY: Final = 1.0
_ICONS: Final = 5
"""Pictures of a hundred patients: one row."""


def board_report(plans: Sequence[PlanCourse], document: Mapping[str, Any], case: str, made_on: str) -> Report:
    """Return the report of one plan, or of several.

    Parameters
    ----------
    plans : sequence of PlanCourse
    document : mapping
        Of ``fyr treat outcome --json`` as ``{"plans": [it], ...}``, or of ``fyr treat compare --json``.
    case : str
        What the patient is called on the page: no name and no number.
    made_on : str
        The date.
    """
    several = len(plans) > 1
    title = "Radiotherapy plans compared" if several else "A radiotherapy plan and its foreseen outcome"
    entries = document["plans"]
    lettered = {LETTERS[place]: named_curves(one) for place, one in enumerate(plans)}
    shown = _shown(lettered)
    details: list[Section] = []
    if outcomes := list(_outcomes(entries, document.get("comparison"))):
        details.append(Section("Probabilities", outcomes))
    details.append(Section("Doses", list(_doses(lettered, shown, document.get("comparison")))))
    if document.get("constraints"):
        details.append(Section("All limits", [_limits(document["constraints"], list(lettered))]))
    details.append(Section("Not foreseen, and what to know", [Bullets([*_cautions(entries, document)])]))
    return Report(
        title, f"{case} \N{MIDDLE DOT} {made_on}", list(_facts(entries, document)),
        [*first_page(lettered, shown, document), *details],
        facts_title="Models and what they were given",
    )  # fmt: skip


def _outcomes(entries: Sequence[Mapping[str, Any]], comparison: Mapping[str, Any] | None) -> Iterable[Block]:
    risks = [*_risks(entries)]
    if not risks:
        return
    combined = [*_combined_risks(entries, comparison)]
    told = "of the parameters; what makes one patient different from others is not in them"
    yield Prose(
        f"Averages of patients as in the fits. Whiskers are 95 % intervals from the published uncertainty {told}."
    )
    for good in (False, True):
        if some := [one for one in (*risks, *combined) if one.good == good]:
            yield risk_picture(some)
    if len(entries) > 2 and comparison is not None:  # of two plans it is on the first page
        yield _probabilities(comparison, [LETTERS[place] for place in range(len(entries))])
    yield Prose(
        "A hundred such patients: filled squares are those expected to have it, half-filled ones those up to the upper "
        "end of the interval."
    )
    all_of_them = [*combined, *risks]
    certain = [one for one in all_of_them if one.high is not None] or all_of_them
    yield icon_picture(certain[: max(len(entries), _ICONS // len(entries) * len(entries))])


def _risks(entries: Sequence[Mapping[str, Any]]) -> Iterable[Risk]:
    found: dict[tuple[str, str], list[Risk]] = {}
    for place, entry in enumerate(entries):
        letter = LETTERS[place] if len(entries) > 1 else ""
        asked = [*entry["complications"], *([entry["control"]] if entry["control"] else [])]
        for one in asked:
            if one["quantity"] in {"ntcp", "tcp"}:
                risk = _risk(
                    one["standard"] or one["structure"], one["endpoint"], letter, one, good=one["quantity"] == "tcp"
                )
                found.setdefault((one["structure"], one["model"]["name"]), []).append(risk)
    yield from (risk for mine in found.values() for risk in mine)


def _risk(structure: str, endpoint: str, letter: str, one: Mapping[str, Any], *, good: bool) -> Risk:
    estimate = one["estimate"]
    return Risk(
        structure,
        endpoint,
        letter,
        estimate["value"],
        estimate["low"],
        estimate["high"],
        one["natural_frequency"],
        good,
    )


def _combined_risks(entries: Sequence[Mapping[str, Any]], comparison: Mapping[str, Any] | None) -> Iterable[Risk]:
    from fyr.record.finding import Estimate
    from fyr.treat.plan_risks import in_hundred

    for key, title in COMBINED.items():
        if comparison is not None:
            stated = comparison["combined"] or {"of": ()}
            found = stated.get(key) if key != "any_complication" or len(stated["of"]) > 1 else None
            for letter, one in (found["answers"] if found else {}).items():
                yield _risk("Together", title, letter, one, good=key == "p_plus")
            continue
        combined = entries[0]["combined"] or {}
        if key in combined and (key != "any_complication" or len(combined["of"]) > 1):
            one = combined[key]
            told = in_hundred(Estimate(key, one["value"], "1", one["low"], one["high"]))
            yield Risk("Together", title, "", one["value"], one["low"], one["high"], told, key == "p_plus")


def _probabilities(comparison: Mapping[str, Any], letters: Sequence[str]) -> Table:
    pairs = [(one, other) for place, one in enumerate(letters) for other in letters[place + 1 :]]
    rows = []
    asked = [(one["structure"], one["endpoint"], one) for one in comparison["endpoints"]]
    if comparison["control"]:
        asked.append(("Tumour", "Control", comparison["control"]))
    asked += [
        ("Together", title, comparison["combined"][key])
        for key, title in COMBINED.items()
        if comparison["combined"]
        and key in comparison["combined"]
        and (key != "any_complication" or len(comparison["combined"]["of"]) > 1)
    ]
    for structure, endpoint, one in asked:
        cells = [text for pair in one["pairs"] for text in pair_cells(pair)]
        rows.append([structure, endpoint, *cells])
    head = [text for one, other in pairs for text in (f"{other} less {one}", f"P({one} better)")]
    return Table("How probably one plan is better, given what is uncertain in the fits", ["", "", *head], rows, words=2)


def _shown(lettered: Mapping[str, Mapping[str, PlanCurve]]) -> list[str]:
    """Return the structures of every plan that get any dose to speak of, the most important first."""
    first = lettered["A"]
    shared = [name for name in first if all(name in one for one in lettered.values())]
    return [
        name
        for name in _by_importance(first, shared)
        if any(one[name].dvh.max_gy >= _LITTLE_GY for one in lettered.values())
    ]


def _doses(
    lettered: Mapping[str, Mapping[str, PlanCurve]], shown: Sequence[str], comparison: Mapping[str, Any] | None
) -> Iterable[Block]:
    first = lettered["A"]
    told = [name for name in shown if first[name].kind in _TARGETS or first[name].organ] or shown
    yield _figures(lettered, told[:14])
    if comparison is not None and comparison["not_in_all"]:
        yield Prose(f"Not in every plan: {', '.join(comparison['not_in_all'])}.")


def _figures(lettered: Mapping[str, Mapping[str, PlanCurve]], names: Sequence[str]) -> Table:
    """Return the doses of structures, a row for each, the plans beside each other."""
    columns = ("Mean Gy", "D98% Gy", "D2% Gy")
    head = [f"{text} {letter}" if len(lettered) > 1 else text for text in columns for letter in lettered]
    rows = []
    for name in names:
        doses = {letter: _doses_of(curves[name]) for letter, curves in lettered.items()}
        rows.append([name, *(doses[letter][place] for place in range(len(columns)) for letter in lettered)])
    return Table("Figures (physical dose; D98% of targets)", ["Structure", *head], rows)


def _doses_of(curve: PlanCurve) -> tuple[str, str, str]:
    dvh = curve.dvh
    least, most = (float(dvh.dose_to(share * dvh.covered_cm3)) for share in (0.98, 0.02))
    return f"{dvh.mean_gy:.2f}", f"{least:.2f}" if curve.kind in _TARGETS else "-", f"{most:.2f}"


def _by_importance(curves: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    """Return the names: targets, organs with a model, other organs, and the rest."""

    def rank(name: str) -> tuple[int, float]:
        one = curves[name]
        if one.kind in _TARGETS:
            return (0, -one.dvh.mean_gy)
        if one.organ is not None:
            return (1, -one.dvh.mean_gy)
        return (3 if one.kind in {"EXTERNAL", "AVOIDANCE", "CONTROL", "SUPPORT"} else 2, -one.dvh.mean_gy)

    return sorted(names, key=rank)


def _limits(constraints: Mapping[str, Any], letters: Sequence[str]) -> Table:
    several = "plans" in (constraints["rows"][0] if constraints["rows"] else {})
    rows = []
    for one in constraints["rows"]:
        cells = one["plans"] if several else {"A": one}
        if all(cell["status"] == "not assessable" for cell in cells.values()):
            continue
        told = [_limit_cell(cells.get(letter), one["unit"]) for letter in letters]
        rows.append([one["structure"], one["metric"], one["limit"], *told])
    counts = constraints["summary"]["A"] if several else constraints["summary"]
    left = counts.get("not assessable", 0)
    caption = f"{constraints['protocol']['title']} ({left} limits could not be assessed)"
    return Table(caption, ["Structure", "Figure", "Limit", *(f"Plan {one}" for one in letters)], rows, words=3)


def _limit_cell(cell: Mapping[str, Any] | None, unit: str) -> str:
    if cell is None or cell["value"] is None:
        return "not assessable"
    return f"{cell['value']:.2f} {'' if unit == '1' else unit} {cell['status']}".replace("  ", " ")


def _cautions(entries: Sequence[Mapping[str, Any]], document: Mapping[str, Any]) -> Iterable[str]:
    reasons: dict[str, dict[str, None]] = {}
    for entry in entries:
        for one in [*entry["complications"], *([entry["control"]] if entry["control"] else [])]:
            if one["refusal"]:
                name = f"{one['structure']} ({one['model']['name']})"
                reasons.setdefault(one["refusal"]["reason"], {})[name] = None
        for name, reason in entry["without_dose"].items():
            reasons.setdefault(reason, {})[name] = None
    yield from (f"{', '.join(names)}: {reason}." for reason, names in reasons.items())
    unknown = dict.fromkeys(one["structure"] for entry in entries for one in entry["no_model"])
    if unknown:
        yield f"No outcome model is of: {', '.join(unknown)}."
    orders: dict[str, dict[str, None]] = {}
    for one in (document.get("comparison") or {}).get("endpoints", []):
        for pair in one["pairs"]:
            if why := pair["reason"] or pair["note"]:
                orders.setdefault(why, {})[f"{one['structure']} ({one['model']['name']})"] = None
    yield from (f"Which plan is better, {', '.join(names)}: {why}." for why, names in orders.items())
    combined = (document.get("comparison") or {}).get("combined") or entries[0]["combined"]
    if combined:
        parts = ", ".join(f"{one['structure']} ({one['model']})" for one in combined["of"])
        yield f"Together means: {parts}. Assumed: {'; '.join(combined['assumes'])}."
    said = {ALONE_NOTE, AVERAGE_NOTE}  # on the first page, as is what a probability of being better holds
    notes = [note for entry in entries for note in entry["notes"] if note not in said]
    yield from (f"{one[:1].upper()}{one[1:]}." for one in dict.fromkeys([*document.get("warnings", []), *notes]))


def _plain(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _facts(entries: Sequence[Mapping[str, Any]], document: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    given = document["given"]
    said = [
        f"{name.replace('_', ' ')} {_plain(value)}" for name, value in {**given["patient"], **given["tumour"]}.items()
    ]
    yield "Said of the patient and tumour", ", ".join(said) or "nothing"
    if given["alpha_beta_gy"]:
        yield "alpha/beta given", ", ".join(f"{organ} {ratio:g} Gy" for organ, ratio in given["alpha_beta_gy"].items())
    models: dict[str, tuple[Mapping[str, Any], str, dict[str, None]]] = {}
    for place, entry in enumerate(entries):
        for one in [*entry["complications"], *([entry["control"]] if entry["control"] else [])]:
            if one["estimate"]:
                found = models.setdefault(one["model"]["name"], (one["model"], one["citation"], {}))
                if one["converted"]:
                    found[2][f"Plan {LETTERS[place]}: {one['converted']}"] = None
    for name, (model, citation, converted) in models.items():
        more = "".join(f" {one}." for one in converted)
        yield name, f"Version {model['version']}, digest {model['digest'][:12]}. {citation}{more}"
    if document.get("constraints"):
        yield "Limits", document["constraints"]["protocol"]["source"]
