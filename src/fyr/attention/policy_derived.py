"""The ``derived`` section of a policy file: signals that are computed from others, minute by minute."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fyr.attention.policy import (
    BaselinePolicy,
    ChangePolicy,
    DerivedPolicy,
    PointsPolicy,
    PointsTerm,
    SignalPolicy,
    TogetherCondition,
    TogetherPolicy,
    VanishedPolicy,
)
from fyr.attention.policy_values import (
    one_of,
    read_comparison,
    read_count,
    read_duration,
    read_number,
    read_range,
    read_strings,
    read_text,
)
from fyr.attention.strict_yaml import Section, did_you_mean
from fyr.clock import HOUR_US, MINUTE_US

__all__ = ["LONGEST_OVER_US", "read_derived"]

LONGEST_OVER_US: Final = 4 * HOUR_US
"""How far back a change may look: the engine remembers no more of a patient."""


def read_derived(name: str, section: Section, signals: Mapping[str, SignalPolicy]) -> DerivedPolicy:
    """Read one derived signal; `signals` are those that the policy describes.

    Raises
    ------
    BadInput
        If a part is missing, not known, or cannot be computed.
    """
    if name not in signals:
        raise section.error(
            f"the derived signal '{name}' is not described{did_you_mean(name, list(signals))}",
            mend=f"add '{name}:' under 'signals:'",
        )
    kind = section.take("kind", one_of(*_READERS))
    window_us = section.take("window", read_duration)
    if window_us < MINUTE_US or window_us % MINUTE_US:
        raise section.error(f"{section.path}.window must be whole minutes", "window", "write for example 5 min")
    policy = _READERS[kind](name, section, window_us, signals)
    section.finish()
    return policy


def _change(name: str, section: Section, window_us: int, signals: Mapping[str, SignalPolicy]) -> DerivedPolicy:
    return ChangePolicy(name, _measured(section, signals), window_us, _over(section, window_us))


def _baseline(name: str, section: Section, window_us: int, signals: Mapping[str, SignalPolicy]) -> DerivedPolicy:
    low, high = section.take("stable", read_range)
    learn_us = section.take("learn", read_duration)
    if learn_us < window_us:
        raise section.error(f"{section.path}.learn must be at least the window", "learn")
    follow = section.take("follow_per_hour", read_number, 0.0)
    if follow < 0:
        raise section.error(
            f"{section.path}.follow_per_hour: {follow:g} is below 0", "follow_per_hour", "give 0 or more"
        )
    return BaselinePolicy(name, _measured(section, signals), window_us, learn_us, low, high, follow)


def _together(name: str, section: Section, window_us: int, signals: Mapping[str, SignalPolicy]) -> DerivedPolicy:
    conditions = []
    for part in section.listed("all"):
        signal = _measured(part, signals)
        operator, threshold = part.take("when", read_comparison)
        conditions.append(TogetherCondition(signal, operator, threshold))
        part.finish()
    if len(conditions) < 2:
        raise section.error(f"{section.path}.all needs at least two conditions", "all")
    return TogetherPolicy(name, window_us, tuple(conditions))


def _points(name: str, section: Section, window_us: int, signals: Mapping[str, SignalPolicy]) -> DerivedPolicy:
    terms = []
    for part in section.listed("terms"):
        term = PointsTerm(
            signal=_measured(part, signals),
            none_at=part.take("none_at", read_number),
            full_at=part.take("full_at", read_number),
            points=part.take("points", read_number),
        )
        if term.none_at == term.full_at:
            raise part.error(f"{part.path}: none_at and full_at are both {term.none_at:g}", "full_at", "set them apart")
        if term.points <= 0:
            raise part.error(f"{part.path}.points: {term.points:g} adds nothing", "points", "give a number above 0")
        terms.append(term)
        part.finish()
    if len(terms) < 2:
        raise section.error(f"{section.path}.terms needs at least two terms", "terms")
    known_terms = section.take("known_terms", read_count)
    if known_terms > len(terms):
        raise section.error(f"{section.path}.known_terms is {known_terms}, of {len(terms)} terms", "known_terms")
    return PointsPolicy(name, window_us, tuple(terms), known_terms)


def _vanished(name: str, section: Section, window_us: int, signals: Mapping[str, SignalPolicy]) -> DerivedPolicy:
    watched = section.take("signals", read_strings)
    for signal in watched:
        if signal not in signals:
            raise section.error(
                f"there is no signal '{signal}' in this policy{did_you_mean(signal, list(signals))}", "signals"
            )
    if len(set(watched)) < 2:
        raise section.error(f"{section.path}.signals needs at least two signals", "signals")
    return VanishedPolicy(name, tuple(watched), window_us, _over(section, window_us))


def _over(section: Section, window_us: int) -> int:
    over_us = section.take("over", read_duration)
    if over_us % MINUTE_US or not window_us <= over_us <= LONGEST_OVER_US:
        raise section.error(f"{section.path}.over must be whole minutes, at least the window and at most 4 h", "over")
    return over_us


def _measured(section: Section, signals: Mapping[str, SignalPolicy]) -> str:
    name = section.take("signal", read_text)
    if name not in signals:
        raise section.error(f"there is no signal '{name}' in this policy{did_you_mean(name, list(signals))}", "signal")
    return name


_READERS: Final = {
    "change": _change,
    "baseline": _baseline,
    "together": _together,
    "points": _points,
    "vanished": _vanished,
}
