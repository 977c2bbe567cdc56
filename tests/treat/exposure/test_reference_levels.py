"""Reference levels: published values, percentiles, outliers."""

from __future__ import annotations

import csv
from io import StringIO
from xml.etree import ElementTree

import numpy as np
import pytest

from fyr.errors import BadInput
from fyr.treat.exposure.event import IrradiationEvent, PatientFacts
from fyr.treat.exposure.quantity import Quantity, QuantityKind
from fyr.treat.exposure.reference_levels import PUBLISHED, compared, own_levels
from fyr.treat.exposure.reference_plot import as_csv, as_svg
from fyr.treat.exposure.study import Examination

K = QuantityKind


def exam(dlp: float, study: str = "1", protocol: str = "Chest", modality: str = "ct", ctdi: float = 5) -> Examination:
    events = (IrradiationEvent("e", quantities=(Quantity(K.CTDI_VOL, ctdi, "32 cm"),)),)
    totals = (Quantity(K.DLP, dlp),)
    return Examination(PatientFacts("P"), study, "", modality, "2020", protocol, "", "", "", "", totals, events, ("r",))


def test_published_values() -> None:
    """UK national levels of November 2024, table 1."""
    chest, head = PUBLISHED["uk-ct-chest-lung-cancer"], PUBLISHED["uk-ct-head-acute-stroke"]
    assert (chest.ctdi_vol_mgy, chest.dlp_mgy_cm) == (8.5, 290)
    assert (head.ctdi_vol_mgy, head.dlp_mgy_cm) == (47, 790)
    assert sum(name.startswith("uk-ct-") for name in PUBLISHED) == 13


GERMAN = {
    "shoulder-one-plane": 25, "chest-pa": 12, "chest-ap-lying": 15, "chest-lateral": 40, "thoracic-spine-ap-pa": 100,
    "thoracic-spine-lateral": 120, "lumbar-spine-ap-pa": 200, "lumbar-spine-lateral": 330, "abdomen-ap-pa": 200,
    "pelvis-ap-pa": 230,
}  # fmt: skip
"""BAnz AT 11.01.2023 B11, table 1: cGy.cm2."""


def test_german_levels_are_of_one_exposure_and_held_against_the_greatest() -> None:
    levels = {name.removeprefix("de-radiography-"): one for name, one in PUBLISHED.items() if name.startswith("de-")}
    assert {name: one.dap_gy_cm2 for name, one in levels.items()} == pytest.approx(
        {name: value / 100 for name, value in GERMAN.items()}
    )
    events = tuple(
        IrradiationEvent(uid, protocol=protocol, quantities=(Quantity(K.DAP, value),))
        for uid, protocol, value in (("1", "Chest PA", 0.10), ("2", "Chest PA", 0.13), ("3", "Chest LAT", 0.30))
    )
    chest = Examination(
        PatientFacts("P"), "1", "", "radiography", "2020", "Chest 2 views", "", "", "", "",
        (Quantity(K.DAP, 0.53),), events, ("r",),
    )  # fmt: skip
    named = {"Chest PA": "de-radiography-chest-pa", "Chest LAT": "de-radiography-chest-lateral"}
    front, side = compared(chest, named)
    assert (front.value, front.reference, front.is_above, front.unit) == (0.13, 0.12, True, "Gy.cm2")
    assert (side.value, side.reference, side.is_above) == (0.30, 0.40, False)
    (whole,) = compared(chest, {"Chest 2 views": "de-radiography-chest-lateral"})
    assert (whole.value, whole.is_above) == (0.30, False)
    assert compared(chest, {"Knee": "de-radiography-chest-pa"}) == []


def test_own_levels_are_the_percentiles_of_the_examinations() -> None:
    values = np.random.default_rng(1).normal(300, 30, 99)
    (level,) = own_levels([*(exam(dlp, str(n)) for n, dlp in enumerate(values)), exam(1500, "outlier")])
    whole = np.append(values, 1500)
    assert (level.p25, level.median, level.p75) == pytest.approx(np.percentile(whole, (25, 50, 75)))
    assert "outlier" in level.outliers
    assert level.is_enough
    assert level.examinations == 100


def test_few_examinations_are_said_to_be_few() -> None:
    (level,) = own_levels([exam(100)])
    assert not level.is_enough


def test_only_a_protocol_that_a_person_named_is_compared() -> None:
    assert compared(exam(900), {}) == []
    index, product = compared(exam(300, ctdi=8), {"Chest": "uk-ct-chest-lung-cancer"})
    assert (index.is_above, product.is_above) == (False, True)
    assert (product.value, product.reference, product.unit) == (300, 290, "mGy.cm")
    with pytest.raises(BadInput, match="no published level"):
        compared(exam(300), {"Chest": "nonsense"})
    with pytest.raises(BadInput, match="radiography"):
        compared(exam(300, modality="radiography"), {"Chest": "uk-ct-chest-lung-cancer"})


def test_table_and_drawing() -> None:
    levels = own_levels([exam(100 + n, str(n), protocol="=1+1 <b>&") for n in range(30)])
    (row,) = csv.DictReader(StringIO(as_csv(levels)))
    assert row["protocol"].startswith("'="), "a spreadsheet must not run it"
    assert (float(row["median"]), row["examinations"], row["is_enough"]) == (114.5, "30", "yes")
    drawing = ElementTree.fromstring(as_svg(levels, {("=1+1 <b>&", "dose_length_product"): 110.0}))  # noqa: S314
    shapes = [one.tag.rpartition("}")[2] for one in drawing.iter()]
    assert shapes.count("circle") == 30
    assert shapes.count("path") == 1
    assert "=1+1 <b>&" in "".join(drawing.itertext())
