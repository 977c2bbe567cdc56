"""What comes in at the coordinator: messages late, twice, from strangers, of other studies, and now and then an answer.

A message that nobody known here signed, or that is of another study or round, is set aside and counted: rubbish cannot
stop a study. What a site itself signed counts against the site: a refusal, a sum that is no number, a second answer
that differs from its first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from fyr.errors import BadInput, FyrError, NotPermitted, Refused, ServiceUnavailable
from fyr.learn.federation.envelope import Envelope, OtherProtocol, payload_of, sum_that_is_no_number
from fyr.learn.federation.message import Payload, encode
from fyr.learn.federation.round_journal import Round, RoundJournal
from fyr.learn.federation.study import Study

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

__all__ = ["MOST_BYTES", "Arrivals"]

MOST_BYTES: Final = 1 << 28
"""A larger message is not opened."""

_BY_EXIT_CODE: Final[dict[int, type[FyrError]]] = {
    kind.exit_code: kind for kind in (FyrError, BadInput, Refused, NotPermitted, ServiceUnavailable)
}


class Arrivals:
    """The coordinator's door.

    Parameters
    ----------
    study : Study
    keys : dict of str to public key
        Of the study's sites.
    journal : RoundJournal

    Raises
    ------
    NotPermitted
        If an answer in the journal was not signed by its site.
    Refused
        If a site has contradicted itself, and the study's rule is to stop.

    Attributes
    ----------
    refusals : dict of str to str
        In the round that is open: which sites are to be left out, and why. Only where the study's rule is so.
    set_aside : Counter of str
        How many messages were not taken, by reason.
    """

    def __init__(self, study: Study, keys: dict[str, Ed25519PublicKey], journal: RoundJournal) -> None:
        self._study, self._keys, self._journal = study, keys, journal
        self.refusals: dict[str, str] = {}
        self.set_aside: Counter[str] = Counter()
        self._verify_kept()
        if study.on_refusal == "stop":
            for site, number in journal.contradictions.items():
                raise self._contradiction(site, number)

    def _verify_kept(self) -> None:
        """Refuse a journal whose answers are not what their sites signed, however well it was edited."""
        for number, one in self._journal.rounds.items():
            for site, sealed in one.answers.items():
                said = Envelope.open(sealed, self._keys)
                if (said.study, said.round, said.sender, said.kind) != (self._study.digest, number, site, "answer"):
                    raise NotPermitted(f"the journal's answer of {site} to round {number + 1} is another message")

    def begin(self, among: Sequence[str]) -> None:
        """Begin a round: a site that contradicted itself before is left out, even if that was not yet settled."""
        self.refusals = {
            site: self._contradiction(site, number).what
            for site, number in self._journal.contradictions.items()
            if site in among
        }

    def answered(self, one: Round, among: Sequence[str]) -> list[str]:
        """Return which sites have answered, and count."""
        return [site for site in among if site in one.answers and site not in self.refusals]

    def silent(self, one: Round, among: Sequence[str]) -> list[str]:
        """Return which sites have neither answered nor refused."""
        return [site for site in among if site not in one.answers and site not in self.refusals]

    def take(self, messages: Sequence[bytes], one: Round, among: Sequence[str]) -> None:
        """Look at messages, and keep the answers to the round among them.

        Raises
        ------
        FyrError
            Where a site speaks another protocol; where one refuses, contradicts itself or sends no numbers, and the
            study's rule is to stop.
        """
        come: dict[str, bytes] = {}
        try:
            for data in messages:
                said = self._opened(data)
                if said is not None:
                    self._sort(said, data, one, among, come)
        finally:
            if come:
                self._journal.answered(one.number, come)

    def _opened(self, data: bytes) -> Envelope | None:
        if len(data) > MOST_BYTES:
            self.set_aside["too large"] += 1
            return None
        try:
            said = Envelope.open(data, self._keys)
        except OtherProtocol as problem:
            raise Refused(problem.what, where=self._study.name, mend=problem.mend) from None
        except NotPermitted:
            self.set_aside["not signed by a site of the study"] += 1
            return None
        except BadInput:
            self.set_aside["unreadable"] += 1
            return None
        if said.study != self._study.digest:
            self.set_aside["of another study"] += 1
            return None
        if said.receiver != "coordinator" or said.kind == "question":
            self.set_aside["not for the coordinator"] += 1
            return None
        return said

    def _sort(self, said: Envelope, data: bytes, one: Round, among: Sequence[str], come: dict[str, bytes]) -> None:
        site, number = said.sender, said.round
        asked = self._journal.rounds.get(number)
        if asked is None:
            self.set_aside["of a round that was not asked"] += 1
            return
        known = come.get(site) if number == one.number else None
        known = asked.answers.get(site) if known is None else known
        if known is not None:
            if said.kind == "answer" and encode(payload_of(known)) != encode(said.payload):
                self._journal.contradicted(number, site, data)
                self._against(one, site, self._contradiction(site, number), among)
            else:
                self.set_aside["twice"] += 1
        elif number != one.number or site not in among or site in self.refusals:
            self.set_aside["late"] += 1
        elif said.kind == "refusal":
            self._against(one, site, _refusal(site, said.payload), among)
        else:
            reason = _fault(said.payload)
            if reason is None:
                come[site] = data
                one.payloads[site] = said.payload
            else:
                self._against(one, site, Refused(reason, where=site), among)

    def _against(self, one: Round, site: str, problem: FyrError, among: Sequence[str]) -> None:
        """Stop for what a site said, or note that it is to be left out, as the study's rule is."""
        if site not in among:
            return
        self._journal.refused(one.number, site, problem.what)
        if self._study.on_refusal == "stop":
            raise problem
        self.refusals[site] = problem.what

    def _contradiction(self, site: str, number: int) -> Refused:
        return Refused(
            f"two answers to round {number + 1} differ, and both are signed",
            where=site,
            mend="ask the site why: did it lose its journal, or change its table?",
        )

    def compare(self, one: Round, among: Sequence[str]) -> None:
        """Find the sites whose sums have other names or shapes than those of most."""
        forms = {site: _form(one.payload(site)) for site in among if site in one.answers}
        if len(set(forms.values())) <= 1:
            return
        usual = Counter(forms.values()).most_common(1)[0][0]
        like = next(site for site, form in forms.items() if form == usual)
        for site, form in forms.items():
            if form != usual:
                reason = f"its sums have other names or shapes than those of {like}"
                self._against(one, site, Refused(reason, where=site), among)


def _refusal(site: str, payload: Payload) -> FyrError:
    kind = _BY_EXIT_CODE.get(payload.get("exit_code", 0), Refused)
    return kind(str(payload.get("reason", "it gives no reason")), where=site)


def _fault(payload: Payload) -> str | None:
    """Return what makes an answer no answer, or None."""
    if not isinstance(payload.get("sums"), dict) or not isinstance(payload.get("said"), dict):
        return "its answer has no sums"
    broken = sum_that_is_no_number(payload)
    return None if broken is None else f"its sum '{broken}' is not finite"


def _form(payload: Payload) -> tuple[tuple[str, tuple[int, ...], str], ...]:
    return tuple(sorted((name, one.shape, np.asarray(one).dtype.str) for name, one in payload["sums"].items()))
