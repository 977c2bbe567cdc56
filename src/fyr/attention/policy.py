"""What a policy is: which conditions need whom, how soon, with what hysteresis, delay, refractory time, escalation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from fyr.attention.notification import Priority
from fyr.clock import HOUR_US, MINUTE_US, SECOND_US

if TYPE_CHECKING:
    from fyr.attention.finding_condition import FindingCondition

__all__ = [
    "BaselinePolicy",
    "ChangePolicy",
    "DerivedPolicy",
    "EscalationStep",
    "Operator",
    "PointsPolicy",
    "PointsTerm",
    "Policy",
    "Rule",
    "ScoreInput",
    "ScorePolicy",
    "SignalPolicy",
    "Tier",
    "TogetherCondition",
    "TogetherPolicy",
    "VanishedPolicy",
    "rule_key",
]


class Operator(StrEnum):
    """How a value is held against a threshold."""

    BELOW = "<"
    AT_MOST = "<="
    ABOVE = ">"
    AT_LEAST = ">="

    @property
    def looks_down(self) -> bool:
        """Whether low values deviate."""
        return self in (Operator.BELOW, Operator.AT_MOST)


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """After this long without an acknowledgement, the notification goes to this role too."""

    after_us: int
    to: str


@dataclass(frozen=True, slots=True)
class SignalPolicy:
    """How a signal is read.

    Parameters
    ----------
    signal : str
    abbreviation : str
        Its short form, as in rule keys.
    plausible_low, plausible_high : float
        Values outside are artefacts: stored, shown, never used.
    continuous : bool
        ``False`` for counted readings (cuff), where time between readings is no gap.
    gap_tolerance_us : int
        Missing time that a run of deviating samples bridges, and after which the signal is not assessable. For
        counted readings: the time without a reading after which the signal is not assessable.
    technical_after_us : int or None
        How long a signal may be not assessable before a technical notification; ``None``: never.
    technical_priority : Priority
    """

    signal: str
    abbreviation: str
    plausible_low: float
    plausible_high: float
    continuous: bool
    gap_tolerance_us: int
    technical_after_us: int | None
    technical_priority: Priority


@dataclass(frozen=True, slots=True)
class ScoreInput:
    """Where a score's input comes from, how old it may be, and what is used when nobody recorded it."""

    source: str
    max_age_us: int | None
    unless_recorded: float | str | bool | None = None


@dataclass(frozen=True, slots=True)
class ScorePolicy:
    """A model that is run again and again on the newest values, and read like one or more signals.

    Parameters
    ----------
    name : str
    model : str
        Its name in the registry.
    outputs : mapping of str to str
        Signal to what of the model's answer it carries: an output, or a flag of its explanation.
    every_us : int
        Counted from midnight UTC.
    inputs : mapping of str to ScoreInput
        By the name that the model's card gives them.
    """

    name: str
    model: str
    outputs: Mapping[str, str]
    every_us: int
    inputs: Mapping[str, ScoreInput]


@dataclass(frozen=True, slots=True)
class TogetherCondition:
    """One of the conditions of a derived signal that asks several things at once."""

    signal: str
    operator: Operator
    threshold: float


@dataclass(frozen=True, slots=True)
class ChangePolicy:
    """How far a signal has moved: the median of its newest minutes less that of a window before.

    Parameters
    ----------
    name, signal : str
    window_us : int
        The length of both windows.
    over_us : int
        From the end of the earlier window to the end of the newest.
    """

    name: str
    signal: str
    window_us: int
    over_us: int


@dataclass(frozen=True, slots=True)
class BaselinePolicy:
    """How far a signal is from the patient's own level, learned in the first stable hours.

    Parameters
    ----------
    name, signal : str
    window_us : int
        The newest minutes whose median is compared.
    learn_us : int
        How much stable time is learned from; until then there is no baseline, and the rule is not assessable.
    stable_low, stable_high : float
        Only medians in this range are learned from: a patient who begins ill does not make illness normal.
    follow_per_hour : float
        By how much, in the signal's unit, the learned level may follow stable medians in an hour; 0: it stays.
    """

    name: str
    signal: str
    window_us: int
    learn_us: int
    stable_low: float
    stable_high: float
    follow_per_hour: float = 0.0

    @property
    def follow_step(self) -> float:
        """By how much the level may follow at the end of one window."""
        return self.follow_per_hour * self.window_us / HOUR_US


@dataclass(frozen=True, slots=True)
class TogetherPolicy:
    """1 while every condition holds, 0 while one certainly does not, otherwise not assessable.

    Parameters
    ----------
    name : str
    window_us : int
        Measured signals are taken as the median of their newest minutes.
    conditions : tuple of TogetherCondition
        About measured, scored and earlier derived signals.
    """

    name: str
    window_us: int
    conditions: tuple[TogetherCondition, ...]


@dataclass(frozen=True, slots=True)
class PointsTerm:
    """What one signal adds to a sum of points: nothing at `none_at`, `points` at `full_at`, in proportion in between.

    Parameters
    ----------
    signal : str
    none_at, full_at : float
        In the signal's unit; more is worse where `full_at` is the greater of the two.
    points : float
    """

    signal: str
    none_at: float
    full_at: float
    points: float


@dataclass(frozen=True, slots=True)
class PointsPolicy:
    """Several deviations weighed together: a sum of points, each term in proportion and none above its most.

    Parameters
    ----------
    name : str
    window_us : int
        Measured signals are taken as the median of their newest minutes.
    terms : tuple of PointsTerm
        About measured, scored and earlier derived signals.
    known_terms : int
        How many terms must be known; with fewer the sum is not assessable. A term that is not known adds nothing, so
        the sum says at least how bad it is, never that all is well.
    """

    name: str
    window_us: int
    terms: tuple[PointsTerm, ...]
    known_terms: int


@dataclass(frozen=True, slots=True)
class VanishedPolicy:
    """1 while several signals are gone that were all there just before: not one sensor's trouble, perhaps an arrest.

    Parameters
    ----------
    name : str
    signals : tuple of str
        Measured ones.
    window_us : int
        For how long each of them has had no usable sample, a value of 0 being none.
    over_us : int
        How far back before that each was known, at least half of the time.
    """

    name: str
    signals: tuple[str, ...]
    window_us: int
    over_us: int


DerivedPolicy = ChangePolicy | BaselinePolicy | TogetherPolicy | PointsPolicy | VanishedPolicy


class Tier(StrEnum):
    """Safety rules can be silenced by no model, no budget and no override; a risk score never raises: it ranks."""

    SAFETY = "safety"
    RULES = "rules"


@dataclass(frozen=True, slots=True)
class Rule:
    """A threshold held for a duration, or over a number of readings, and how staff hear of it.

    Parameters
    ----------
    key : str
        For example ``rr<11/5min``; follows from signal, operator, threshold and duration.
    title : str
    signal : str
    operator : Operator
    threshold : float
        In the signal's unit.
    duration_us : int
        How long the deviation must last; 0 together with `readings`.
    readings : int
        How many consecutive readings must deviate; 0 together with `duration_us`.
    clear_threshold : float
        The condition clears beyond this value; further back than `threshold` gives hysteresis.
    clear_after_us, clear_readings : int
        How long, or for how many readings, before it clears.
    priority : Priority
    group : str
        Rules about the same thing; within a group the more urgent one speaks for the others.
    refractory_us : int
        After it cleared, how long before it may be raised again.
    latch : bool
        Whether an unacknowledged notification outlives its condition.
    escalation : tuple of EscalationStep
    source : str
        Where the threshold and duration come from.
    tier : Tier
    re_raise_after_us : int or None
        An acknowledged notification whose condition still stands is raised again after this time.
    technical : bool
        It is about what keeps us from knowing how the patient is: told like any other, and counted apart.
    """

    key: str
    title: str
    signal: str
    operator: Operator
    threshold: float
    duration_us: int
    readings: int
    clear_threshold: float
    clear_after_us: int
    clear_readings: int
    priority: Priority
    group: str
    refractory_us: int
    latch: bool
    escalation: tuple[EscalationStep, ...]
    source: str
    tier: Tier = Tier.RULES
    re_raise_after_us: int | None = None
    technical: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """A versioned set of rules; its digest says exactly which."""

    name: str
    version: str
    title: str
    source: str
    signals: Mapping[str, SignalPolicy]
    scores: Mapping[str, ScorePolicy]
    rules: tuple[Rule, ...]
    digest: str
    notes: str = ""
    derived: Mapping[str, DerivedPolicy] = field(default_factory=dict)
    when_finding: tuple[FindingCondition, ...] = ()
    rules_by_key: Mapping[str, Rule] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rules_by_key", {rule.key: rule for rule in self.rules})


def rule_key(abbreviation: str, operator: Operator, threshold: float, duration_us: int, readings: int) -> str:
    """Name a rule after what it asks.

    >>> rule_key("rr", Operator.BELOW, 11, 5 * MINUTE_US, 0), rule_key("sbp", Operator.ABOVE, 180, 0, 2)
    ('rr<11/5min', 'sbp>180/2readings')
    >>> rule_key("news2", Operator.AT_LEAST, 7, 0, 1)
    'news2>=7'
    """
    head = f"{abbreviation}{operator.value}{threshold:g}"
    if readings == 1:
        return head
    return f"{head}/{readings}readings" if readings else f"{head}/{_short_duration(duration_us)}"


def _short_duration(duration_us: int) -> str:
    for size, name in ((MINUTE_US, "min"), (HOUR_US, "h"), (SECOND_US, "s")):
        if duration_us % size == 0:
            return f"{duration_us // size}{name}"
    return f"{duration_us / SECOND_US:g}s"
