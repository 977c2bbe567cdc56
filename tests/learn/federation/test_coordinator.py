"""Letters that come late, twice, out of order, cut, from strangers; sites that are silent, refuse or contradict."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.learn.federation.trial import (
    SITES,
    Post,
    a_site,
    a_study,
    conducted,
    kept_in,
    key_of,
    pooled_slope,
    public_keys,
    tables,
)

from fyr.errors import BadInput, FyrError, NotPermitted, Refused, ServiceUnavailable
from fyr.learn.federation import arrivals, coordinator, envelope
from fyr.learn.federation.append_log import AppendLog, read_log
from fyr.learn.federation.coordinator import Outcome, conduct
from fyr.learn.federation.envelope import Envelope, payload_of
from fyr.learn.federation.message import Payload, encode
from fyr.learn.federation.round_journal import RoundJournal
from fyr.learn.federation.rounds import Answer, Answers, Doubted, Question, Rounds
from fyr.learn.federation.site import Gate, Site
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.study import Study

Handle = Callable[[bytes], bytes | None]
Passing = Callable[[str, int, bytes], list[bytes]]


def run(
    study: Study,
    passing: Passing = lambda _site, _number, answer: [answer],
    handles: dict[str, Handle] | None = None,
    journal: RoundJournal | None = None,
    **waiting: float,
) -> Outcome:
    sites: dict[str, Handle] = {name: a_site(name, study).handle for name in study.sites}
    post = Post({**sites, **(handles or {})}, passing)
    return conduct(
        study,
        post,
        key_of("coordinator"),
        public_keys(),  # type: ignore[arg-type]
        journal=journal,
        **{"wait_s": 0.2, "again_s": 0.05, **waiting},
    )


def beta(outcome: Outcome) -> Any:
    return np.array(list(outcome.result["coefficients"].values()))


@pytest.fixture(scope="module")
def whole() -> str:
    """Return what a run without trouble ends with."""
    return same(run(a_study()))


def same(outcome: Outcome) -> str:
    return json.dumps(outcome.result) + outcome.transcript


def changed(answer: bytes, site: str, **parts: object) -> bytes:
    """Seal the content of an answer anew, with parts of it changed, with the site's own key."""
    said = Envelope.open(answer, public_keys())  # type: ignore[arg-type]
    kept = {"study": said.study, "round": said.round, "kind": said.kind, "payload": said.payload, **parts}
    return Envelope(sender=site, receiver="coordinator", **kept).seal(key_of(site))  # type: ignore[arg-type]


def test_the_transcript_does_not_depend_on_the_order_of_arrival(whole: str) -> None:
    held: list[bytes] = []

    def shuffled(_site: str, number: int, answer: bytes) -> list[bytes]:
        held.insert(number % 2, answer)
        if len(held) < 3:
            return []
        out, held[:] = list(held), []
        return out[::-1]

    assert same(run(a_study(), shuffled)) == whole


def test_letters_that_are_lost_are_asked_for_again(whole: str) -> None:
    def lossy(_site: str, number: int, answer: bytes) -> list[bytes]:
        return [] if number % 3 == 0 else [answer]

    outcome = run(a_study(), lossy, wait_s=5, again_s=0.01)
    assert same(outcome) == whole


def test_a_lost_letter_is_asked_for_again_though_others_come_meanwhile(whole: str) -> None:
    study = a_study()
    sites: dict[str, Handle] = {name: a_site(name, study).handle for name in study.sites}
    waits: list[float] = []

    class Slow(Post):
        """A post that brings one letter at a time, later than it is asked for again."""

        def receive(self, wait_s: float) -> list[bytes]:
            waits.append(wait_s)
            time.sleep(0.01)
            come, self._come = self._come[:1], self._come[1:]
            return come

    def lossy(site: str, number: int, answer: bytes) -> list[bytes]:
        return [] if site == "lund" and number == 0 else [answer]

    post = Slow(sites, lossy)
    known: Any = public_keys()
    assert same(conduct(study, post, key_of("coordinator"), known, wait_s=60, again_s=0.005)) == whole
    assert max(waits) < 0.0051


def test_letters_that_come_twice_count_once(whole: str) -> None:
    outcome = run(a_study(), lambda _site, _number, answer: [answer, answer, answer])
    assert same(outcome) == whole
    assert outcome.set_aside["twice"] > 20


def test_letters_of_earlier_rounds_change_nothing(whole: str) -> None:
    earlier: list[bytes] = []

    def replayed(_site: str, _number: int, answer: bytes) -> list[bytes]:
        earlier.append(answer)
        return [*earlier, answer]

    assert same(run(a_study(), replayed)) == whole


RUBBISH: dict[str, Callable[[bytes, str], bytes]] = {
    "unreadable": lambda answer, _site: answer[: len(answer) // 2],
    "not signed by a site of the study": lambda answer, _site: bytes(64) + answer[64:],
    "of another study": lambda answer, site: changed(answer, site, study="0" * 64),
    "of a round that was not asked": lambda answer, site: changed(answer, site, round=900),
    "not for the coordinator": lambda answer, site: changed(answer, site, kind="question"),
    "too large": lambda answer, _site: answer + bytes(5000),
}


@pytest.mark.parametrize("kind", list(RUBBISH))
def test_rubbish_is_set_aside_and_counted(kind: str, whole: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "MOST_BYTES", 4000)
    outcome = run(a_study(), lambda site, _number, answer: [RUBBISH[kind](answer, site), answer])
    assert same(outcome) == whole
    assert outcome.set_aside == {kind: 3 * outcome.rounds}


def test_a_stranger_who_signs_in_a_sites_name_is_set_aside(whole: str) -> None:
    def forged(site: str, _number: int, answer: bytes) -> list[bytes]:
        said = Envelope.open(answer, public_keys())  # type: ignore[arg-type]
        mine = Envelope(said.study, said.round, "answer", site, "coordinator", said.payload).seal(key_of("stranger"))
        return [mine, answer]

    assert same(run(a_study(), forged)) == whole


def test_a_letter_cut_anywhere_is_refused_by_its_reader() -> None:
    sealed = Envelope("s", 0, "answer", "oslo", "coordinator", {"sums": {"a": np.ones(3)}}).seal(key_of("oslo"))
    for cut in range(len(sealed)):
        with pytest.raises((BadInput, NotPermitted)):
            Envelope.open(sealed[:cut], public_keys())  # type: ignore[arg-type]


@pytest.mark.parametrize("moment", [0, 1, 2])
def test_two_answers_that_differ_are_a_contradiction(moment: int, tmp_path: Path) -> None:
    def double(site: str, number: int, answer: bytes) -> list[bytes]:
        if site != "lund" or number != moment:
            return [answer]
        sums = dict(payload_of(answer)["sums"])
        sums["rows"] = sums["rows"] + 1e-9 if "rows" in sums else np.zeros(1)
        return [answer, changed(answer, site, payload={"sums": sums, "said": {}})]

    study = a_study()
    journal = RoundJournal(tmp_path / "log", study)
    with pytest.raises(Refused, match=rf"^lund: two answers to round {moment + 1} differ"):
        run(study, double, journal=journal)
    journal.close()
    (proof,) = [one for one in read_log(tmp_path / "log") if one["kind"] == "contradiction"]
    assert Envelope.open(proof["sealed"].tobytes(), public_keys()).sender == "lund"  # type: ignore[arg-type]
    journal = RoundJournal(tmp_path / "log", study)
    with pytest.raises(Refused, match=r"^lund: two answers"):
        run(study, journal=journal)
    journal.close()


def test_who_contradicts_itself_is_left_out_where_the_rule_says_so() -> None:
    def double(site: str, number: int, answer: bytes) -> list[bytes]:
        if site != "lund" or number != 2:
            return [answer]
        sums = {name: one * 1.5 for name, one in payload_of(answer)["sums"].items()}
        return [answer, changed(answer, site, payload={"sums": sums, "said": {}})]

    outcome = run(a_study(on_refusal="exclude"), double)
    assert outcome.sites == ("oslo", "aarhus")
    assert outcome.left_out["lund"].startswith("two answers to round 3 differ")
    assert pooled_slope(beta(outcome), outcome.sites) < 1e-9


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_a_sum_that_is_no_number_is_named(broken: float) -> None:
    def poisoned(site: str, _number: int, answer: bytes) -> list[bytes]:
        sums = dict(payload_of(answer)["sums"])
        if site != "aarhus" or "information" not in sums:
            return [answer]
        sums["information"] = np.full_like(sums["information"], broken)
        return [changed(answer, site, payload={"sums": sums, "said": {}})]

    with pytest.raises(Refused, match=r"^aarhus: its sum 'information' is not finite"):
        run(a_study(), poisoned)
    outcome = run(a_study(on_refusal="exclude"), poisoned)
    assert outcome.sites == ("oslo", "lund")
    assert pooled_slope(beta(outcome), outcome.sites) < 1e-9


@pytest.mark.parametrize("payload", [{}, {"sums": 3, "said": {}}, {"sums": {"gradient": "much"}, "said": {}}])
def test_an_answer_without_sums_is_named(payload: dict[str, object]) -> None:
    def empty(site: str, _number: int, answer: bytes) -> list[bytes]:
        return [changed(answer, site, payload=payload)] if site == "oslo" else [answer]

    with pytest.raises(Refused, match=r"^oslo: its (answer has no sums|sum 'gradient' is not finite)"):
        run(a_study(), empty)


def test_sums_of_another_shape_than_those_of_most_are_named() -> None:
    def wide(site: str, _number: int, answer: bytes) -> list[bytes]:
        sums = dict(payload_of(answer)["sums"])
        sums["rows"] = np.append(sums["rows"], 0.0)
        return [changed(answer, site, payload={"sums": sums, "said": {}})] if site == "oslo" else [answer]

    with pytest.raises(Refused, match=r"^oslo: its sums have other names or shapes than those of lund"):
        run(a_study(), wide)


def test_a_silent_site_stops_a_study_that_needs_all_and_it_goes_on_later(tmp_path: Path, whole: str) -> None:
    study = a_study()
    journal = RoundJournal(tmp_path / "log", study)
    asked = 0

    def away_from_the_third(data: bytes) -> bytes | None:
        nonlocal asked
        asked += 1
        return lund(data) if asked < 3 else None

    lund = a_site("lund", study).handle
    with pytest.raises(ServiceUnavailable, match=r"^round 3: no answer from lund; run it again"):
        run(study, handles={"lund": away_from_the_third}, journal=journal)
    journal.close()
    journal = RoundJournal(tmp_path / "log", study)
    assert same(run(study, handles={"lund": lund}, journal=journal)) == whole
    journal.close()


@pytest.mark.parametrize("gone_from", [1, 2, 4])
def test_a_site_that_leaves_leaves_the_fit_of_the_others(gone_from: int) -> None:
    study = a_study(quorum=2)
    lund, asked = a_site("lund", study).handle, 0

    def leaving(data: bytes) -> bytes | None:
        nonlocal asked
        asked += 1
        return lund(data) if asked < gone_from else None

    outcome = run(study, handles={"lund": leaving}, deadline_s=0.05)
    assert outcome.sites == ("oslo", "aarhus")
    assert outcome.left_out == {"lund": "no answer"}
    assert pooled_slope(beta(outcome), outcome.sites) < 1e-9
    assert pooled_slope(beta(outcome), SITES) > 0.1


def test_a_site_that_comes_before_the_deadline_takes_part(whole: str) -> None:
    study = a_study(quorum=2)
    lund, asked = a_site("lund", study).handle, 0

    def late(data: bytes) -> bytes | None:
        nonlocal asked
        asked += 1
        return lund(data) if asked > 2 else None

    outcome = run(study, handles={"lund": late}, wait_s=30, deadline_s=20, again_s=0.02)
    assert outcome.sites == SITES
    assert json.dumps(outcome.result) == json.dumps(run(a_study()).result)


def test_an_answer_after_the_site_was_left_out_changes_nothing() -> None:
    study = a_study(quorum=2)
    kept: list[bytes] = []

    def too_late(site: str, number: int, answer: bytes) -> list[bytes]:
        if site == "lund":
            kept.append(answer)
            return []
        return [answer, *kept] if number > 1 else [answer]

    outcome = run(study, too_late, deadline_s=0.05)
    assert outcome.sites == ("oslo", "aarhus")
    assert outcome.set_aside["late"] > 0
    assert pooled_slope(beta(outcome), outcome.sites) < 1e-9


def test_too_few_for_the_quorum_is_no_result() -> None:
    with pytest.raises(ServiceUnavailable, match="no answer from oslo, lund"):
        run(a_study(quorum=2), handles=dict.fromkeys(("oslo", "lund"), lambda _data: None), deadline_s=0.05)


def without_dose(study: Study, name: str) -> Site:
    rows = tables()[name].columns
    table = type(tables()[name])(name, {key: rows[key] for key in ("age", "event")})
    return Site(table, study, key_of(name), key_of("coordinator").public_key())


def shut(problem: FyrError) -> Gate:
    """Return a gate that lets nothing out from the second round on."""

    def gate(_study: Study, number: int, _step: str, _values: Payload, answer: Answer, _table: SiteTable) -> Answer:
        if number > 0:
            raise problem
        return answer

    return gate


@pytest.mark.parametrize("kind", [BadInput, Refused, NotPermitted, ServiceUnavailable])
def test_a_site_that_refuses_stops_the_study_with_its_own_exit_code(kind: type[FyrError]) -> None:
    study = a_study()
    closed = a_site("lund", study, gate=shut(kind("the budget of two patients is used up", where="lund", mend="ask")))
    with pytest.raises(kind, match=r"^lund: the budget of two patients is used up; ask$"):
        run(study, handles={"lund": closed.handle})


def test_a_failure_of_a_site_says_nothing_of_its_patients() -> None:
    def gate(*_: object) -> Answer:
        raise ValueError("patient 17 has an age of 4e300")

    study = a_study()
    with pytest.raises(FyrError, match=r"^lund: the step 'columns' failed there \(ValueError\)$") as failed:
        run(study, handles={"lund": a_site("lund", study, gate=gate).handle})
    assert failed.value.exit_code == 70


def test_a_refusal_can_be_mended_and_the_study_goes_on(tmp_path: Path, whole: str) -> None:
    study = a_study()
    journal = RoundJournal(tmp_path / "log", study)
    with pytest.raises(Refused, match=r"^lund: the budget"):
        run(study, handles={"lund": a_site("lund", study, gate=shut(Refused("the budget"))).handle}, journal=journal)
    journal.close()
    journal = RoundJournal(tmp_path / "log", study)
    assert same(run(study, journal=journal)) == whole
    journal.close()


def test_sites_that_refuse_are_left_out_together_where_the_rule_says_so() -> None:
    study = a_study(on_refusal="exclude", quorum=1)
    handles: dict[str, Handle] = {name: without_dose(study, name).handle for name in ("oslo", "lund")}
    outcome = run(study, handles=handles)
    assert outcome.sites == ("aarhus",)
    assert set(outcome.left_out) == {"oslo", "lund"}
    assert pooled_slope(beta(outcome), outcome.sites) < 1e-9
    study = a_study(on_refusal="exclude")
    handles = {name: without_dose(study, name).handle for name in ("oslo", "lund")}
    with pytest.raises(Refused, match="1 sites would remain, and the study needs 2"):
        run(study, handles=handles)


def test_another_protocol_is_refused_with_both_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    def newer(_site: str, _number: int, answer: bytes) -> list[bytes]:
        said = Envelope.open(answer, public_keys())  # type: ignore[arg-type]
        with monkeypatch.context() as other:
            other.setattr(envelope, "PROTOCOL", 2)
            return [Envelope(said.study, 0, "answer", "oslo", "coordinator", said.payload, "9.9").seal(key_of("oslo"))]

    with pytest.raises(Refused, match=r"oslo speaks protocol 2 \(Fyr 9\.9\), this Fyr \S+ speaks 1"):
        run(a_study(), newer)


def test_a_site_says_to_a_newer_coordinator_which_versions_they_speak(monkeypatch: pytest.MonkeyPatch) -> None:
    study = a_study()
    site = a_site("oslo", study)
    question = Envelope(study.digest, 0, "question", "coordinator", "oslo", {"step": "logistic", "values": {}}, "9.9")
    with monkeypatch.context() as other:
        other.setattr(envelope, "PROTOCOL", 2)
        sealed = question.seal(key_of("coordinator"))
    answer = Envelope.open(site.handle(sealed) or b"", public_keys())  # type: ignore[arg-type]
    assert answer.kind == "refusal"
    assert "coordinator speaks protocol 2 (Fyr 9.9)" in answer.payload["reason"]


def test_no_sites_clock_is_asked(whole: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: -1e9)
    monkeypatch.setattr("time.time_ns", lambda: 0)
    assert same(run(a_study())) == whole


def test_another_version_that_computes_differently_is_refused_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conducted(tmp_path, a_study())

    def otherwise(study: Study) -> Rounds:
        answers: Answers = yield Question("logistic", {"features": ["age"], "outcome": "event", "beta": np.zeros(2)})
        return {"rows": float(answers.total("rows")[0])}

    monkeypatch.setattr(coordinator, "method", lambda _name: otherwise)
    with pytest.raises(
        Refused, match=r"question of round 1 is not what the journal has: Fyr \S+ began it, and this is"
    ):
        conducted(tmp_path, a_study())


def test_another_result_of_the_same_answers_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    conducted(tmp_path, a_study())
    usual = coordinator.method

    def rounded(name: str) -> Callable[[Study], Rounds]:
        def rounds(study: Study) -> Iterator[Any]:
            found = yield from usual(name)(study)
            return {**found, "log_likelihood": round(found["log_likelihood"], 3)}

        return rounds  # type: ignore[return-value]

    monkeypatch.setattr(coordinator, "method", rounded)
    with pytest.raises(Refused, match="the result is not what the journal has"):
        conducted(tmp_path, a_study())


def test_the_journal_of_another_study_is_refused(tmp_path: Path) -> None:
    conducted(tmp_path, a_study())
    with pytest.raises(BadInput, match="journal of another study"), kept_in(tmp_path, a_study(quorum=2)):
        pass


@pytest.mark.parametrize("factor", [10.0, -1.0])
@pytest.mark.parametrize("name", ["gradient", "information"])
def test_an_answer_ten_times_too_large_is_named_or_left_out(name: str, factor: float) -> None:
    def poisoned(site: str, _number: int, answer: bytes) -> list[bytes]:
        payload = payload_of(answer)
        if site != "lund" or name not in payload["sums"]:
            return [answer]
        sums = {**payload["sums"], name: payload["sums"][name] * factor}
        return [changed(answer, site, payload={"sums": sums, "said": payload["said"]})]

    with pytest.raises(Refused, match=r"^lund: its sums cannot be right"):
        run(a_study(), poisoned)
    outcome = run(a_study(on_refusal="exclude"), poisoned)
    assert outcome.sites == ("oslo", "aarhus")
    assert pooled_slope(beta(outcome), outcome.sites) < 1e-9


def test_a_column_that_a_site_lacks_is_named_or_the_site_left_out() -> None:
    study = a_study()
    with pytest.raises(Refused, match=r"^lund: there is no column 'dose'"):
        run(study, handles={"lund": without_dose(study, "lund").handle})
    study = a_study(on_refusal="exclude")
    outcome = run(study, handles={"lund": without_dose(study, "lund").handle})
    assert outcome.sites == ("oslo", "aarhus")
    assert pooled_slope(beta(outcome), outcome.sites) < 1e-9


def doubting(site: str, at: int) -> Callable[[str], Callable[[Study], Rounds]]:
    """Return a method that doubts a site when it is sent its n-th answers."""
    usual = coordinator.method

    def method(name: str) -> Callable[[Study], Rounds]:
        def rounds(study: Study) -> Rounds:
            inner = usual(name)(study)
            question, number = next(inner), 0
            while True:
                answers = yield question
                if number == at and site in answers.sites:
                    raise Doubted({site: "the gradient does not change as the information says"})
                number += 1
                try:
                    question = inner.send(answers)
                except StopIteration as end:
                    found: dict[str, Any] = end.value
                    return found

        return rounds

    return method


def test_whom_the_method_doubts_stops_the_study_or_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coordinator, "method", doubting("oslo", 2))
    with pytest.raises(Refused, match="oslo: the gradient does not change"):
        run(a_study())
    study = a_study(on_refusal="exclude")
    outcome = conducted(tmp_path, study)
    assert outcome.sites == ("lund", "aarhus")
    assert pooled_slope(beta(outcome), outcome.sites) < 1e-9
    again = conducted(tmp_path, study)
    assert same(again) == same(outcome)
    assert again.rounds == outcome.rounds


def test_the_journal_of_a_study_cannot_be_edited_unseen(tmp_path: Path) -> None:
    conducted(tmp_path, a_study())
    path = tmp_path / "coordinator.journal"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(FyrError, match="damaged at byte"):
        conducted(tmp_path, a_study())


def test_an_answer_that_was_forged_into_the_journal_is_refused(tmp_path: Path) -> None:
    study = a_study()
    conducted(tmp_path, study)
    records = read_log(tmp_path / "coordinator.journal")
    answer = next(one for one in records if one["kind"] == "answer" and one["site"] == "lund")
    said = Envelope.open(answer["sealed"].tobytes(), public_keys())  # type: ignore[arg-type]
    forged = Envelope(said.study, said.round, "answer", "lund", "coordinator", said.payload).seal(key_of("stranger"))
    answer["sealed"] = np.frombuffer(forged, np.uint8)
    log = AppendLog(tmp_path / "forged" / "coordinator.journal", records[0])  # with a chain that holds
    log.append(*records[1:])
    log.close()
    with pytest.raises(NotPermitted, match="the signature of lund does not hold"):
        conducted(tmp_path / "forged", study)


def test_a_coordinator_that_lost_its_journal_is_told_the_same_again(tmp_path: Path) -> None:
    whole = conducted(tmp_path, a_study())
    (tmp_path / "coordinator.journal").unlink()
    assert same(conducted(tmp_path, a_study())) == same(whole)


def test_a_payload_of_equal_values_has_equal_bytes() -> None:
    assert encode({"b": 1.0, "a": np.zeros(2)}) == encode({"a": np.zeros(2), "b": 1.0})
