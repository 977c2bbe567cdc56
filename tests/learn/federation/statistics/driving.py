"""A study driven in memory: every question and answer goes through the message form, as between hospitals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fyr.learn.federation.message import decode, encode
from fyr.learn.federation.methods import method
from fyr.learn.federation.rounds import Answer, Answers
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.steps import step
from fyr.learn.federation.study import Study

Change = Callable[[str, int, str, Answer], Answer]


def split(columns: Mapping[str, Any], site: NDArray[Any]) -> dict[str, SiteTable]:
    """Return one table for each hospital, in the order in which they first come."""
    found = {}
    for name in dict.fromkeys(site.tolist()):
        here = {column: np.asarray(values)[site == name] for column, values in columns.items()}
        found[str(name)] = SiteTable(str(name), here)
    return found


def run(
    name: str,
    tables: Mapping[str, SiteTable],
    options: Mapping[str, Any],
    *,
    rules: Mapping[str, Any] | None = None,
    masked: bool = False,
    change: Change | None = None,
    log: list[tuple[str, dict[str, Answer]]] | None = None,
) -> dict[str, Any]:
    """Return a study's result, with ``rounds`` and ``bytes`` (the largest answer) beside it.

    `masked` hides each site's own sums; `change` may alter an answer (of site, round, step, answer).
    """
    study = Study("trial", name, tuple(tables), dict(options), rules=dict(rules or {}))
    study = Study.decode(study.encode())
    rounds = method(name)(study)
    number, largest = 0, 0
    question = next(rounds)
    while True:
        values = decode(encode(question.values))
        answers = {}
        for site in study.sites:
            answer = step(question.step)(tables[site], values)
            for cell in answer.cells.values():
                assert cell.shape == (tables[site].rows,)
            sent = encode({"sums": answer.sums, "said": answer.said})
            largest = max(largest, len(sent))
            back = decode(sent)
            answers[site] = Answer(back["sums"], back["said"], answer.cells)
            if change is not None:
                answers[site] = change(site, number, question.step, answers[site])
        if log is not None:
            log.append((question.step, answers))
        together = Answers.of(answers)
        if masked:
            together = Answers(together.sites, together.totals, {site: {} for site in study.sites}, together.said)
        number += 1
        try:
            question = rounds.send(together)
        except StopIteration as end:
            result = dict(end.value)
            encode(result)
            return {**result, "rounds": number, "bytes": largest}
