"""What follows from the facts that were observed, and from which of them: pure functions, nothing stored.

A derived fact goes before an observed one only where it is newer (:func:`known_facts`). Where the two disagree,
:class:`DerivedFact` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fyr.clock import DAY_US
from fyr.record import clinical_receptors as receptors
from fyr.record.clinical import FACTS
from fyr.record.observation import Observation, Status

__all__ = ["DerivedFact", "derived_facts", "known_facts", "latest_observations"]


@dataclass(frozen=True, slots=True)
class DerivedFact:
    """A fact that follows from others.

    Parameters
    ----------
    observation : Observation
        As it would be observed: at the time of the latest of its sources, imputed if any of them is.
    derived_from : tuple of Observation
    rule : str
        Why it follows, with the source of that.
    contradicts : Observation or None
        What was observed under the same name and says something else.
    """

    observation: Observation
    derived_from: tuple[Observation, ...]
    rule: str
    contradicts: Observation | None = None

    @property
    def name(self) -> str:
        """The fact's name."""
        return self.observation.code

    @property
    def value(self) -> float | str | bool | None:
        """The fact's value, in the vocabulary's unit."""
        return self.observation.value


@dataclass(frozen=True, slots=True)
class _Rule:
    """Works `name` out of the facts `needs`, all of them, and of `may` where they are known."""

    name: str
    needs: tuple[str, ...]
    work_out: Callable[..., float | str | bool | None]
    why: str
    may: tuple[str, ...] = ()
    within_us: int | None = None


def latest_observations(observations: Iterable[Observation], at_us: int | None = None) -> dict[str, Observation]:
    """Return the latest observation of each clinical fact, up to and with a time.

    Of two of the same time, one that has a value goes before one that has none; else the later in the sequence.
    """
    latest: dict[str, Observation] = {}
    for one in observations:
        if one.code not in FACTS or (at_us is not None and one.time_us > at_us):
            continue
        known = latest.get(one.code)
        if known is None or (one.time_us, one.value is not None) >= (known.time_us, known.value is not None):
            latest[one.code] = one
    return latest


def derived_facts(
    observations: Iterable[Observation],
    *,
    at_us: int | None = None,
    ki67_cut_percent: float = receptors.PREDICT_KI67_CUT_PERCENT,
) -> list[DerivedFact]:
    """Work out what follows from one patient's observations.

    Parameters
    ----------
    observations : iterable of Observation
        Of one patient, in the vocabulary's units.
    at_us : int, optional
        The time in the patient's course; later observations do not count. Microseconds UTC.
    ki67_cut_percent : float
        Above which a Ki67 is positive: a model names its own.

    Returns
    -------
    list of DerivedFact
        In the order of the rules; one for each name, the first rule that has an answer.
    """
    latest = latest_observations(observations, at_us)
    found: dict[str, DerivedFact] = {}
    for rule in (*_RULES, _ki67_rule(ki67_cut_percent)):
        if rule.name in found:
            continue
        derived = _apply(rule, latest)
        if derived is not None:
            found[rule.name] = derived
    return list(found.values())


def known_facts(observations: Sequence[Observation], *, at_us: int | None = None) -> dict[str, float | str | bool]:
    """Return what is known about a patient at a time by name: the evidence for models.

    It is what was observed; what follows from other observations takes its place where there is none, or where those
    are newer. What is unknown or was not done is absent.
    """
    known = {name: one for name, one in latest_observations(observations, at_us).items() if one.value is not None}
    for derived in derived_facts(observations, at_us=at_us):
        observed = known.get(derived.name)
        if observed is None or observed.time_us < derived.observation.time_us:
            known[derived.name] = derived.observation
    return {name: one.value for name, one in known.items() if one.value is not None}


def _apply(rule: _Rule, latest: Mapping[str, Observation]) -> DerivedFact | None:
    if any(name not in latest for name in rule.needs):
        return None
    names = (*rule.needs, *rule.may)
    sources = {name: latest[name] for name in names if name in latest and latest[name].value is not None}
    if not sources or any(name not in sources for name in rule.needs):
        return None
    times = [one.time_us for one in sources.values()]
    if rule.within_us is not None and max(times) - min(times) > rule.within_us:
        return None
    arguments: list[Any] = [sources[name].value if name in sources else None for name in names]
    value = rule.work_out(*arguments)
    if value is None:
        return None
    any_imputed = any(one.status is Status.IMPUTED for one in sources.values())
    from_which = tuple(sources.values())
    observation = Observation(
        patient=from_which[0].patient,
        code=rule.name,
        time_us=max(times),
        value=value,
        unit=FACTS[rule.name].unit,
        status=Status.IMPUTED if any_imputed else Status.PRESENT,
        source=f"derived from {', '.join(sources)}: {rule.why}",
    )
    observed = latest.get(rule.name)
    differs = observed is not None and observed.value is not None and not _same(observed.value, value)
    return DerivedFact(observation, from_which, rule.why, observed if differs else None)


def _same(one: float | str | bool, other: float | str | bool) -> bool:
    if isinstance(one, float | int) and isinstance(other, float | int):
        return abs(one - other) <= 0.01 * max(abs(one), abs(other))
    return one == other


def _ratio(above: float, below: float) -> float | None:
    return above / below if below > 0 else None


def _same_word(word: str) -> str:
    return word


def _receptor_rules(receptor: str) -> Iterator[_Rule]:
    name = f"{receptor}_positive"
    percent, allred, h_score = f"{receptor}_percent", f"{receptor}_allred", f"{receptor}_h_score"
    yield _Rule(name, (percent,), receptors.receptor_positive_by_percent, "1 % or more (ASCO/CAP 2020)")
    yield _Rule(name, (allred,), receptors.receptor_positive_by_allred, "an Allred score above 2 (Harvey 1999)")
    yield _Rule(name, (h_score,), receptors.receptor_positive_by_h_score, "an H-score that means 1 % or more, or less")


def _staging_rules() -> Iterator[_Rule]:
    for name in ("t_category", "n_category", "m_category", "stage_group"):
        for how in ("pathological", "clinical"):
            yield _Rule(name, (f"{how}_{name}",), _same_word, f"the {how} one stands for it")


_NOTTINGHAM: Final = ("tubule_score", "nuclear_score", "mitotic_score")
_ASCO_CAP: Final = "ASCO/CAP 2018, affirmed 2023"
_RULES: Final = (
    _Rule("her2_status", (), receptors.her2_status, _ASCO_CAP, may=("her2_ihc", "her2_ish")),
    _Rule("her2_low", (), receptors.her2_low, "DESTINY-Breast04", may=("her2_ihc", "her2_ish")),
    *_receptor_rules("er"),
    *_receptor_rules("pr"),
    _Rule("er_low_positive", ("er_percent",), receptors.er_low_positive, "1 to 10 % (ASCO/CAP 2020)"),
    _Rule("nottingham_score", _NOTTINGHAM, receptors.nottingham_score, "the sum of the three scores"),
    _Rule(
        "grade",
        _NOTTINGHAM,
        lambda *scores: receptors.nottingham_grade(receptors.nottingham_score(*scores)),
        "the sum of the Nottingham scores (Elston and Ellis 1991)",
    ),
    _Rule("grade", ("nottingham_score",), receptors.nottingham_grade, "the Nottingham score (Elston and Ellis 1991)"),
    _Rule(
        "micrometastases",
        ("largest_metastasis_mm",),
        lambda size: 0.2 < size <= 2,
        "more than 0.2 and up to 2 mm (AJCC)",
    ),
    _Rule("nlr", ("neutrophils_e9_l", "lymphocytes_e9_l"), _ratio, "their ratio, of one day", within_us=DAY_US),
    _Rule("ldh_ratio", ("ldh_u_l", "ldh_upper_limit_u_l"), _ratio, "their ratio"),
    _Rule(
        "body_mass_index", ("weight_kg", "height_cm"), lambda weight, height: weight / (height / 100) ** 2, "Quetelet"
    ),
    _Rule(
        "smoking_pack_years",
        ("cigarettes_per_day", "smoking_duration_years"),
        lambda cigarettes, years: cigarettes / 20 * years,
        "packs of 20 a day, times years",
    ),
    _Rule(
        "family_history_lung_cancer",
        ("family_history_onset",),
        lambda onset: onset != "none",
        "a relative's onset, early or late",
    ),
    *_staging_rules(),
)


def _ki67_rule(cut_percent: float) -> _Rule:
    return _Rule(
        "ki67_positive",
        ("ki67_percent",),
        lambda percent: receptors.ki67_is_high(percent, cut_percent),
        f"more than {cut_percent:g} %",
    )
