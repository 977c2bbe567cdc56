"""Diagnostic reference levels: published ones, a department's own, and the examinations that lie above.

A reference level is for groups of patients of standard size, and a signal to look at a protocol; it is no limit for one
patient (ICRP Publication 135). A department's own typical value is the median of its patients, and its 75th percentile
is what a national survey collects. An examination is compared with a published level only where a person has said which
of its indications a protocol serves: names of protocols are never guessed at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from fyr.errors import BadInput
from fyr.treat.exposure.quantity import Quantity, QuantityKind
from fyr.treat.exposure.study import Examination

__all__ = ["PUBLISHED", "Comparison", "OwnLevel", "PublishedLevel", "compared", "own_levels", "protocol_of"]

_UK: Final = "UK National Diagnostic Reference Levels, 20 November 2024, table 1 (adult CT; adopted 2022)"
_GERMANY: Final = "Bundesamt für Strahlenschutz, 17 November 2022, BAnz AT 11.01.2023 B11, table 1 (adult radiography)"
_FEWEST: Final = 20
_FENCE: Final = 1.5
_KINDS: Final = (
    QuantityKind.DLP,
    QuantityKind.DAP,
    QuantityKind.REFERENCE_AIR_KERMA,
    QuantityKind.FLUOROSCOPY_TIME,
    QuantityKind.AGD,
    QuantityKind.ACTIVITY,
)


@dataclass(frozen=True, slots=True)
class PublishedLevel:
    """A published reference level of an indication.

    Parameters
    ----------
    indication : str
    modality : str
    ctdi_vol_mgy : float or None
        Of one sequence.
    dlp_mgy_cm : float or None
        Of the complete examination.
    source : str
    dap_gy_cm2 : float or None
        Of one exposure.
    """

    indication: str
    modality: str
    ctdi_vol_mgy: float | None
    dlp_mgy_cm: float | None
    source: str = _UK
    dap_gy_cm2: float | None = None


def _uk(indication: str, ctdi: float | None, dlp: float) -> tuple[str, PublishedLevel]:
    name = "uk-ct-" + "-".join(indication.lower().replace(",", "").replace(":", "").split())
    return name, PublishedLevel(indication, "ct", ctdi, dlp)


def _german(projection: str, cgy_cm2: float) -> tuple[str, PublishedLevel]:
    name = "de-radiography-" + "-".join(projection.lower().replace(",", "").replace("/", " ").split())
    return name, PublishedLevel(projection, "radiography", None, None, _GERMANY, cgy_cm2 / 100)


PUBLISHED: Final[dict[str, PublishedLevel]] = dict(
    (
        _uk("head: acute stroke", 47, 790),
        _uk("paranasal sinuses: sinus disease", 12, 160),
        _uk("cervical spine: fracture", 16, 400),
        _uk("neck, chest, abdomen and pelvis: cancer", None, 850),
        _uk("chest: lung cancer", 8.5, 290),
        _uk("chest and abdomen: lung cancer", None, 470),
        _uk("chest high resolution: interstitial lung disease", 8, 300),
        _uk("chest, abdomen, pelvis: cancer", None, 660),
        _uk("pulmonary angiography: pulmonary embolism", 9.1, 310),
        _uk("abdomen and pelvis: abscess", 10, 530),
        _uk("virtual colonoscopy: polyps, tumour", None, 690),
        _uk("kidneys, ureters, bladder: stones, colic", 6.3, 290),
        _uk("urogram: tumour, stones, colic", None, 890),
        _german("shoulder, one plane", 25),
        _german("chest, PA", 12),
        _german("chest, AP lying", 15),
        _german("chest, lateral", 40),
        _german("thoracic spine, AP/PA", 100),
        _german("thoracic spine, lateral", 120),
        _german("lumbar spine, AP/PA", 200),
        _german("lumbar spine, lateral", 330),
        _german("abdomen, AP/PA", 200),
        _german("pelvis, AP/PA", 230),
    )
)
"""By name; what is not here could not be read in its source."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """An amount beside a published level.

    Parameters
    ----------
    level : str
        The name in :data:`PUBLISHED`.
    quantity : str
    value, reference : float
    unit : str
    is_above : bool
    source : str
    """

    level: str
    quantity: str
    value: float
    reference: float
    unit: str
    is_above: bool
    source: str


@dataclass(frozen=True, slots=True)
class OwnLevel:
    """A department's own figures of one protocol.

    Parameters
    ----------
    modality, protocol, quantity, of, unit : str
        ``of`` is the qualifier: the phantom, the side, the nuclide.
    examinations : int
    median, p25, p75, lowest, highest : float
    outliers : tuple of str
        The studies above the 75th percentile plus 1.5 times the distance of the quartiles (Tukey's fence).
    is_enough : bool
        Whether there are at least 20 examinations: of fewer, percentiles say little.
    values : tuple of float
        In ascending order.
    """

    modality: str
    protocol: str
    quantity: str
    of: str
    unit: str
    examinations: int
    median: float
    p25: float
    p75: float
    lowest: float
    highest: float
    outliers: tuple[str, ...]
    is_enough: bool
    values: tuple[float, ...]

    @property
    def fence(self) -> float:
        """The 75th percentile plus 1.5 times the distance of the quartiles."""
        return self.p75 + _FENCE * (self.p75 - self.p25)


def protocol_of(exam: Examination) -> str:
    """Return what a department calls an examination: its description, else the protocol of its first event."""
    protocols = [one.protocol for one in exam.events if one.protocol]
    return exam.description or (protocols[-1] if protocols else "not said")


def own_levels(exams: Iterable[Examination], group_of: Callable[[Examination], str] = protocol_of) -> list[OwnLevel]:
    """Return a department's own median and percentiles for each protocol and quantity.

    Percentiles are linear between the observed values (numpy's default, type 7).

    Parameters
    ----------
    exams : iterable of Examination
    group_of : callable
        What stands for the protocol: by default what the department calls the examination.
    """
    groups: dict[tuple[str, str, QuantityKind, str], list[tuple[float, str]]] = defaultdict(list)
    for exam in exams:
        for one in exam.totals:
            if one.kind in _KINDS:
                groups[exam.modality, group_of(exam), one.kind, one.qualifier].append((one.value, exam.study_uid))
    return [_own(*key, found) for key, found in sorted(groups.items())]


def _own(modality: str, protocol: str, kind: QuantityKind, of: str, found: Sequence[tuple[float, str]]) -> OwnLevel:
    values = np.sort([value for value, _ in found])
    p25, median, p75 = (float(one) for one in np.percentile(values, (25, 50, 75)))
    fence = p75 + _FENCE * (p75 - p25)
    return OwnLevel(
        modality=modality,
        protocol=protocol,
        quantity=str(kind),
        of=of,
        unit=kind.unit,
        examinations=len(found),
        median=median,
        p25=p25,
        p75=p75,
        lowest=float(values[0]),
        highest=float(values[-1]),
        outliers=tuple(study for value, study in found if value > fence),
        is_enough=len(found) >= _FEWEST,
        values=tuple(float(one) for one in values),
    )


def compared(exam: Examination, level_of: Mapping[str, str]) -> list[Comparison]:
    """Compare an examination with the published level of its protocol.

    Parameters
    ----------
    exam : Examination
    level_of : mapping of str to str
        A department's protocols, each with the name of the published level that it serves. A level of one exposure
        is held against the greatest of the exposures whose own protocol, or else whose examination, is named.

    Returns
    -------
    list of Comparison
        Empty where the protocol has no level.

    Raises
    ------
    BadInput
        If a level is not known, or is one of another modality.
    """
    whole = level_of.get(protocol_of(exam))
    found = [] if whole is None else _of_examination(exam, whole)
    exposures: dict[str, list[Quantity]] = defaultdict(list)
    for event in exam.events:
        own, product = level_of.get(event.protocol, ""), event.of(QuantityKind.DAP)
        name = own if own in PUBLISHED and PUBLISHED[own].modality == exam.modality else whole
        if name is not None and product is not None and _level(name, exam).dap_gy_cm2 is not None:
            exposures[name].append(product)
    for name, products in exposures.items():
        level = _level(name, exam)
        found.append(_beside(name, level, max(products, key=lambda one: one.value), level.dap_gy_cm2 or 0.0))
    return found


def _level(name: str, exam: Examination) -> PublishedLevel:
    level = PUBLISHED.get(name)
    if level is None:
        raise BadInput(f"there is no published level '{name}'", mend=f"known are {', '.join(PUBLISHED)}")
    if level.modality != exam.modality:
        raise BadInput(f"the level '{name}' is of {level.modality}, the examination of {exam.modality}")
    return level


def _of_examination(exam: Examination, name: str) -> list[Comparison]:
    level, found = _level(name, exam), []
    indices = [one for event in exam.events for one in event.quantities if one.kind is QuantityKind.CTDI_VOL]
    products = [one for one in exam.totals if one.kind is QuantityKind.DLP]
    if level.ctdi_vol_mgy is not None and indices:
        found.append(_beside(name, level, max(indices, key=lambda one: one.value), level.ctdi_vol_mgy))
    if level.dlp_mgy_cm is not None and products:
        whole = Quantity(QuantityKind.DLP, sum(one.value for one in products))
        found.append(_beside(name, level, whole, level.dlp_mgy_cm))
    return found


def _beside(name: str, level: PublishedLevel, quantity: Quantity, reference: float) -> Comparison:
    above = quantity.value > reference
    return Comparison(name, str(quantity.kind), quantity.value, reference, quantity.unit, above, level.source)
