"""A site's resident process over a Flower SuperLink: it asks for questions, and pushes answers.

It takes the place of flower-supernode and of the client app that this would start anew for every message.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import httpx

from fyr.errors import FyrError, NotPermitted
from fyr.learn.federation.carriers.certificates import private_key
from fyr.learn.federation.carriers.flower_api import HEARTBEAT_S, Node, Question, RunEnded
from fyr.learn.federation.carriers.patience import Patience, Stopped, give_up_where_final
from fyr.learn.federation.carriers.saying import Say, nothing

if TYPE_CHECKING:
    from fyr.learn.federation.carriers.study_keys import SiteKeys

__all__ = ["serve_flower_site"]

_SOON_S: Final = 0.05
_SELDOM_S: Final = 2.0
_SLOWER: Final = 1.15
_UNKNOWN_S: Final = 90.0


def serve_flower_site(
    keys: SiteKeys,
    handle: Callable[[bytes], bytes | None],
    address: str,
    *,
    stop: threading.Event | None = None,
    say: Say = nothing,
) -> None:
    """Answer questions until stopped.

    Parameters
    ----------
    keys : SiteKeys
        Of an admitted site.
    handle : callable
        Of a sealed question, the sealed answer.
    address : str
        The SuperLink's ``host:port``.
    stop : Event, optional
    say : callable, optional

    Raises
    ------
    NotPermitted
        If the SuperLink does not accept the site's key, or has no certificate of the study's authority.
    ServiceUnavailable
        If Flower is not installed.
    """
    coordinator = keys.known_coordinator
    stop = stop or threading.Event()
    name = keys.card.name
    node = Node(address, keys.authority.encode("ascii"), private_key(keys.tls_key.read_bytes(), name))
    say(f"{name}: going to the SuperLink at {address}, coordinator's key {coordinator.words}")
    away = threading.Event()
    beating = threading.Thread(target=_beat, args=(node, stop, away), name="fyr-flower-heartbeat", daemon=True)
    patience = Patience(stop, say, name, f"the SuperLink at {address}")
    try:
        with contextlib.suppress(Stopped):
            _activate(node, patience, name, first=True)
            beating.start()
            _converse(node, handle, patience, stop, away, say, name)
    finally:
        stop.set()
        node.close()


def _converse(
    node: Node,
    handle: Callable[[bytes], bytes | None],
    patience: Patience,
    stop: threading.Event,
    away: threading.Event,
    say: Say,
    name: str,
) -> None:
    pause = _SOON_S
    while True:
        if away.is_set():
            _activate(node, patience, name)
            away.clear()
        question = _trying(patience, node.question, away)
        if question is None:
            # Questions follow each other; between studies there is no hurry.
            stop.wait(pause)
            pause = min(pause * _SLOWER, _SELDOM_S)
            continue
        pause = _SOON_S
        answer = _answer(handle, question, say)
        if answer:
            _trying(patience, lambda q=question, a=answer: node.answer(q, a), away)  # type: ignore[misc]


def _answer(handle: Callable[[bytes], bytes | None], question: Question, say: Say) -> bytes:
    if not question.body:
        return b""
    try:
        return handle(question.body) or b""
    except FyrError as problem:
        say(f"a question was not answered: {problem}")
        return b""


def _trying(patience: Patience, call: Callable[[], Question | None], away: threading.Event) -> Question | None:
    for _ in patience.tries():
        try:
            found = call()
        except (RunEnded, NotPermitted):
            away.set()  # the run is over, or the SuperLink was restarted and knows no node: be there again
            return None
        except httpx.HTTPError as problem:
            give_up_where_final(problem)
            patience.failed(problem)
        else:
            patience.succeeded()
            return found
    return None


def _activate(node: Node, patience: Patience, name: str, *, first: bool = False) -> None:
    begun = time.monotonic()
    for _ in patience.tries():
        try:
            node.activate()
        except httpx.HTTPError as problem:
            give_up_where_final(problem)
            patience.failed(problem)
            begun = time.monotonic()
        except (RunEnded, NotPermitted) as problem:
            # A process that was killed counts as there until its heartbeats are missed.
            patience.failed(problem)
            if first and time.monotonic() - begun > _UNKNOWN_S:
                raise NotPermitted(
                    "the SuperLink does not know this site's key, or another process uses it",
                    where=name,
                    mend="the coordinator must admit the site and be running; stop the other process",
                ) from None
        else:
            patience.succeeded()
            return


def _beat(node: Node, stop: threading.Event, away: threading.Event) -> None:
    while not stop.wait(HEARTBEAT_S / 2):
        try:
            node.beat()
        except (RunEnded, FyrError):
            away.set()
        except httpx.HTTPError:
            continue  # the next question will say so
