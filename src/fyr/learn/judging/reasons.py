"""Why a figure cannot be had from a sample, said before it is tried."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fyr.learn.judging.estimates import CALIBRATION, OBSERVED, RANKS, SCORES
from fyr.learn.judging.sample import Sample
from fyr.learn.spans import span_words

__all__ = ["FEWEST_FOR_CURVE", "cautions", "reasons"]

FEWEST_FOR_CURVE = 20
"""Events by the horizon: ten for each of the two columns of the smooth curve."""

ENOUGH_EVENTS = 100
"""Collins, Ogundimu & Altman 2016 (Stat Med 35:214): validation asks for at least 100 events, better 200."""

SMALL = 10

CURVE = ("ici", "e50", "e90", "curve")
LINE = ("slope", "intercept", "hazard_slope")
SCALED = (*LINE, "in_the_large", *CURVE)
AT_HORIZON = (OBSERVED, "uno_c", "auc", *SCORES, *CALIBRATION, "curve", "groups", "net_benefit")


def reasons(sample: Sample) -> dict[str, str]:
    """Return, by figure, why it cannot be had; the first reason that holds.

    Parameters
    ----------
    sample : Sample
    """
    why: dict[str, str] = {}

    def say(names: tuple[str, ...], reason: str) -> None:
        for name in names:
            why.setdefault(name, reason)

    if not len(sample):
        say((*RANKS, *AT_HORIZON, "distribution"), "there are no patients")
        return why
    if not sample.timed:
        say(("c_index", "uno_c"), "the outcome has no times; the area under the curve says the same")
        say(("hazard_slope",), "the outcome has no times")
    elif not (sample.cause == 1).any():
        say(("c_index",), "there are no events")
    if (ended := _follow_up_ended(sample)) is not None:
        say(AT_HORIZON, f"follow-up ends at {ended:.4g} years, before the horizon of {span_words(sample.horizon)}")
    if sample.risk is None:
        say(
            (*SCORES, *CALIBRATION, "curve", "groups", "distribution", "net_benefit"),
            "the model gives a rank, not a probability",
        )
    events, spared = int(sample.had.sum()), int(sample.spared.sum())
    until = f" by {span_words(sample.horizon)}" if sample.timed else ""
    if not events:
        say(("uno_c", "auc", "scaled_brier", "e_over_o", *SCALED), f"there are no events{until}")
    if not spared:
        say(("auc", "scaled_brier", *SCALED), f"there is nobody who is known to be without the event{until}")
    if sample.risk is not None and len(why) < len((*RANKS, *AT_HORIZON)):
        for names, reason in _of_predictions(sample, until, events, spared):
            say(names, reason)
    return why


def _of_predictions(sample: Sample, until: str, events: int, spared: int) -> list[tuple[tuple[str, ...], str]]:
    """Return what the predictions themselves rule out."""
    found: list[tuple[tuple[str, ...], str]] = []
    held = sample.held
    if held is None:
        found.append((SCALED, "every prediction is exactly 0 or 1, which has no place on the scale of calibration"))
    elif np.ptp(held) <= 1e-12:
        but = " but those of exactly 0 or 1" if sample.certain.any() else ""
        found.append(((*LINE, *CURVE), f"all predictions{but} are the same"))
    fewest, kind = (events, "events") if sample.timed or events <= spared else (spared, "patients without the event")
    if fewest < FEWEST_FOR_CURVE:
        found.append((CURVE, f"{fewest} {kind}{until}; a smooth curve needs {FEWEST_FOR_CURVE}"))
    return found


def _follow_up_ended(sample: Sample) -> float | None:
    """Return when follow-up ended, if that is before the horizon with somebody still at risk."""
    last = float(sample.years[-1])
    if last >= sample.horizon or not (sample.cause[sample.years == last] == 0).any():
        return None
    return last


def cautions(sample: Sample, patients: int) -> tuple[bool, tuple[str, ...]]:
    """Say whether a sample is small, and what its reader must know.

    Parameters
    ----------
    sample : Sample
    patients : int

    Returns
    -------
    small : bool
        Fewer than 10 with the event by the horizon, or fewer than 10 known to be without it.
    warnings : tuple of str
    """
    events, spared = int(sample.had.sum()), int(sample.spared.sum())
    small = min(events, spared) < SMALL
    said = []
    until = f" by {span_words(sample.horizon)}" if sample.timed else ""
    if small:
        said.append(
            f"small: {events} with the event{until}, {spared} known to be without it; judge nothing by this alone"
        )
    elif min(events, spared) < ENOUGH_EVENTS:
        fewest = "events" if events <= spared else "patients without the event"
        said.append(f"{min(events, spared)} {fewest}{until}: 100 or more are asked for (Collins et al. 2016)")
    if patients < len(sample):
        said.append(f"{len(sample)} rows of {patients} patients: rows of one patient are drawn together")
    if sample.timed and 0 < sample.followed < SMALL:
        said.append(
            f"only {sample.followed} rows are followed to {span_words(sample.horizon)}: what is said there hangs on "
            "them"
        )
    if (held := sample.held) is not None and sample.certain.any():
        said.append(_of_certain(sample, held, until))
    return small, tuple(said)


def _of_certain(sample: Sample, held: NDArray[np.float64], until: str) -> str:
    """Say how many predictions are exactly 0 or 1, how many of them were wrong, and where they are held."""
    risk = np.zeros(0) if sample.risk is None else sample.risk
    parts = []
    for value, at, wrong, fate in (
        (0, f"{held.min():.4g}", sample.had, f"had the event{until}"),
        (1, f"1 - {1 - held.max():.4g}", sample.spared, f"were without it{until}"),
    ):
        of_it = risk == value
        if count := int(of_it.sum()):
            parts.append(f"{count} exactly {value} ({int((of_it & wrong).sum())} of them {fate}), held at {at}")
    return (
        f"{' and '.join(parts)}: such predictions have no place on the scale of slope, intercept and curve, "
        "and count there as the nearest other; a prediction of 0 or 1 that is wrong is worse than these figures say"
    )
