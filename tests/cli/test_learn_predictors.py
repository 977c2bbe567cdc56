from __future__ import annotations

import numpy as np
import pytest

from fyr.cli.learn_predictors import chosen_predictors, parsed_modalities, with_input_names
from fyr.errors import BadInput, UsageError
from fyr.learn.cohort import Cohort
from fyr.learn.outcome import Outcome


def cohort(*names: str) -> Cohort:
    who = np.array(["a/1", "a/2"], dtype=object)
    return Cohort("t.csv", who, who, {name: np.zeros(2) for name in names}, Outcome(np.array([True, False])))


def test_columns_get_names_that_inputs_can_have() -> None:
    renamed, names = with_input_names(cohort("Age", "ph.ecog", "1p19q", "AAK1_rnaseq"))

    assert tuple(renamed.columns) == ("age", "ph_ecog", "x_1p19q", "aak1_rnaseq")
    assert names["ph.ecog"] == "ph_ecog"
    with pytest.raises(BadInput, match=r"'ph\.ecog' and 'ph ecog' would both be the input 'ph_ecog'"):
        with_input_names(cohort("ph.ecog", "ph ecog"))


def test_patterns_choose_columns_in_their_order() -> None:
    _, names = with_input_names(cohort("age", "A_rnaseq", "B_rnaseq", "stage"))

    assert chosen_predictors(["*_rnaseq", "age"], names, "here") == ("age", "a_rnaseq", "b_rnaseq")
    assert chosen_predictors(["a_rnaseq"], names, "here") == ("a_rnaseq",)
    with pytest.raises(BadInput, match=r"no column is called 'stag'; did you mean 'stage'\?"):
        chosen_predictors(["stag"], names, "here")


def test_modalities_are_read() -> None:
    assert parsed_modalities(["clinic=age, stage", "rna=*_rnaseq"]) == {
        "clinic": ("age", "stage"),
        "rna": ("*_rnaseq",),
    }
    for wrong, said in ((["clinic"], "is not NAME="), (["a=b", "a=c"], "named twice"), (["=b"], "is not NAME=")):
        with pytest.raises(UsageError, match=said):
            parsed_modalities(wrong)
