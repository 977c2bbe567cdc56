"""Models of the criteria that compare with a baseline: ASHA 1994 and CTCAE 5; CTCAE 4.03 could not be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.models import Column, Model, ModelCard, ModelInput, ModelOutput, RowRefusal, UnavailableModel
from fyr.record.audiogram import EARS
from fyr.treat.hearing.inputs import ear_bounds, level_name, levels, threshold_inputs
from fyr.treat.hearing.scales import CTCAE_HZ, asha_criteria, ctcae_adult, ctcae_child
from fyr.treat.hearing.settled import FLOOR_DB, ROOF_DB, Settled, settle

__all__ = ["ASHA_1994", "CTCAE_4_03", "CTCAE_5_ADULT", "CTCAE_5_CHILD", "AshaChange", "CtcaeHearing"]

_ASHA_HZ: Final = (250, 500, 1000, 1500, 2000, 3000, 4000, 6000, 8000, 9000, 10000, 11200, 12500, 14000, 16000)
_GRADES: Final = ("0", "1", "2", "3", "4")
_NOT_FOR: Final = "Conductive loss, which is no ototoxicity; any decision. Not a medical device."


class AshaChange(Model):
    """Whether hearing changed from the baseline.

    Examples
    --------
    >>> ear = {"baseline_right_4000_hz_db": 10, "right_4000_hz_db": 30}
    >>> ASHA_1994.predict(ear).estimates["change"].category
    'yes'
    """

    card = ModelCard(
        name="ototoxicity-asha",
        version="1994",
        title="Ototoxic change in hearing, ASHA criteria (1994)",
        intended_use="Research: persons who had an audiogram before ototoxic treatment; an early sign that is to be "
        "confirmed by a second test.",
        not_for=_NOT_FOR,
        inputs=(*threshold_inputs(_ASHA_HZ, baseline=True), *threshold_inputs(_ASHA_HZ)),
        outputs=(
            ModelOutput("change", "A significant change in at least one ear", "1", categories=("no", "yes")),
            *(
                ModelOutput(f"change_{ear}", f"Change of the {ear} ear", "1", categories=("no", "yes", "not tested"))
                for ear in EARS
            ),
        ),
        citation="American Speech-Language-Hearing Association. Guidelines for the audiologic management of "
        "individuals "
        "receiving cochleotoxic drug therapy. ASHA 1994;36(Suppl 12):11-19.",
        licence="A published criterion.",
        validity="The frequencies are those that the baseline tested, and neighbours are neighbours among them; what "
        "only "
        "the follow-up tested, or where the baseline had no response, is no evidence. Where the response is lost, the "
        "shift is at least that to the loudest tone. No change is only said where every frequency of the baseline was "
        "tested again.",
        explanation="Which criterion each ear meets.",
        evidence="The three criteria were read in two independent statements (one: a table of studies in Eur "
        "Respir J).",
        parameters={"one_frequency_db": 20, "two_adjacent_db": 10, "lost_consecutive": 3},
    )

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        """Refuse rows without a baseline, and those where a missing tone may hide a change."""
        tested, met = self._tested(columns), self._met(columns)
        names = tuple(level_name(ear, hz, baseline=True) for ear in EARS for hz in _ASHA_HZ)
        some = np.logical_or.reduce(tested, axis=1)
        yield RowRefusal(~some, "there is no frequency that was tested before and now", names)
        changed = np.logical_or.reduce(met, axis=(1, 2))
        for ear in EARS:
            before, before_silent = levels(columns, ear, _ASHA_HZ, baseline=True)
            now, _ = levels(columns, ear, _ASHA_HZ)
            for column, hz in enumerate(_ASHA_HZ):
                hidden = ~np.isnan(before[:, column]) & ~before_silent[:, column] & np.isnan(now[:, column])
                rows = hidden & ~changed & some
                if rows.any():
                    said = f"{ear} ear, {hz} Hz: tested before and not now, so that no change cannot be said"
                    yield RowRefusal(rows, said, (level_name(ear, hz),))

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return whether each ear changed."""
        tested, met = self._tested(columns), np.logical_or.reduce(self._met(columns), axis=2)
        return {
            "change": np.logical_or.reduce(met, axis=1).astype(np.int64),
            **{f"change_{ear}": np.where(tested[:, n], met[:, n], 2) for n, ear in enumerate(EARS)},
        }

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:  # noqa: ARG002
        """Return the criteria that are met."""
        met = self._met(columns)
        words = ("20 dB at one frequency", "10 dB at two adjacent", "response lost at three consecutive")
        return {ear: {word: met[:, n, k] for k, word in enumerate(words)} for n, ear in enumerate(EARS)}

    @staticmethod
    def _met(columns: Mapping[str, Column]) -> NDArray[np.bool_]:
        ears = (
            asha_criteria(*levels(columns, ear, _ASHA_HZ), *levels(columns, ear, _ASHA_HZ, baseline=True))
            for ear in EARS
        )
        return np.stack(list(ears), axis=1)

    @staticmethod
    def _tested(columns: Mapping[str, Column]) -> NDArray[np.bool_]:
        found = []
        for ear in EARS:
            before, silent = levels(columns, ear, _ASHA_HZ, baseline=True)
            now, _ = levels(columns, ear, _ASHA_HZ)
            found.append((~np.isnan(before) & ~silent & ~np.isnan(now)).any(axis=1))
        return np.stack(found, axis=1)


_AID: Final = ModelInput(
    "intervention_indicated",
    "A hearing aid or another intervention is indicated",
    "boolean",
    required=False,
    missing="the audiogram alone is graded",
)
_NONSERVICEABLE: Final = ModelInput(
    "nonserviceable_hearing",
    "Hearing that is of no use",
    "boolean",
    required=False,
    missing="the audiogram alone is graded",
)
_IMPLANT: Final = ModelInput(
    "cochlear_implant_indicated",
    "A cochlear implant is indicated by audiology",
    "boolean",
    required=False,
    missing="the audiogram alone is graded",
)


class CtcaeHearing(Model):
    """CTCAE's "hearing impaired" of patients with a baseline audiogram.

    Parameters
    ----------
    card : ModelCard
    child : bool
    """

    def __init__(self, card: ModelCard, *, child: bool) -> None:
        self.card = card
        self._child = child

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        """Refuse rows whose grade depends on what was not measured, and name it."""
        settled, low, clinical = self._settled(columns)
        open_rows = ~settled.is_settled & (clinical < 4)
        names = [(ear, hz, baseline) for baseline in (False, True) for ear in EARS for hz in CTCAE_HZ]
        for column, (ear, hz, baseline) in enumerate(names):
            rows = open_rows & settled.depends_on[:, column]
            unknown = low[:, column] == (-ROOF_DB if baseline else FLOOR_DB)
            when = "baseline, " if baseline else ""
            silent = self._silent(columns, ear, hz, baseline=baseline)
            for which, why in (
                (unknown & ~silent, "not measured"),
                (silent, "no response, and no louder tone was given"),
            ):
                if (rows & which).any():
                    said = f"{when}{ear} ear, {hz} Hz: {why}, and the grade depends on it"
                    yield RowRefusal(rows & which, said, (level_name(ear, hz, baseline=baseline),))

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the grade."""
        settled, _, clinical = self._settled(columns)
        return {"grade": np.maximum(settled.grade, clinical)}

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:  # noqa: ARG002
        """Return the shifts, and the grade of the audiogram without the clinical statements."""
        settled, _, _ = self._settled(columns)
        shifts: dict[str, Any] = {}
        for ear in EARS:
            now, _ = levels(columns, ear, CTCAE_HZ)
            before, _ = levels(columns, ear, CTCAE_HZ, baseline=True)
            for column, hz in enumerate(CTCAE_HZ):
                shift = now[:, column] - before[:, column]
                said = [None if np.isnan(one) else one for one in shift.tolist()]
                shifts[f"{ear}, {hz} Hz"] = np.array(said, dtype=object)
        return {"grade of the audiogram alone": settled.grade, "shift, dB (at least, without a response)": shifts}

    @staticmethod
    def _silent(columns: Mapping[str, Column], ear: Any, hz: int, *, baseline: bool) -> NDArray[np.bool_]:
        return levels(columns, ear, (hz,), baseline=baseline)[1][:, 0]

    def _settled(self, columns: Mapping[str, Column]) -> tuple[Settled, NDArray[np.float64], NDArray[np.int64]]:
        now = [ear_bounds(columns, ear, CTCAE_HZ) for ear in EARS]
        before = [ear_bounds(columns, ear, CTCAE_HZ, baseline=True) for ear in EARS]
        low = np.concatenate([*(one[0] for one in now), *(-one[1] for one in before)], axis=1)
        high = np.concatenate([*(one[1] for one in now), *(-one[0] for one in before)], axis=1)
        clinical = np.zeros(len(low), dtype=np.int64)
        for name, grade in (
            ("intervention_indicated", 3),
            ("nonserviceable_hearing", 4),
            ("cochlear_implant_indicated", 4),
        ):
            if name in columns:
                said = np.nan_to_num(np.asarray(columns[name], dtype=np.float64)) == 1
                clinical = np.where(said, np.maximum(clinical, grade), clinical)

        def grade_of(values: NDArray[np.float64]) -> NDArray[np.int64]:
            level, minus = values.reshape(len(values), 2, 2, len(CTCAE_HZ)).transpose(1, 0, 2, 3)
            grade = (ctcae_child if self._child else ctcae_adult)(level, level + minus, -minus)
            return np.maximum(grade, clinical)

        return settle(grade_of, low, high), low, clinical


_CITATION: Final = (
    "National Cancer Institute. Common Terminology Criteria for Adverse Events (CTCAE) version 5.0. 27 November 2017: "
    "ear and labyrinth disorders, hearing impaired."
)
_READ: Final = (
    "The definitions were read in the Japanese translation of version 5 (JCOG) and in the English of version 6, whose "
    "audiometric limits are the same."
)


def _ctcae_card(name: str, who: str, intended: str, clinical: tuple[ModelInput, ...], validity: str) -> ModelCard:
    return ModelCard(
        name=name,
        version="5.0",
        title=f"Hearing impaired, CTCAE 5.0, {who}",
        intended_use=f"Research: {intended}",
        not_for=_NOT_FOR,
        inputs=(*threshold_inputs(CTCAE_HZ, baseline=True), *threshold_inputs(CTCAE_HZ), *clinical),
        outputs=(ModelOutput("grade", "Grade; 0 is none of the grades", "1", categories=_GRADES),),
        citation=_CITATION,
        licence="A published terminology, in the public domain.",
        validity=validity
        + " All of 1, 2, 3, 4, 6 and 8 kHz of both ears count; the model refuses where the grade depends "
        "on one that was not measured.",
        explanation="The shift at each frequency, and the grade of the audiogram without the clinical statements.",
        evidence=_READ,
        parameters={"hz": list(CTCAE_HZ)},
    )


CTCAE_5_ADULT: Final = CtcaeHearing(
    _ctcae_card(
        "ototoxicity-ctcae-5-adult",
        "adults on a monitoring programme",
        "adults with an audiogram before treatment.",
        (_AID, _NONSERVICEABLE),
        "1: a shift of 15 to 25 dB, mean of two contiguous frequencies of one ear; 2: above 25 dB; 3: above 25 dB, "
        "mean of "
        "three, or an intervention is indicated; 4: above 80 dB HL from 2 kHz on in both ears, which it was not "
        "before, or "
        "hearing of no use.",
    ),
    child=False,
)
CTCAE_5_CHILD: Final = CtcaeHearing(
    _ctcae_card(
        "ototoxicity-ctcae-5-child",
        "children",
        "children with an audiogram before treatment.",
        (_AID, _IMPLANT),
        "A shift above 20 dB in one ear at 6 or 8 kHz is 1, at 4 kHz 2, at 2 or 3 kHz 3 (or an intervention is "
        "indicated); "
        "above 40 dB HL from 2 kHz on in one ear, which it was not before, or a cochlear implant is indicated: 4. The "
        "words "
        "of grade 1 are read as a shift above 4 kHz.",
    ),
    child=True,
)
CTCAE_4_03: Final = UnavailableModel(
    ModelCard(
        name="ototoxicity-ctcae-4-03",
        version="4.03",
        title="Hearing impaired, CTCAE 4.03",
        intended_use="None: the model is not computed.",
        not_for="Everything.",
        inputs=(*threshold_inputs(CTCAE_HZ, baseline=True), *threshold_inputs(CTCAE_HZ)),
        outputs=(ModelOutput("grade", "Grade", "1", categories=_GRADES),),
        citation="National Cancer Institute. Common Terminology Criteria for Adverse Events (CTCAE) version 4.03. 14 "
        "June "
        "2010: ear and labyrinth disorders, hearing impaired.",
        licence="A published terminology, in the public domain.",
        validity="Not computed.",
        explanation="Nothing.",
        parameters={},
        not_available="its definitions could not be read in any source at "
        "hand; ototoxicity-ctcae-5-adult and ototoxicity-ctcae-5-child are version 5",
    )
)

ASHA_1994: Final = AshaChange()
