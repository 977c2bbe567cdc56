"""A study under masks: the same result, no site's own sums on the wire, and no way to open what must stay closed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.learn.federation.disclosure.trial import Trial, coefficients, study, tables

from fyr.errors import FyrError, NotPermitted, Refused
from fyr.learn.federation.disclosure.control import Control
from fyr.learn.federation.disclosure.fixed_point import from_fixed
from fyr.learn.federation.disclosure.groups import MASK
from fyr.learn.federation.disclosure.ledger import Ledger
from fyr.learn.federation.disclosure.mask_rounds import with_masks
from fyr.learn.federation.disclosure.rules import Rules
from fyr.learn.federation.envelope import payload_of
from fyr.learn.federation.methods import method
from fyr.learn.federation.rounds import Answer, Answers, Question, Rounds
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.steps import step
from fyr.learn.federation.study import Study


class Talk:
    """A conversation without envelopes, round by round, with gates."""

    def __init__(self, wanted: Study, sites: dict[str, SiteTable], gates: dict[str, Control]) -> None:
        self.study, self.tables, self.gates = wanted, sites, gates
        self.number = 0
        self.asked: list[tuple[Question, Answers]] = []

    def answer(self, site: str, question: Question, number: int) -> Answer:
        plain = step(question.step)(self.tables[site], question.values)
        return self.gates[site](self.study, number, question.step, question.values, plain, self.tables[site])

    def ask(self, question: Question, among: tuple[str, ...] | None = None) -> Answers:
        found = {site: self.answer(site, question, self.number) for site in among or self.study.sites}
        answers = Answers.of(found)
        self.asked.append((question, answers))
        self.number += 1
        return answers

    def to_the_end(self, rounds: Rounds) -> dict[str, Any]:
        try:
            question = next(rounds)
            while True:
                question = rounds.send(self.ask(question))
        except StopIteration as end:
            found: dict[str, Any] = end.value
            return found


def _talk(wanted: Study | None = None, rules: Rules | None = None, names: int = 3) -> Talk:
    sites = tables({"aarhus": 60, "lund": 130, "oslo": 80, "turku": 70} if names == 4 else {
        "aarhus": 60, "lund": 130, "oslo": 80})  # fmt: skip
    gates = {site: Control(site.encode().ljust(32), Ledger(), rules) for site in sites}
    return Talk(wanted or study(sites), sites, gates)


def test_the_result_is_that_without_masks() -> None:
    sites = tables()
    veiled = Trial(sites).conduct(study(sites))
    plain = Trial(sites).conduct(study(sites, rules={"masked": "never"}))
    np.testing.assert_allclose(coefficients(veiled), coefficients(plain), rtol=1e-12)
    assert veiled.rounds == plain.rounds


def test_no_sums_of_one_site_are_on_the_wire() -> None:
    sites = tables()
    trial = Trial(sites)
    trial.conduct(study(sites))
    payloads = [payload_of(letter) for letter in trial.letters]
    assert all(not one["sums"] for one in payloads)
    veiled = [one["said"][MASK]["sums"] for one in payloads if MASK in one["said"]]
    assert len(veiled) >= 3 * 4
    # Whatever lies below, what is seen is as large as 128 bits go.
    assert all(np.median(np.abs(from_fixed(one))) > 1e16 for one in veiled)


def test_a_small_group_here_is_enough_over_all_sites() -> None:
    sites = tables()
    for site, table in sites.items():
        rare = np.zeros(table.rows)
        rare[: 1 if site == "oslo" else 4] = 1
        sites[site] = SiteTable(site, {**table.columns, "rare": rare})
    wanted = {"features": ["age", "rare"]}
    Trial(sites).conduct(study(sites, **wanted))
    with pytest.raises(Refused, match=r"1 patient could be singled out: 'rare is not 0' is true of 1"):
        Trial(sites).conduct(study(sites, rules={"masked": "never"}, **wanted))


def test_too_small_a_group_over_all_sites_stays_closed() -> None:
    sites = tables()
    for site, table in sites.items():
        rare = np.zeros(table.rows)
        rare[:1] = site != "lund"
        sites[site] = SiteTable(site, {**table.columns, "rare": rare})
    with pytest.raises(Refused, match=r"'rare is not 0' is true of fewer than 3 patients at all sites together"):
        Trial(sites).conduct(study(sites, features=["age", "rare"]))


def test_a_site_that_was_restarted_says_the_same_again() -> None:
    talk = _talk()
    rounds = with_masks(method("logistic")(talk.study), talk.study)
    talk.to_the_end(rounds)
    for at, (question, answers) in enumerate(talk.asked[:8]):
        again = talk.answer("oslo", question, at)
        one = answers.said["oslo"]
        assert set(again.said) == set(one)
        for name in one:
            np.testing.assert_equal(again.said[name], one[name])


def _to_first_opening(talk: Talk) -> tuple[Rounds, Question]:
    rounds = with_masks(method("logistic")(talk.study), talk.study)
    question = next(rounds)
    while question.step != "mask-open":
        question = rounds.send(talk.ask(question))
    return rounds, question


def test_a_round_is_not_opened_for_two_sets_of_sites() -> None:
    wanted = study(tables({"aarhus": 60, "lund": 130, "oslo": 80, "turku": 70}))
    talk = _talk(Study(wanted.name, wanted.method, wanted.sites, wanted.options, quorum=2), names=4)
    _, question = _to_first_opening(talk)
    talk.answer("oslo", question, talk.number)
    fewer = {**question.values, "arrived": ["lund", "oslo"]}
    with pytest.raises(Refused, match="opened for other sites before"):
        talk.answer("oslo", Question("mask-open", fewer), talk.number + 1)


def test_a_total_of_one_site_is_never_opened() -> None:
    talk = _talk()
    _, question = _to_first_opening(talk)
    for arrived in (["oslo"], ["lund", "oslo"]):
        with pytest.raises(Refused, match=f"a total of {len(arrived)} sites is not opened"):
            talk.answer("oslo", Question("mask-open", {**question.values, "arrived": arrived}), talk.number)


def test_sums_are_not_opened_before_the_groups_are_counted() -> None:
    talk = _talk()
    _, question = _to_first_opening(talk)
    with pytest.raises(Refused, match="was not said"):
        talk.answer("oslo", Question("mask-open", {**question.values, "what": "sums"}), talk.number)


def test_counts_below_the_own_are_a_lie() -> None:
    talk = _talk()
    _, question = _to_first_opening(talk)
    talk.answer("oslo", question, talk.number)
    own = talk.gates["oslo"].ledger.entries()[0].pending["support"]
    lie = {**question.values, "what": "sums", "support": np.array(own, dtype=np.float64) - 1}
    with pytest.raises(Refused, match="fewer patients are said"):
        talk.answer("oslo", Question("mask-open", lie), talk.number + 1)


def test_a_site_that_leaves_after_answering_is_left_out_of_the_total() -> None:
    base = study(tables({"aarhus": 60, "lund": 130, "oslo": 80, "turku": 70}))
    wanted = Study(base.name, base.method, base.sites, base.options, quorum=3)
    talk = _talk(wanted, names=4)
    rest = ("aarhus", "lund", "oslo")
    asked: list[Question] = []

    def method_of_one_question() -> Rounds:
        ask = next(method("logistic")(wanted))
        asked.append(ask)
        answers = yield ask
        return {"rows": answers.totals["rows"].tolist(), "first": answers.totals["first"].tolist()}

    rounds = with_masks(method_of_one_question(), wanted)
    question = rounds.send(talk.ask(next(rounds)))
    # turku has given its key, and then is gone: its masks with the others are taken off with the seeds they tell.
    result: dict[str, Any] = {}
    try:
        while True:
            question = rounds.send(talk.ask(question, rest))
    except StopIteration as end:
        result = end.value
    plain = [step("columns")(talk.tables[site], asked[0].values) for site in rest]
    np.testing.assert_allclose(result["rows"], sum(one.sums["rows"] for one in plain))
    np.testing.assert_allclose(result["first"], sum(one.sums["first"] for one in plain), rtol=1e-12)


def test_too_few_shares_open_nothing() -> None:
    talk = _talk()
    rounds, question = _to_first_opening(talk)
    answers = talk.ask(question)
    said = {site: {**one, "shares": {}} if site != "oslo" else one for site, one in answers.said.items()}
    with pytest.raises(Refused, match=r"shares of 2 came to open the mask"):
        rounds.send(Answers(answers.sites, {}, {}, said))


def test_a_key_of_the_coordinators_own_is_refused() -> None:
    sites = tables()
    trial = Trial(sites)
    talk = Talk(study(sites), sites, trial.gates)
    rounds = with_masks(method("logistic")(talk.study), talk.study)
    introduced = talk.ask(next(rounds))
    false = {**introduced.said, "lund": {**introduced.said["lund"], "key": (b"\x09" + bytes(31)).hex()}}
    question = rounds.send(Answers(introduced.sites, {}, {}, false))
    with pytest.raises(NotPermitted, match="not signed by lund"):
        talk.answer("oslo", question, 1)


def test_one_site_fewer_would_tell_its_sums_by_difference() -> None:
    sites = tables({"aarhus": 60, "lund": 130, "oslo": 80, "turku": 70})
    trial = Trial(sites)
    trial.conduct(study(sites))
    fewer = {site: table for site, table in sites.items() if site != "turku"}
    with pytest.raises(Refused, match=r"with turku before; the difference would be the sums of that site alone"):
        trial.conduct(study(fewer))


def test_it_may_be_allowed_where_all_say_so() -> None:
    sites = tables({"aarhus": 60, "lund": 130, "oslo": 80, "turku": 70})
    trial = Trial(sites, Rules(single_site_totals=True))
    trial.conduct(study(sites, rules={"single_site_totals": True}))
    fewer = {site: table for site, table in sites.items() if site != "turku"}
    trial.conduct(study(fewer, rules={"single_site_totals": True}))


def test_a_coordinator_without_masks_gets_nothing() -> None:
    talk = _talk()
    with pytest.raises(Refused, match="no masks were asked for"):
        talk.to_the_end(method("logistic")(talk.study))


def test_sites_without_gates_wear_no_masks() -> None:
    sites = tables()
    wanted = study(sites)
    rounds = with_masks(method("logistic")(wanted), wanted)
    question, rows = next(rounds), 0.0
    for _ in range(4):
        found = {site: step(question.step)(table, question.values) for site, table in sites.items()}
        answers = Answers.of(found)
        rows = max(rows, float(answers.totals.get("rows", np.zeros(1))[0]))
        question = rounds.send(answers)
    assert rows == 270


def test_sums_too_large_for_masks_are_refused_by_name() -> None:
    sites = tables()
    sites["oslo"] = SiteTable("oslo", {**sites["oslo"].columns, "age": sites["oslo"].columns["age"] * 1e10})
    with pytest.raises(FyrError, match="too large to be masked"):
        Trial(sites).conduct(study(sites))
