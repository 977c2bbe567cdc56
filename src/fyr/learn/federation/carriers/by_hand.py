"""Rounds as files that people carry: for a hospital without a way out, on a stick or by mail.

The coordinator lays questions into its outbox and takes answers from its inbox; a site reads a question and writes the
answer. A file is there whole or not at all. One that is twice there, old, renamed or from elsewhere does no harm: what
counts is what is signed inside. Nothing is moved or deleted, so a coordinator that was killed finds all of it again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fyr.errors import BadInput, FyrError, NotPermitted, ServiceUnavailable
from fyr.learn.federation.carriers.cards import COORDINATOR
from fyr.learn.federation.carriers.door import let_in
from fyr.learn.federation.carriers.saying import Say, nothing
from fyr.learn.federation.carriers.sealed_file import Label, label_of, open_file, seal_file
from fyr.learn.federation.carriers.whole_files import write_whole
from fyr.learn.federation.envelope import Envelope
from fyr.learn.federation.message import decode

if TYPE_CHECKING:
    from fyr.learn.federation.carriers.study_keys import CoordinatorKeys, SiteKeys

__all__ = ["Answered", "ByHand", "answer_file"]

_LOOK_S: Final = 0.25
_MOST: Final = 1 << 30
_SETTLED_S: Final = 2.0


class ByHand:
    """A transport of files.

    Parameters
    ----------
    keys : CoordinatorKeys
    sites : tuple of str
        Each must be admitted.
    outbox, inbox : Path
        Folders; made where they are not there.
    say : callable, optional
        Takes what to carry where, and which file could not be read.
    """

    def __init__(
        self, keys: CoordinatorKeys, sites: tuple[str, ...], outbox: Path, inbox: Path, *, say: Say = nothing
    ) -> None:
        cards = keys.cards(sites)
        self._boxes = {name: card.box_key for name, card in cards.items()}
        self._keys = {name: card.signing_key for name, card in cards.items()}
        self._own, self._outbox, self._inbox, self._say = keys.box, outbox, inbox, say
        self._seen: set[tuple[str, int, int]] = set()
        self._written: dict[Path, bytes] = {}
        try:
            outbox.mkdir(parents=True, exist_ok=True)
            inbox.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise ServiceUnavailable(f"the folder cannot be made: {problem.strerror}", where=str(outbox)) from None

    def send(self, site: str, message: bytes) -> None:
        """Write a question's file; one of before this process began is replaced by another of the same words.

        Raises
        ------
        BadInput
            If the outbox is another study's.
        """
        label = _label(message)
        place = self._outbox / label.name
        if self._written.get(place) == message and place.exists():
            return
        self._of_this_study(place, label)
        write_whole(place, seal_file(label, message, self._boxes[site]))
        self._written[place] = message
        self._say(f"carry {place} to {site}; lay the answer that it gives into {self._inbox}")

    def receive(self, wait_s: float) -> list[bytes]:
        """Return answers that have not been taken yet, waiting for the first."""
        until = time.monotonic() + wait_s
        while True:
            come = self._look()
            left = until - time.monotonic()
            if come or left <= 0:
                return come
            time.sleep(min(_LOOK_S, left))

    def close(self) -> None:
        """Do nothing: the files stay."""

    def _of_this_study(self, place: Path, label: Label) -> None:
        """Refuse to write over the question of another study."""
        try:
            before = label_of(place.read_bytes(), str(place))
        except (OSError, BadInput):
            return  # there is none, or one that nobody could use
        if before.study != label.study:
            raise BadInput(
                "a question of another study lies here", where=str(place), mend="give each study a folder of its own"
            )

    def _look(self) -> list[bytes]:
        come = []
        for place in sorted(self._inbox.iterdir()):
            try:
                state = place.stat()
                seen = (place.name, state.st_size, state.st_mtime_ns)
                # Other files may lie here, and what a copying program has not finished.
                if place.name.startswith(".") or not place.is_file() or seen in self._seen:
                    continue
                come.append(self._taken(place, state.st_size))
                self._say(f"{place.name} has been taken")
            except BadInput as problem:
                if time.time() - state.st_mtime < _SETTLED_S:
                    continue  # perhaps it is still being copied
                self._say(str(problem))
            except NotPermitted as problem:
                self._say(str(problem))
            except OSError:
                continue  # it was taken away while it was looked at
            self._seen.add(seen)
        return come

    def _taken(self, place: Path, size: int) -> bytes:
        if size > _MOST:
            raise BadInput(f"{size:,} bytes are more than the {_MOST:,} that are read", where=str(place))
        label, body = open_file(place.read_bytes(), self._own, str(place))
        try:
            let_in(body, label.sender, self._keys)
        except FyrError as problem:
            raise NotPermitted(str(problem), where=str(place)) from None
        return body


@dataclass(frozen=True, slots=True)
class Answered:
    """What a site answered by hand.

    Parameters
    ----------
    question, answer : Path
    round : int
        From 1 up.
    """

    question: Path
    answer: Path
    round: int


def answer_file(question: Path, keys: SiteKeys, handle: Callable[[bytes], bytes | None], folder: Path) -> Answered:
    """Read a question's file, and write the answer's.

    Parameters
    ----------
    question : Path
        Whatever it is called now.
    keys : SiteKeys
        Of an admitted site.
    handle : callable
        Of a sealed question, the sealed answer.
    folder : Path
        Where the answer goes.

    Raises
    ------
    BadInput
        If the file cannot be read, is cut short, or is none.
    NotPermitted
        If it is for another site, or was not written by the coordinator.
    """
    coordinator = keys.known_coordinator
    try:
        if question.stat().st_size > _MOST:
            raise BadInput(f"it is more than the {_MOST:,} bytes that are read", where=str(question))
        data = question.read_bytes()
    except OSError as problem:
        raise BadInput(f"it cannot be read: {problem.strerror}", where=str(question)) from None
    label, body = open_file(data, keys.box, str(question))
    answer = handle(body)
    if answer is None:
        raise BadInput("there is nothing to answer", where=str(question))
    reply = Label(label.study, label.round, keys.card.name, COORDINATOR)
    place = folder / reply.name
    write_whole(place, seal_file(reply, answer, coordinator.box_key))
    return Answered(question, place, label.round)


def _label(message: bytes) -> Label:
    says = decode(message[Envelope.SEAL :])
    return Label(str(says["study"])[:16], int(says["round"]) + 1, COORDINATOR, str(says["receiver"]))
