"""Which output of a model speaks of an outcome, and how it is read: a risk, a survival, or a rank and no more."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fyr.errors import BadInput
from fyr.learn.spans import span_words
from fyr.models.card import ModelCard, ModelOutput

__all__ = ["ChosenOutput", "Direction", "choose_output", "horizon_of"]

Direction = Literal["worse", "better"]

_HORIZON: Final = re.compile(r"(?:^|_)(\d+)(y|a|mo|m|wk|w|d)(?:_|$)")
_YEARS: Final = {"y": 1.0, "a": 1.0, "mo": 1 / 12, "m": 1 / 12, "wk": 7 / 365.25, "w": 7 / 365.25, "d": 1 / 365.25}
_SURVIVAL: Final = frozenset({"survival", "alive", "surviving"})
_OVERALL: Final = frozenset({"overall", "survival", "any", "all", "mortality"})
_PLAIN: Final = frozenset({"death", "dead", "died", "deaths", "of", "by", "the", "risk", "event", "status", "years"})
"""Words that say nothing about which death is meant."""
_TREATED: Final = "treated"


@dataclass(frozen=True, slots=True)
class ChosenOutput:
    """How a model's numbers are judged.

    Parameters
    ----------
    name, title : str
    reading : {"risk", "survival", "rank"}
        The probability of the event by the horizon, of being free of it, or a number that only ranks.
    per : float
        What the number is a share of: 1, or 100 for percent.
    higher_is : {"worse", "better"}
        For a rank.
    notes : tuple of str
        Why this one, where it was not named.
    """

    name: str
    title: str
    reading: Literal["risk", "survival", "rank"]
    per: float = 1.0
    higher_is: Direction = "worse"
    notes: tuple[str, ...] = ()

    def risk(self, values: ArrayLike) -> NDArray[np.float64] | None:
        """Return the probability of the event; ``None`` where the output only ranks.

        Parameters
        ----------
        values : array of float, shape (rows,)
        """
        if self.reading == "rank":
            return None
        share = np.asarray(values, dtype=np.float64) / self.per
        return np.clip(1 - share if self.reading == "survival" else share, 0.0, 1.0)

    def rank(self, values: ArrayLike) -> NDArray[np.float64] | None:
        """Return the number, higher meaning worse, where it only ranks."""
        if self.reading != "rank":
            return None
        numbers = np.asarray(values, dtype=np.float64)
        return -numbers if self.higher_is == "better" else numbers


def horizon_of(name: str) -> float | None:
    """Return the years that an output's name speaks of; ``None`` where it names none.

    >>> horizon_of("overall_survival_10y_treated"), horizon_of("risk_60mo"), horizon_of("npi")
    (10.0, 5.0, None)
    """
    found = _HORIZON.search(name)
    return None if found is None else round(int(found[1]) * _YEARS[found[2]], 9)


def choose_output(
    card: ModelCard,
    *,
    horizon_years: float | None,
    title: str,
    competing: bool,
    name: str | None = None,
    higher_is: Direction | None = None,
) -> ChosenOutput:
    """Choose the output that speaks of an outcome.

    Parameters
    ----------
    card : ModelCard
    horizon_years : float or None
        ``None`` for an outcome that is simply there or not.
    title : str
        What the event is; its words tell deaths of one cause from deaths of any.
    competing : bool
        Whether the outcome tells causes apart.
    name : str, optional
        The output, where a person named it.
    higher_is : {"worse", "better"}, optional
        Which way the number goes, where a person said so; it goes before the card.

    Raises
    ------
    BadInput
        If none fits, several do, or nothing says which way a score goes; the error lists them.
    """
    if name is not None:
        return _read(_named(card, name), horizon_years, higher_is, (), named=True)
    numbers = [output for output in card.outputs if not output.categories]
    likely = [output for output in numbers if _per(output) is not None]
    fitting = [output for output in likely if _fits(output, horizon_years)]
    if not fitting and horizon_years is None:
        fitting = likely
    if fitting:
        pool, notes = _narrowed(fitting, title, competing)
        if len(pool) > 1:
            raise _ambiguous(card, pool)
        return _read(pool[0], horizon_years, higher_is, notes)
    dated = sorted({years for output in likely if (years := horizon_of(output.name)) is not None})
    if dated and horizon_years is not None:
        given = ", ".join(f"{years:g}" for years in dated)
        raise BadInput(
            f"{card.name} gives no probability at {span_words(horizon_years)}; it gives {given}",
            mend=f"take --horizon {min(dated, key=lambda years: abs(years - horizon_years)):g}y",
        )
    ranking = [output for output in numbers if horizon_of(output.name) is None]
    if not ranking:
        words = [output.name for output in card.outputs]
        raise BadInput(
            f"{card.name} gives no number to judge", mend=f"name one of {', '.join(words)} with --output to judge ranks"
        )
    if len(ranking) > 1:
        raise _ambiguous(card, ranking)
    return _read(ranking[0], horizon_years, higher_is, ())


def _named(card: ModelCard, name: str) -> ModelOutput:
    found = next((output for output in card.outputs if output.name == name), None)
    if found is None:
        names = [output.name for output in card.outputs]
        near = difflib.get_close_matches(name, names, n=3)
        mend = f"did you mean {' or '.join(near)}?" if near else f"it gives {', '.join(names)}"
        raise BadInput(f"{card.name} has no output '{name}'", where="--output", mend=mend)
    return found


def _per(output: ModelOutput) -> float | None:
    """Return what a probability is a share of; ``None`` for any other number."""
    if (output.unit, output.low, output.high) == ("1", 0, 1):
        return 1.0
    return 100.0 if (output.unit, output.low, output.high) == ("%", 0, 100) else None


def _fits(output: ModelOutput, horizon_years: float | None) -> bool:
    years = horizon_of(output.name)
    if horizon_years is None or years is None:
        return years is None and horizon_years is None
    return abs(years - horizon_years) <= 0.02 * horizon_years


def _narrowed(fitting: Sequence[ModelOutput], title: str, competing: bool) -> tuple[list[ModelOutput], tuple[str, ...]]:
    """Keep what the outcome's words mean: which death, and with the treatments that were given."""
    said = _words(title)
    pool = [output for output in fitting if "other" in said or "other" not in _words(output.name)] or list(fitting)
    overall = [output for output in pool if _words(output.name) & _OVERALL]
    of_cause = [output for output in pool if output not in overall]
    meant = [output for output in of_cause if (_words(output.name) - _PLAIN) & said]
    if overall and of_cause:
        pool = (meant or of_cause) if competing else (meant or overall)
    elif meant:
        pool = meant
    notes: tuple[str, ...] = ()
    treated = [output for output in pool if _TREATED in _words(output.name)]
    if len(pool) > 1 and treated:
        pool = treated
        notes = ("of the outputs with and without treatment, the one with the treatments of each row is judged",)
    return pool, notes


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z]+", text.casefold()))


def _read(
    output: ModelOutput,
    horizon_years: float | None,
    higher_is: Direction | None,
    notes: tuple[str, ...],
    *,
    named: bool = False,
) -> ChosenOutput:
    years, per = horizon_of(output.name), _per(output)
    if per is not None and years is not None and horizon_years is not None and not _fits(output, horizon_years):
        raise BadInput(
            f"{output.name} speaks of {span_words(years)}, and {span_words(horizon_years)} are asked for",
            where="--output",
            mend=f"take --horizon {years:g}y, or another output",
        )
    undated = per is not None and years is None and horizon_years is not None
    may_be_risk = higher_is is not None or output.higher_is != "better"
    if per is not None and (not undated or (named and may_be_risk)):
        survival = bool(_words(output.name) & _SURVIVAL)
        if higher_is is not None:
            survival = higher_is == "better"
        if undated and horizon_years is not None:
            notes = (*notes, f"{output.name} names no time: it is taken as the risk at {span_words(horizon_years)}")
        return ChosenOutput(output.name, output.title, "survival" if survival else "risk", per, notes=notes)
    direction = higher_is or output.higher_is
    if not direction:
        raise BadInput(
            f"nothing says whether a higher {output.name} is worse or better",
            mend="add --higher-is-worse or --higher-is-better",
        )
    if undated:
        notes = (*notes, f"{output.name} names no time, so its rank is judged and not its calibration")
    return ChosenOutput(output.name, output.title, "rank", higher_is=direction, notes=notes)


def _ambiguous(card: ModelCard, several: Sequence[ModelOutput]) -> BadInput:
    listed = ", ".join(output.name for output in several)
    return BadInput(
        f"{len(several)} outputs of {card.name} may be meant: {listed}", mend="name one with --output OUTPUT"
    )
