"""What the next shift must know of a patient: vital signs, what was raised and done, what lacks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from fyr.attention import AlarmEvent, Policy, Tier
from fyr.clock import to_iso
from fyr.record import SIGNALS, Estimate, Finding
from fyr.serve.alarm_documents import raised_document
from fyr.serve.alarm_log import AlarmsSince, NotAssessable
from fyr.serve.own_limits import PatientLimits, override_document
from fyr.serve.refusal_words import in_words
from fyr.serve.tiles import suppressed_document

__all__ = ["assessable_share", "by_need", "gap_documents", "handed_over", "held_back"]

_LASTED: Final = re.compile(r"^did not last: .+? of ")
_MOMENT: Final = re.compile(r"\s*(?:(?:until|since|at) )?\d{4}-\d{2}-\d{2}T[\d:.]+Z")


def handed_over(
    tile: Mapping[str, Any],
    alarms: AlarmsSince,
    limits: PatientLimits,
    scores: Sequence[Finding],
    since_us: int,
) -> dict[str, Any]:
    """Return what is handed over of a patient.

    Parameters
    ----------
    tile : mapping
        The patient's tile as it is now.
    alarms : AlarmsSince
        The patient's alarms since `since_us`.
    limits : PatientLimits
    scores : sequence of Finding
        Answers of NEWS2 by time, some of them before `since_us` if there are any.
    since_us : int
    """
    bed = tile["bed"]
    return {
        "bed": bed,
        "patient": tile["patient"],
        "state": tile["state"],
        "signals": tile["signals"],
        "news2": tile["news2"],
        "news2_before": _score_before(scores, since_us),
        "raised": [raised_document(alarm, limits.own, bed) for alarm in reversed(alarms.raised)],
        "held_back": held_back(alarms.suppressed, limits.own),
        "own_limits": [override_document(one, limits.events, limits.ward, holds=True) for one in limits.holding],
        "sensors_lost": [
            {
                "signal": stretch.signal,
                "title": _title(stretch.signal),
                "since": to_iso(stretch.start_us),
                "taken_by": _taken_by(tile, stretch.signal),
            }
            for stretch in alarms.not_assessable
            if stretch.end_us is None and stretch.signal in SIGNALS
        ],
    }


def held_back(events: Iterable[AlarmEvent], policy: Policy) -> list[dict[str, Any]]:
    """Count what staff were not told by what and why, the most frequent first."""
    counted = Counter(
        (said["title"], _LASTED.sub("did not last ", _MOMENT.sub("", said["reason"]).strip()))
        for said in (suppressed_document(event, policy) for event in events)
    )
    return [{"title": title, "reason": reason, "count": count} for (title, reason), count in counted.most_common()]


def assessable_share(stretches: Iterable[NotAssessable], start_us: int, end_us: int) -> float:
    """Return the share of a time in which a signal could be assessed, from the stretches in which it could not.

    Stretches may touch or overlap; what lies outside the time counts for nothing. A time of no length is all
    assessable.
    """
    length = end_us - start_us
    if length <= 0:
        return 1.0
    lost_us, reached_us = 0, start_us
    for stretch in sorted(stretches, key=lambda one: one.start_us):
        begin = max(stretch.start_us, reached_us)
        finish = min(end_us if stretch.end_us is None else stretch.end_us, end_us)
        if finish > begin:
            lost_us += finish - begin
            reached_us = finish
    return 1.0 - lost_us / length


def gap_documents(
    tile: Mapping[str, Any],
    stretches: Sequence[NotAssessable],
    policy: Policy,
    *,
    admitted_us: int,
    since_us: int,
    day_us: int,
    now_us: int,
) -> list[dict[str, Any]]:
    """Return each signal of a patient that lacks now, or lacked in the last day, once.

    A score that lacks because its inputs do is no sensor that somebody could see to, and not listed.
    """
    found = []
    for signal in dict.fromkeys(stretch.signal for stretch in stretches if stretch.signal in SIGNALS):
        own = [stretch for stretch in stretches if stretch.signal == signal]
        open_now = next((stretch for stretch in own if stretch.end_us is None), None)
        found.append(
            {
                "bed": tile["bed"],
                "patient": tile["patient"],
                "signal": signal,
                "title": _title(signal),
                "since": None if open_now is None else to_iso(open_now.start_us),
                "taken_by": _taken_by(tile, signal),
                "safety_rules": sum(rule.signal == signal and rule.tier is Tier.SAFETY for rule in policy.rules),
                "assessable_shift": assessable_share(own, max(since_us, admitted_us), now_us),
                "assessable_day": assessable_share(own, max(day_us, admitted_us), now_us),
            }
        )
    return found


def by_need(gap: Mapping[str, Any]) -> tuple[bool, bool, str, str, str]:
    """Sort what lacks: nobody has taken it, it silences a safety rule, it has lasted longest; Fyr's own choice."""
    return (
        gap["taken_by"] is not None,
        gap["safety_rules"] == 0,
        gap["since"] or "",
        gap["bed"],
        gap["signal"],
    )


def _score_before(scores: Sequence[Finding], since_us: int) -> dict[str, Any] | None:
    if not scores:
        return None
    before = [finding for finding in scores if finding.time_us <= since_us]
    finding = before[-1] if before else scores[0]
    answer = finding.answer
    score, refusal = (
        (answer.value, None) if isinstance(answer, Estimate) else (None, in_words(answer.reason, answer.inputs))
    )
    return {"time": to_iso(finding.time_us), "score": score, "refusal": refusal}


def _taken_by(tile: Mapping[str, Any], signal: str) -> str | None:
    for entry in tile["technical"]:
        if entry["evidence"].get("signal") == signal and entry["state"] in ("acknowledged", "paused"):
            return str(entry["by"]) if entry["by"] else None
    return None


def _title(signal: str) -> str:
    known = SIGNALS.get(signal)
    return known.title if known is not None else signal
