"""A study's rounds held with steps called in place: no keys, no envelopes, yet the bytes of every message."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fyr.learn.federation.message import decode, encode
from fyr.learn.federation.methods import method
from fyr.learn.federation.rounds import Answer, Answers, Question
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.steps import step
from fyr.learn.federation.study import Study

Listener = Callable[[Question, dict[str, Answer]], None]


def converse(
    name: str, tables: Mapping[str, SiteTable], options: Mapping[str, Any], listen: Listener | None = None
) -> dict[str, Any]:
    """Return a study's result; `listen` hears each question and what every site answered."""
    study = Study.decode(Study("trial", name, tuple(tables), options).encode())
    rounds = method(name)(study)
    question = next(rounds)
    try:
        while True:
            asked = decode(encode(question.values))
            said = {site: step(question.step)(table, asked) for site, table in tables.items()}
            if listen is not None:
                listen(question, said)
            carried = {site: decode(encode({"sums": one.sums, "said": one.said})) for site, one in said.items()}
            question = rounds.send(
                Answers.of({site: Answer(one["sums"], one["said"]) for site, one in carried.items()})
            )
    except StopIteration as end:
        return end.value
