"""A plan's course: scaled, joined and coarser histograms keep what they must keep."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.exchange.dicom.made import write
from tests.serve.made_plan import SMALL, made_plan

from fyr.errors import BadInput, UsageError
from fyr.exchange.dicom import read_dose, read_plan, read_structure_set
from fyr.imaging.plane_stack import Between
from fyr.treat.plan_course import PlanCourse, coarse, parse_fractionation, plan_course
from fyr.treat.plan_risks import plan_risks


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plan")
    files = {name: made for name, made in made_plan(SMALL) if not name.startswith("ct")}
    paths = {name: write(made, folder / name) for name, made in files.items()}
    return (
        read_structure_set(paths["structures.dcm"]),
        read_dose(paths["dose.dcm"]),
        read_plan(paths["plan.dcm"]),
        Between(single_plane_mm=12.5),
    )


@pytest.fixture(scope="module")
def course(read) -> PlanCourse:
    return plan_course(*read)


def test_prescription_and_fractions_are_those_of_the_plan(course):
    given = course.course({"lungs": 3.0})
    assert (given.fractions, given.dose_per_fraction_gy, given.alpha_beta_gy) == (30, 2.0, {"lungs": 3.0})


def test_lungs_drawn_apart_are_joined_and_a_single_lung_is_no_organ(course):
    left, right, both = (course.curve(name) for name in ("Lung_L", "Lung_R", "Lungs"))
    assert (left.organ, right.organ, both.organ) == (None, None, "lungs")
    volumes = np.array([left.dvh.volume_cm3, right.dvh.volume_cm3])
    assert both.dvh.volume_cm3 == pytest.approx(volumes.sum())
    assert both.dvh.mean_gy == pytest.approx(volumes @ [left.dvh.mean_gy, right.dvh.mean_gy] / volumes.sum(), rel=1e-3)
    assert float(both.dvh.volume_at(20)) == pytest.approx(float(left.dvh.volume_at(20) + right.dvh.volume_at(20)))


def test_a_named_organ_goes_before_the_name(read):
    course = plan_course(*read, organs={"Lung_L": "lungs", "Heart": None})
    assert course.curve("Lung_L").organ == "lungs"
    assert course.curve("Lung_L").said_by == "user"
    assert course.curve("Heart").organ is None
    assert all(one.name != "Lung_L + Lung_R" for one in course.curves)


def test_an_organ_or_structure_that_is_none_is_refused(read):
    with pytest.raises(UsageError, match="no organ of the outcome models"):
        plan_course(*read, organs={"Heart": "hart"})
    with pytest.raises(BadInput, match="there is no structure 'Hart'"):
        plan_course(*read, organs={"Hart": "heart"})


def test_rescaling_multiplies_every_dose(course):
    half = course.rescaled(30.0, 10, "half")
    assert half.course().dose_per_fraction_gy == 3.0
    for one, other in zip(course.curves, half.curves, strict=True):
        assert other.dvh.mean_gy == pytest.approx(one.dvh.mean_gy / 2)
        assert float(other.dvh.volume_at(10)) == pytest.approx(float(one.dvh.volume_at(20)), rel=1e-6, abs=1e-6)
    assert any("no planning system computed it" in note for note in half.notes)


def test_a_coarse_histogram_has_the_same_volume_and_mean(course):
    dvh = course.curve("PTV").dvh
    joined = coarse(dvh)
    assert np.count_nonzero(joined.histogram_cm3) <= 1000
    assert joined.histogram_cm3.sum() == pytest.approx(dvh.histogram_cm3.sum())
    assert joined.generalised_mean_gy(-10) == pytest.approx(dvh.generalised_mean_gy(-10), rel=1e-3)


def test_no_model_is_asked_without_prescription_and_fractions(read):
    structures, dose, _, between = read
    with pytest.raises(BadInput, match="prescribes no dose"):
        plan_course(structures, dose, None, between).course()
    with pytest.raises(BadInput, match="how many fractions"):
        plan_course(structures, dose, None, between, prescription_gy=60.0).course()


@pytest.mark.parametrize("text", ["40", "40Gy", "0Gy/15", "40Gy/0", "40/15", "Gy/15"])
def test_what_is_no_fractionation_is_refused(text):
    with pytest.raises(UsageError):
        parse_fractionation(text)


def test_what_the_contours_lack_stands_beside_the_risks(read):
    """A structure on one plane has a thickness that was taken, not drawn: a reader of its risk must know."""
    structures, dose, plan, between = read
    heart = structures.structure("Heart")
    alone = replace(heart, contours=heart.contours[:1])
    thin = replace(structures, structures=tuple(alone if one is heart else one for one in structures.structures))
    document = plan_risks(plan_course(thin, dose, plan, between)).document()
    (entry,) = (one for one in document["structures"] if one["name"] == "Heart")
    assert "drawn on one plane" in entry["note"]


def test_several_groups_of_fractions_are_not_taken_for_one(read):
    structures, dose, plan, between = read
    two = replace(plan, fraction_groups=(*plan.fraction_groups, *plan.fraction_groups))
    with pytest.raises(BadInput, match="several groups") as problem:
        plan_course(structures, dose, two, between).course()
    assert "same dose" in problem.value.mend
