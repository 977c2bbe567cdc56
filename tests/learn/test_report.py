"""Reports of validations: pictures as SVG and PDF, words that say what the figures say, a page that needs nothing."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from tests.learn.test_validation import cohort_of, judged

from fyr.learn.outcome import Outcome
from fyr.learn.predictions import predictions_of_column
from fyr.learn.report.axes import Scale, nice_ticks
from fyr.learn.report.contents import NOT_A_DEVICE, Table, report_of
from fyr.learn.report.drawing import COLOURS, Picture
from fyr.learn.report.html import as_html
from fyr.learn.report.numbers import figure_text, percent
from fyr.learn.report.pdf import as_pdf
from fyr.learn.report.svg import as_svg
from fyr.learn.report.words import model_words, needs_recalibration, three_sentences
from fyr.learn.validation import validate


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    cohort = cohort_of(groups={"half": np.array(["a <b>", ""] * 200, dtype=object)})
    marker = cohort.columns["marker"].copy()
    marker[:7] = np.nan
    return judged(cohort_of(groups=cohort.groups, columns={"marker": marker}), resamples=40)


@pytest.fixture(scope="module")
def ranked() -> dict[str, Any]:
    cohort = cohort_of()
    predictions = predictions_of_column(cohort, "marker", higher_is="worse")
    return validate(cohort, predictions, horizon_years=5, resamples=20)


def pictures(document: dict[str, Any]) -> dict[str, Picture]:
    blocks = [block for section in report_of(document).sections for block in section.blocks]
    return {block.title: block for block in blocks if isinstance(block, Picture)}


def test_every_picture_is_sound_svg_with_a_title_and_a_description(document: dict[str, Any]) -> None:
    found = pictures(document)
    assert set(found) == {
        "Headline figures",
        "Calibration: predicted against observed risk",
        "Decision curve",
        "Incidence by thirds of predicted risk",
        "Every group by itself",
        "Missing inputs",
    }
    for picture in found.values():
        drawn = ElementTree.fromstring(as_svg(picture, "p1"))  # noqa: S314  made here
        assert drawn.get("role") == "img"
        assert drawn.get("aria-labelledby") == "p1-title p1-description"
        assert (drawn[0].tag, drawn[0].get("id"), drawn[1].tag) == ("title", "p1-title", "desc")
        assert len(str(drawn[1].text)) > 40
        assert "nan" not in as_svg(picture, "p1")
        for mark in drawn.iter("circle"):
            assert 0 <= float(mark.get("cx", -1)) <= picture.width
            assert 0 <= float(mark.get("cy", -1)) <= picture.height


def test_the_page_needs_nothing_beside_itself_and_its_policy_allows_its_own_style_alone(
    document: dict[str, Any],
) -> None:
    page = as_html(report_of(document))
    assert not re.search(r"(https?:)?//[a-z]|<script|<link|@import|url\(|\sstyle=|\son\w+=", page)
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src &#x27;sha256-{digest}&#x27;" in page
    assert "default-src &#x27;none&#x27;" in page
    assert page.count(NOT_A_DEVICE) == 2
    assert "a &lt;b&gt;" in page
    assert "<b>" not in page
    names = re.findall(r'\bid="([^"]+)"', page)
    assert len(names) == len(set(names))


def test_the_numbers_behind_every_plot_stand_in_a_table(document: dict[str, Any]) -> None:
    for section in report_of(document).sections:
        drawn = [block for block in section.blocks if isinstance(block, Picture)]
        behind = [block for block in section.blocks if isinstance(block, Table) and block.behind]
        assert len(behind) >= len(drawn), section.title
    rows = next(
        block.rows
        for section in report_of(document).sections
        for block in section.blocks
        if isinstance(block, Table) and block.caption.startswith("Predicted and observed")
    )
    first = document["calibration"]["groups"][0]
    assert rows[0][1:3] == (percent(first["predicted"], 1), percent(first["observed"], 1))


def test_a_pdf_is_made_and_is_the_same_every_time(document: dict[str, Any], ranked: dict[str, Any]) -> None:
    content = as_pdf(report_of(document))
    assert content.startswith(b"%PDF-")
    assert content == as_pdf(report_of(document))
    pages = re.search(rb"/Count (\d+)", content)
    assert pages is not None
    assert 4 <= int(pages[1]) <= 12
    assert as_pdf(report_of(ranked)).startswith(b"%PDF-")


def test_a_rank_says_that_nothing_is_known_of_calibration(ranked: dict[str, Any]) -> None:
    _, right, worth = three_sentences(ranked)
    assert "It gives no probability, so nothing is said about calibration." in right
    assert worth.startswith("What acting on it is worth cannot be said")
    page = as_html(report_of(ranked))
    assert "Not assessable: the model gives a rank, not a probability." in page
    assert "Calibration: predicted against observed" not in page


def test_an_outcome_without_times_is_reported_too() -> None:
    cohort = cohort_of()
    simple = cohort_of(outcome=Outcome(cohort.outcome.event, None, None, "response"))
    found = judged(simple, horizon=None)
    page = as_html(report_of(found))
    assert "area under the curve" in three_sentences(found)[1]
    assert "Incidence by thirds" not in page
    assert "high third" in page


def test_a_cohort_of_hardly_anybody_is_reported_without_a_crash() -> None:
    for rows in (2, 5, 12):
        cohort = cohort_of(rows)
        cohort = cohort_of(rows, outcome=Outcome(np.arange(rows) == 0, cohort.outcome.years, None, "relapse"))
        found = judged(cohort, resamples=10)
        assert "to judge anything by" in three_sentences(found)[0]
        assert as_html(report_of(found)).endswith("</html>\n")
        assert as_pdf(report_of(found)).startswith(b"%PDF-")


def with_figures(**changed: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "model": {"name": "m", "version": "2", "title": "M 2: a model", "reading": "risk"},
        "cohort": {"outcome": "death", "answered": 90, "rows": 100, "refused": 10},
        "horizon_years": 10,
        "events": 50,
        "events_by_horizon": 40,
        "c_index": {"estimate": 0.8, "low": 0.75, "high": 0.85},
        "auc": None,
        "observed_risk": {"estimate": 0.4, "low": 0.3, "high": 0.5},
        "calibration": {
            "e_over_o": {"estimate": 0.5, "low": 0.4, "high": 0.6},
            "slope": {"estimate": 1, "low": 0.9, "high": 1.1},
            "ici": {"estimate": 0.2, "low": 0.15, "high": 0.25},
        },
        "net_benefit": {"estimate": 0.1, "threshold": 0.2, "treat_all": 0.08},
    }
    return {**base, **changed}


def test_three_sentences_say_what_the_figures_say() -> None:
    whom, right, worth = three_sentences(with_figures())
    assert whom == (
        "M 2 gave a risk to 90 of 100 rows; 10 got no answer. 40 of those answered had the event (death by 10 years)."
    )
    assert right == (
        "It ranks patients well: C-index 0.80 (0.75 to 0.85). It expected the event in 20 %, and 40 % had it: "
        "its risks are too low, and a typical risk is off by 20 points."
    )
    assert worth == (
        "Acting on risks of 20 % and more treats 2.0 more in 100 rightly than treating everybody, needless treatments "
        "weighed in. Recalibrate it here before its risks are shown."
    )
    high = with_figures()["calibration"] | {"e_over_o": {"estimate": 1.5, "low": 1.2, "high": 1.8}}
    assert "its risks are too high" in three_sentences(with_figures(calibration=high))[1]
    right_ones = high | {"e_over_o": {"estimate": 1.02, "low": 0.9, "high": 1.1}}
    good = with_figures(calibration=right_ones, net_benefit={"estimate": 0.05, "threshold": 0.4, "treat_all": 0.06})
    assert "its risks are right on the whole" in three_sentences(good)[1]
    assert three_sentences(good)[2] == "Acting on risks of 40 % and more does no better than treating everybody."
    assert not needs_recalibration(good)
    wrong = with_figures(c_index={"estimate": 0.3, "low": 0.25, "high": 0.35})
    assert "the wrong way round" in three_sentences(wrong)[1]


def test_a_model_is_called_by_its_title_and_version() -> None:
    model = {"name": "npi", "version": "1992", "title": "Nottingham Prognostic Index"}
    assert model_words({"model": model}) == "Nottingham Prognostic Index (1992)"
    trained = {"name": "x", "version": "1", "title": "Risk of relapse, trained on 1321 patients"}
    assert model_words({"model": trained}) == "Risk of relapse, trained on 1321 patients (1)"
    again = {"name": "x", "version": "3.2", "title": "PREDICT Breast 3.2: survival: recalibrated to here"}
    assert model_words({"model": again}) == "PREDICT Breast 3.2, recalibrated to here"


def test_no_more_digits_than_the_interval_carries() -> None:
    assert figure_text({"estimate": 0.68512, "low": 0.6671, "high": 0.7032}) == "0.69 (0.67 to 0.70)"
    assert figure_text({"estimate": 0.68512, "low": 0.6841, "high": 0.6862}) == "0.685 (0.684 to 0.686)"
    assert figure_text({"estimate": 0.1148, "low": 0.098, "high": 0.134}, as_percent=True) == "11 % (10 to 13)"
    assert figure_text({"estimate": -0.02, "low": -0.5, "high": 0.46}) == "−0.02 (−0.50 to 0.46)"  # noqa: RUF001
    assert figure_text({"estimate": 0.5, "low": None, "high": None}) == "0.50"
    assert figure_text(None) == "-"


def test_scales_and_ticks() -> None:
    assert nice_ticks(0, 12.5, 8, (1, 2, 5, 10)) == [0, 2, 4, 6, 8, 10, 12]
    assert nice_ticks(3, 3) == [3]
    scale = Scale(0, 2, 100, 300)
    assert [scale(value) for value in (-1, 0, 1, 5)] == [100, 100, 200, 300]


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1])
@pytest.mark.parametrize(
    ("name", "least"), [("ink", 7.0), ("quiet", 4.5), ("model", 4.5), ("low", 4.5), ("middle", 4.5), ("high", 4.5)]
)
def test_colours_stand_out_from_the_page(name: Any, least: float, scheme: int) -> None:
    """WCAG 2.2, 1.4.3: words on the page's surface."""
    light, dark = sorted((_luminance(COLOURS[name][scheme]), _luminance(COLOURS["surface"][scheme])))
    assert (dark + 0.05) / (light + 0.05) >= least
