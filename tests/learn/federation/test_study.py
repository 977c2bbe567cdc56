"""A study is the same bytes everywhere, and says how many hospitals it needs."""

from __future__ import annotations

import pytest
from tests.learn.federation.trial import SITES, a_study

from fyr.errors import BadInput
from fyr.learn.federation.message import decode, encode
from fyr.learn.federation.study import Study


def test_it_comes_back_from_its_bytes_with_the_same_digest() -> None:
    study = a_study(quorum=2, on_refusal="exclude", rules={"minimum_count": 5})
    again = Study.decode(study.encode())
    assert again.digest == study.digest
    assert (again.sites, again.quorum, again.on_refusal) == (SITES, 2, "exclude")
    assert a_study().digest != study.digest


def test_another_protocol_is_refused_with_both() -> None:
    newer = encode({**decode(a_study().encode()), "protocol": 7})
    with pytest.raises(BadInput, match="speaks protocol 7, this Fyr speaks 1"):
        Study.decode(newer)


def test_it_needs_all_or_its_quorum_and_never_one_alone_by_default() -> None:
    assert (a_study().needed, a_study().fewest) == (3, 2)
    assert (a_study(quorum=1).needed, a_study(quorum=1).fewest) == (1, 1)


def test_among_fewer_sites_it_is_another_study_to_the_method_only() -> None:
    fewer = a_study(quorum=3).among(("oslo", "aarhus"))
    assert fewer.sites == ("oslo", "aarhus")
    assert fewer.options == a_study().options


@pytest.mark.parametrize("wrong", [{"on_refusal": "ignore"}, {"quorum": 4}, {"quorum": -1}])
def test_a_rule_that_is_none_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        a_study(**wrong)
