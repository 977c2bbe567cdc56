"""One sheet about a patient's hearing: the chart, the grades or why there is none, averages, and the cochlear dose."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any, Final

__all__ = ["hearing_sheet"]

_STYLE: Final = (
    "body{font:15px/1.4 system-ui,sans-serif;margin:2rem auto;max-width:62rem;padding:0 "
    "1rem;color:#111;background:#fff}"
    "svg{max-width:46rem;width:100%;height:auto}table{border-collapse:collapse;margin:0 0 1.5rem}"
    "caption{text-align:left;font-weight:600;padding:.3rem 0}"
    "th,td{border-bottom:1px solid #ccc;padding:.25rem .8rem .25rem 0;text-align:left;vertical-align:top}"
)


def hearing_sheet(document: Mapping[str, Any], picture: str) -> str:
    """Return a page in HTML.

    Parameters
    ----------
    document : mapping
        What ``fyr treat hearing --json`` says.
    picture : str
        The chart, SVG.
    """
    when = document["audiogram"]["date"] or "no date"
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Hearing</title>',
        f"<style>{_STYLE}</style></head><body><h1>Hearing, {escape(when)}</h1>{picture}",
        _table("Ototoxicity grades", ("Scale", "Grade", "Right", "Left", "Why not"), _grades(document["grades"])),
        _table("Averages", ("Ear", "Frequencies", "Level"), _averages(document["averages"])),
    ]
    if document["cochlea"]:
        head = ("Structure", "Mean", "Maximum", "Model", "Probability")
        parts.append(_table("Dose to the cochlea", head, _cochlea(document["cochlea"])))
    parts += [f"<p>{escape(note)}</p>" for note in document["notes"]]
    return "".join([*parts, "</body></html>\n"])


def _table(caption: str, head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    top = "".join(f'<th scope="col">{escape(word)}</th>' for word in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def _grades(grades: Mapping[str, Any]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for entry in grades.values():
        main = str(entry.get("grade", entry.get("change", "")))
        ears = [str(entry.get(f"grade_{ear}", entry.get(f"change_{ear}", ""))) for ear in ("right", "left")]
        rows.append((entry["title"], main, *ears, entry.get("refused", "")))
    return rows


def _averages(averages: Mapping[str, Any]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for ear, found in averages.items():
        for one in found.values():
            hz = ", ".join(map(str, one["frequencies_hz"]))
            missing = ", ".join(map(str, one["missing_hz"]))
            least = "at least " if one["is_at_least"] else ""
            level = f"not measured at {missing} Hz" if missing else f"{least}{one['level_db']:.1f} dB HL"
            rows.append((ear, f"{hz} Hz", level))
    return rows


def _cochlea(cochlea: Mapping[str, Any]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for name, one in cochlea.items():
        dose = (name, f"{one['mean_gy']:.2f} Gy", f"{one['max_gy']:.2f} Gy")
        if not one["outcomes"]:
            rows.append((*dose, "", ""))
        for outcome in one["outcomes"]:
            said = f"refused: {outcome['refused']}" if "refused" in outcome else _probability(outcome)
            rows.append((*dose, str(outcome["model"]), said))
    return rows


def _probability(outcome: Mapping[str, Any]) -> str:
    said = f"{100 * outcome['ntcp']:.1f} %"
    return said if outcome["low"] is None else f"{said} ({100 * outcome['low']:.1f} to {100 * outcome['high']:.1f} %)"
