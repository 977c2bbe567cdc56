"""The vocabulary of clinical facts: one word for one thing, in the record, in models and in tables."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from fyr.errors import BadInput
from fyr.models import Model
from fyr.models.card import ModelInput
from fyr.models.registry import models
from fyr.record.clinical import FACT_OF_CODE, FACTS, ClinicalFact, clinical_fact
from fyr.record.vocabulary import SIGNALS
from fyr.units import convert, is_convertible

_TREAT_WITHOUT_NUMBERS = {
    name
    for name, model in models().items()
    if name.startswith(("ntcp-", "ototoxicity-", "ssde-")) and model.card.not_available
}


def test_no_name_and_no_code_means_two_things() -> None:
    codes = Counter(code for fact in FACTS.values() for code in (fact.code, *fact.also) if code is not None)
    assert [code for code, count in codes.items() if count > 1] == []
    assert not FACTS.keys() & SIGNALS.keys()
    assert FACT_OF_CODE["loinc:89247-1"] == "ecog_performance_status"


def test_every_input_of_a_model_is_a_fact_of_the_vocabulary() -> None:
    """One name for one thing; the differences are listed together, for models come from many hands.

    A sign of the ward, and a number of a plan, an exposure or an audiogram, is no clinical fact and has its own name;
    what a model of treat asks about the patient is held to the vocabulary where that has the name.
    """
    differences = [
        f"{name}: {said}"
        for name, model in models().items()
        if not type(model).__module__.startswith("fyr.watch")
        for entry in model.card.inputs
        if entry.name in FACTS or not _of_treat(name, model)
        for said in _differences(entry)
    ]
    assert differences == []
    assert len(models()) > 20


def _of_treat(name: str, model: Model) -> bool:
    return type(model).__module__.startswith("fyr.treat") or name in _TREAT_WITHOUT_NUMBERS


def _differences(entry: ModelInput) -> list[str]:
    fact = FACTS.get(entry.name)
    if fact is None:
        return [f"{entry.name} is not in the vocabulary"]
    said = []
    if entry.kind != fact.kind:
        said.append(f"{entry.name} is a {entry.kind}, in the vocabulary a {fact.kind}")
    elif entry.unit is not None and not _same_unit(entry.unit, fact.unit or ""):
        said.append(f"{entry.name} is in '{entry.unit}', in the vocabulary in '{fact.unit}'")
    strangers = [word for word in entry.categories if word not in fact.categories]
    if strangers:
        said.append(f"{entry.name} has the categories {strangers}, which the vocabulary has not")
    wrong = [
        word
        for word, target in entry.aliases.items()
        if not fact.spellings.get(word.casefold(), target).startswith(target)  # a model may be coarser: T1a as T1
    ]
    if wrong:
        said.append(f"{entry.name} reads {wrong} in another way than the vocabulary")
    return said


def _same_unit(one: str, other: str) -> bool:
    return is_convertible(one, other) and convert(1.0, one, other) == 1.0 and convert(0.0, one, other) == 0.0


def test_an_unknown_name_is_refused_with_a_suggestion() -> None:
    with pytest.raises(BadInput, match="did you mean tumour_size_mm"):
        clinical_fact("tumor_size_mm")


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"kind": "number"}, "UCUM unit"),
        ({"kind": "number", "unit": "mm"}, "range"),
        ({"kind": "category"}, "lists its categories"),
        ({"kind": "category", "categories": ("a",), "aliases": {"b": "c"}}, "not accepted"),
        ({"kind": "category", "categories": ("a",), "aliases": {"A": "a"}}, "twice"),
        ({"kind": "boolean", "code": "loinc:nothing"}, "loinc"),
        ({"kind": "number", "unit": "inch", "low": 0, "high": 1}, "UCUM"),
    ],
)
def test_a_fact_that_contradicts_itself_is_refused(given: dict[str, Any], complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint):
        ClinicalFact("a_fact", "A fact", **given)
