"""Models of the scales that grade each ear by its thresholds alone: SIOP Boston, Chang, Brock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.models import Column, Model, ModelCard, ModelOutput, RowRefusal
from fyr.record.audiogram import EARS, Ear
from fyr.treat.hearing.inputs import ear_bounds, level_name, threshold_inputs
from fyr.treat.hearing.scales import BROCK_STEPS, CHANG_GRADES, CHANG_STEPS, SIOP_STEPS, Step, graded_by_steps
from fyr.treat.hearing.settled import FLOOR_DB, ROOF_DB, Settled, settle, within_octave

__all__ = ["BROCK_1991", "CHANG_2010", "SIOP_BOSTON", "EarScale"]

_UNTESTED: Final = "not tested"
_BATTERY_DB: Final = 20.0


class EarScale(Model):
    """A scale that is a table of steps, one for each frequency.

    Parameters
    ----------
    card : ModelCard
    steps : mapping of int to tuple of Step
    between : tuple of (int, int, int)
        Places of frequencies that lie between two an octave apart, with those two.
    battery : bool
        Whether a normal 4 kHz threshold spares the 2 kHz tone (SIOP's minimum test battery).

    Examples
    --------
    >>> ear = {"right_2000_hz_db": 15, "right_3000_hz_db": 20, "right_4000_hz_db": 45, "right_8000_hz_db": 70}
    >>> SIOP_BOSTON.predict(ear).estimates["grade"].category
    '2'
    >>> SIOP_BOSTON.predict({**ear, "right_4000_hz_db": None}).reason
    'right ear, 4000 Hz: not measured, and the grade depends on it'
    """

    def __init__(
        self,
        card: ModelCard,
        steps: Mapping[int, tuple[Step, ...]],
        between: tuple[tuple[int, int, int], ...] = (),
        *,
        battery: bool = False,
    ) -> None:
        self.card = card
        self._steps = steps
        self._between = between
        self._battery = battery

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        """Refuse rows whose grade depends on what was not measured, and name it."""
        untested = self._untested(columns)
        names = tuple(level_name(ear, hz) for ear in EARS for hz in self._steps)
        yield RowRefusal(
            np.logical_and.reduce(untested, axis=1), "neither ear was tested at a frequency of the scale", names
        )
        for place, ear in enumerate(EARS):
            settled, low = self._settled(columns, ear)
            open_rows = ~settled.is_settled & ~untested[:, place]
            for column, hz in enumerate(self._steps):
                rows = open_rows & settled.depends_on[:, column]
                measured = low[:, column] > FLOOR_DB
                for which, why in (
                    (~measured, "not measured"),
                    (measured, "no response, and no louder tone was given"),
                ):
                    if (rows & which).any():
                        said = f"{ear} ear, {hz} Hz: {why}, and the grade depends on it"
                        yield RowRefusal(rows & which, said, (level_name(ear, hz),))

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the grade of each ear, and the worse of those that were tested."""
        untested = self._untested(columns)
        ears = np.stack([self._settled(columns, ear)[0].grade for ear in EARS], axis=1)
        last = len(self.card.outputs[0].categories)
        return {
            "grade": np.where(untested, -1, ears).max(axis=1),
            **{f"grade_{ear}": np.where(untested[:, n], last, ears[:, n]) for n, ear in enumerate(EARS)},
        }

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:  # noqa: ARG002
        """Return what each frequency alone would make of an ear."""
        found: dict[str, Any] = {}
        words = self.card.outputs[0].categories
        for ear in EARS:
            low = self._settled(columns, ear)[1]
            for column, (hz, levels) in enumerate(self._steps.items()):
                known = low[:, column] > FLOOR_DB
                alone = graded_by_steps(low[:, [column]], {hz: levels})
                said = [
                    words[grade] if one else None for grade, one in zip(alone.tolist(), known.tolist(), strict=True)
                ]
                found[f"{ear}, {hz} Hz"] = np.array(said, dtype=object)
        return {"grade by frequency": found}

    def _untested(self, columns: Mapping[str, Column]) -> NDArray[np.bool_]:
        tested = []
        for ear in EARS:
            low, high = ear_bounds(columns, ear, tuple(self._steps))
            tested.append(((low == FLOOR_DB) & (high == ROOF_DB)).all(axis=1))
        return np.stack(tested, axis=1)

    def _settled(self, columns: Mapping[str, Column], ear: Ear) -> tuple[Settled, NDArray[np.float64]]:
        low, high = ear_bounds(columns, ear, tuple(self._steps))
        measured = low.copy()
        if self._battery:
            at = list(self._steps).index
            spared = (low[:, at(2000)] == FLOOR_DB) & (high[:, at(4000)] <= _BATTERY_DB)
            high[spared, at(2000)] = _BATTERY_DB
        low, high = within_octave(low, high, self._between)
        return settle(lambda level: graded_by_steps(level, self._steps), low, high), measured


def _card(
    name: str,
    version: str,
    title: str,
    grades: tuple[str, ...],
    steps: Mapping[int, tuple[Step, ...]],
    *,
    citation: str,
    validity: str,
    evidence: str,
) -> ModelCard:
    return ModelCard(
        name=name,
        version=version,
        title=title,
        intended_use="Research: children and young adults after platinum or irradiation of the cochlea; the ear's "
        "state, "
        "whatever caused it.",
        not_for="Conductive loss (give bone conduction then, or wait), hearing that was poor before treatment, and any "
        "decision. Not a medical device.",
        inputs=threshold_inputs(tuple(steps)),
        outputs=(
            ModelOutput("grade", "Grade of the worse ear that was tested", "1", categories=grades),
            *(
                ModelOutput(f"grade_{ear}", f"Grade of the {ear} ear", "1", categories=(*grades, _UNTESTED))
                for ear in EARS
            ),
        ),
        citation=citation,
        licence="A published classification.",
        validity=validity,
        explanation="What each measured frequency alone would make of the ear.",
        evidence=evidence,
        parameters={
            str(hz): [{"db": level, "level_itself": itself, "grade": grades[place]} for level, itself, place in levels]
            for hz, levels in steps.items()
        },
    )


_LOWEST: Final = (
    "'And above' is read as the lowest frequency that is lost; what lies above it is not asked. Thresholds are "
    "sensorineural: bone conduction, or air conduction with a normal tympanogram. "
)
_FIVE: Final = ("0", "1", "2", "3", "4")

SIOP_BOSTON: Final = EarScale(
    _card(
        "ototoxicity-siop-boston",
        "2012",
        "Ototoxicity, SIOP Boston scale (Brock 2012)",
        _FIVE,
        SIOP_STEPS,
        citation="Brock PR, Knight KR, Freyer DR, et al. Platinum-induced ototoxicity in children: a consensus review "
        "on "
        "mechanisms, predisposition, and protection, including a new International Society of Pediatric Oncology "
        "Boston "
        "ototoxicity scale. J Clin Oncol 2012;30:2408-2417.",
        validity=_LOWEST
        + "A tone of 3 or 6 kHz that was not given lies between its neighbours, and a threshold of 20 dB "
        "or better at 4 kHz spares the 2 kHz tone, as in the scale's minimum test battery (Semin Hear 2019;40:154); "
        "where "
        "the grade depends on it all the same, the model refuses.",
        evidence="The table was read in PMC3675696, Table 2, the battery in Semin Hear (PMC6486370).",
    ),
    SIOP_STEPS,
    ((0, 1, 2), (2, 3, 4)),
    battery=True,
)
CHANG_2010: Final = EarScale(
    _card(
        "ototoxicity-chang",
        "2010",
        "Ototoxicity, Chang scale (2010)",
        CHANG_GRADES,
        CHANG_STEPS,
        citation="Chang KW, Chinosornvatana N. Practical grading system for evaluating cisplatin ototoxicity in "
        "children. "
        "J Clin Oncol 2010;28:1788-1795.",
        validity=_LOWEST + "The scale's 6 to 12 kHz are asked at 6 and 8 kHz, its frequencies below 4 kHz at 1, 2 and "
        "3 kHz. A tone of 3 or 6 kHz that was not given lies between its neighbours; where the grade depends on it all "
        "the same, the model refuses.",
        evidence="Read in two secondary sources that agree on the limits (one, a chapter's table, writes > 40 dB for "
        "1a where "
        "the other has >= 40 dB), not in the paper itself.",
    ),
    CHANG_STEPS,
    ((1, 2, 3), (3, 4, 5)),
)
BROCK_1991: Final = EarScale(
    _card(
        "ototoxicity-brock",
        "1991",
        "Ototoxicity, Brock scale (1991)",
        _FIVE,
        BROCK_STEPS,
        citation="Brock PR, Bellman SC, Yeomans EC, Pinkerton CR, Pritchard J. Cisplatin ototoxicity in children: a "
        "practical grading system. Med Pediatr Oncol 1991;19:295-300.",
        validity=_LOWEST + "Losses below 40 dB are grade 0.",
        evidence="Read in Radiat Oncol 2011;6:58, Table 2 (at least 40 dB), and in two summaries of the scales.",
    ),
    BROCK_STEPS,
)
