"""Questions and answers over a Flower SuperLink, as the coordinator.

A SuperLink forgets what was under way when it dies, and fails a run whose nodes or server were cut off. So the run is
only the way for messages: where it ended, another one is begun, and what is not answered is asked again.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import httpx

from fyr.errors import FyrError, NotPermitted, ServiceUnavailable
from fyr.learn.federation.carriers.certificates import read_certificate
from fyr.learn.federation.carriers.door import let_in
from fyr.learn.federation.carriers.flower_api import HEARTBEAT_S, Asking, RunEnded
from fyr.learn.federation.carriers.patience import Patience, Stopped, give_up_where_final
from fyr.learn.federation.carriers.saying import Say, Sayings, nothing

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

    from fyr.learn.federation.carriers.study_keys import CoordinatorKeys

__all__ = ["FlowerCoordinator"]

_POLL_S: Final = 0.04
_ASK_AGAIN_S: Final = 5.0
_LONGEST_S: Final = 600.0
_ABSENT_S: Final = 0.5


@dataclass(slots=True)
class _Asked:
    site: str
    body: bytes
    at: float
    pause: float


class FlowerCoordinator:
    """A transport over a SuperLink that runs already.

    Parameters
    ----------
    keys : CoordinatorKeys
    sites : tuple of str
        Each must be admitted; its node's key is that of its certificate.
    address : str
        The SuperLink's ``host:port``.
    secret : bytes
        The one that it was started with.
    say : callable, optional
    wait_s : float
        How long to wait for the SuperLink.

    Raises
    ------
    ServiceUnavailable
        If Flower is not installed, or the SuperLink is not there.
    """

    def __init__(
        self,
        keys: CoordinatorKeys,
        sites: tuple[str, ...],
        address: str,
        secret: bytes,
        *,
        say: Say = nothing,
        wait_s: float = 60,
    ) -> None:
        cards = keys.cards(sites)
        self._keys = {name: card.signing_key for name, card in cards.items()}
        self._say = Sayings(say)
        self._due: dict[str, bytes] = {}
        self._asked: dict[str, _Asked] = {}
        self._stop, self._lost = threading.Event(), threading.Event()
        self._link = Asking(address, keys.authority_file.read_bytes(), secret)
        self._patience = Patience(self._stop, self._say, "coordinator", f"the SuperLink at {address}")
        self._public = {
            name: read_certificate(card.certificate.encode("ascii"), name).public_key() for name, card in cards.items()
        }
        self._nodes: dict[str, int] = {}
        self._not_before = 0.0
        self._begin(time.monotonic() + wait_s, address)
        threading.Thread(target=self._beat, name="fyr-flower-heartbeat", daemon=True).start()

    def send(self, site: str, message: bytes) -> None:
        """Put a question to a site, in place of the one before."""
        self._not_before = 0.0
        if all(asked.site != site or asked.body != message for asked in self._asked.values()):
            self._due[site] = message

    def receive(self, wait_s: float) -> list[bytes]:
        """Ask what is due, and return the answers that have come."""
        until = time.monotonic() + wait_s
        come: list[bytes] = []
        while True:
            try:
                come = self._round()
                self._patience.succeeded()
            except (RunEnded, NotPermitted):  # a SuperLink that was restarted does not know the run's token
                self._again()
            except httpx.HTTPError as problem:
                give_up_where_final(problem)
                self._patience.failed(problem)
            left = until - time.monotonic()
            if come or left <= 0:
                return come
            time.sleep(min(_POLL_S, left))

    def close(self, *, finished: bool = False) -> None:
        """Say how the run ended, and hang up."""
        self._stop.set()
        self._link.close(finished=finished)

    def _round(self) -> list[bytes]:
        if self._lost.is_set():
            raise RunEnded
        now = time.monotonic()
        for asked in list(self._asked.values()):
            if now - asked.at > asked.pause:
                self._due.setdefault(asked.site, asked.body)
        if self._due and now >= self._not_before:
            self._ask(now)
        come = []
        for question, body in self._link.answers(list(self._asked)) if self._asked else ():
            if question not in self._asked:
                continue
            of = self._asked.pop(question)
            if body and self._good(body, of.site):
                come.append(body)
            else:
                self._due.setdefault(of.site, of.body)
        return come

    def _ask(self, now: float) -> None:
        self._not_before = now + _ABSENT_S
        due = dict(self._due)
        sent = self._link.ask({self._nodes[site]: body for site, body in due.items()})
        for site, body in due.items():
            if self._nodes[site] not in sent:
                continue  # it has never been there: try again soon
            before = {name: asked for name, asked in self._asked.items() if asked.site == site}
            again = max((asked.pause * 2 for asked in before.values() if asked.body == body), default=_ASK_AGAIN_S)
            for name in before:
                del self._asked[name]
            self._asked[sent[self._nodes[site]]] = _Asked(site, body, now, min(again, _LONGEST_S))
            del self._due[site]

    def _good(self, body: bytes, site: str) -> bool:
        try:
            let_in(body, site, self._keys)
        except FyrError as problem:
            self._say(f"an answer by way of {site} was refused: {problem}")
            return False
        return True

    def _again(self) -> None:
        self._say("the SuperLink's run has ended; another one is begun, and what is open is asked again")
        for asked in self._asked.values():
            self._due.setdefault(asked.site, asked.body)
        self._asked.clear()
        self._begin(time.monotonic() + _LONGEST_S, "the SuperLink")
        self._lost.clear()

    def _begin(self, until: float, where: str) -> None:
        public: dict[str, EllipticCurvePublicKey] = self._public  # type: ignore[assignment]
        try:
            for _ in self._patience.tries():
                try:
                    self._nodes = self._link.nodes(public)
                    self._link.begin()
                except (httpx.HTTPError, RunEnded) as problem:
                    give_up_where_final(problem)
                    self._patience.failed(problem)
                    if time.monotonic() > until:
                        raise ServiceUnavailable("the SuperLink is not there", where=where) from None
                else:
                    self._patience.succeeded()
                    return
        except Stopped:
            return

    def _beat(self) -> None:
        while not self._stop.wait(HEARTBEAT_S):
            try:
                self._link.beat()
            except (RunEnded, FyrError):
                self._lost.set()
            except httpx.HTTPError:
                continue  # the next question will say so
