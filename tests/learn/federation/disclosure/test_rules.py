"""Rules have known names, sensible values, and of two sets the stricter holds."""

from __future__ import annotations

import pytest

from fyr.errors import BadInput, Refused
from fyr.learn.federation.disclosure.rules import Rules, stricter


def test_the_defaults_are_those_of_datashield() -> None:
    rules = Rules()
    assert (rules.minimum_count, rules.minimum_subset, rules.parameters_per_row) == (3, 3, 0.33)


def test_rules_are_read_as_they_are_written() -> None:
    rules = Rules(minimum_count=5, steps=("cox",), masked="always")
    assert Rules.read(rules.document()) == rules
    assert Rules.read({}) == Rules()


@pytest.mark.parametrize(
    "said",
    [{"minimum": 3}, {"minimum_count": 0}, {"minimum_rows": True}, {"parameters_per_row": 0}, {"masked": "yes"},
     {"epsilon": 0.0}, {"delta": 1.0}, {"minimum_count": "3"}],
)  # fmt: skip
def test_rules_that_make_no_sense_are_refused(said: dict[str, object]) -> None:
    with pytest.raises(BadInput, match=r"rules of disclosure"):
        Rules.read(said)


def test_the_stricter_holds_whoever_says_it() -> None:
    own, study = Rules(minimum_count=5, most_rounds=10), Rules(minimum_rows=50, steps=("cox", "moments"), meter=False)
    both = stricter(own, study)
    assert (both.minimum_count, both.most_rounds, both.minimum_rows) == (5, 10, 50)
    assert both.steps == ("cox", "moments")
    assert both.meter
    assert stricter(Rules(steps=("cox",)), study).steps == ("cox",)
    with pytest.raises(Refused, match="no step"):
        stricter(Rules(steps=("glm",)), study)


def test_masks_are_worn_from_three_sites_up() -> None:
    assert [Rules().masks(count) for count in (1, 2, 3)] == [False, False, True]
    with pytest.raises(Refused, match="masked only"):
        stricter(Rules(masked="always"), Rules(masked="never"))
