"""The house's lines to other systems: the sources that are open, and the sinks that alarms go out by."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fyr.clock import Clock
from fyr.errors import FyrError
from fyr.exchange.incoming import Source, SourceHealth, SourceState
from fyr.serve.alarm_sender import AlarmSender
from fyr.serve.intake import Intake, SourceCounts
from fyr.serve.late_beds import LateBed

if TYPE_CHECKING:
    from fyr.serve.image_line import ImageLine

__all__ = ["Interfaces", "OpenSource", "SourceReport"]

_LOG: Final = logging.getLogger("fyr.serve")
_HEARD: Final = (SourceState.LISTENING, SourceState.CONNECTED)


@dataclass(frozen=True, slots=True)
class OpenSource:
    """A source as it was set up.

    Parameters
    ----------
    source : Source
    kind : str
        As in ``fyr.toml``.
    silent_after_us : int or None
        After how long without an accepted message it counts as fallen silent; ``None``: never.
    """

    source: Source
    kind: str
    silent_after_us: int | None = None


@dataclass(frozen=True, slots=True)
class SourceReport:
    """How a source is, and what came from it since this server was started."""

    name: str
    kind: str
    health: SourceHealth
    counts: SourceCounts
    silent_after_us: int | None
    is_silent: bool
    late: tuple[LateBed, ...] = ()
    """The beds from which everything comes too late to be judged."""


class Interfaces:
    """Sources and sinks, started and stopped together.

    Parameters
    ----------
    intake : Intake
    clock : Clock
    sources : sequence of OpenSource
    senders : sequence of AlarmSender
        One for each sink.
    images : ImageLine, optional
        How images come.
    """

    def __init__(
        self,
        intake: Intake,
        clock: Clock,
        sources: Sequence[OpenSource] = (),
        senders: Sequence[AlarmSender] = (),
        images: ImageLine | None = None,
    ) -> None:
        self.intake = intake
        self.senders = tuple(senders)
        self._clock = clock
        self._sources = tuple(sources)
        self._images = images
        self._started_us = 0
        self._heard: dict[str, tuple[str, str]] = {}

    def start(self) -> None:
        """Open every source and sink.

        Raises
        ------
        ServiceUnavailable
            If a source can never work as it was set up; those before it are closed again.
        """
        self._started_us = self._clock.now_us()
        started: list[OpenSource] = []
        try:
            for one in self._sources:
                one.source.start(self.intake.take)
                started.append(one)
            if self._images is not None:
                self._images.start()
        except FyrError:
            for one in started:
                one.source.stop()
            raise
        for sender in self.senders:
            sender.start()

    def stop(self) -> None:
        """Close the sources, then the sinks; what was taken is answered, what is to be sent waits for a start."""
        for stop in (*(one.source.stop for one in self._sources), *([self._images.stop] if self._images else [])):
            try:
                stop()
            except Exception:  # noqa: BLE001  one that does not close keeps no other from closing
                _LOG.exception("a source did not stop")
        for sender in self.senders:
            sender.stop()

    @contextmanager
    def open(self) -> Iterator[None]:
        """Be open for as long as the block runs; errors as in :meth:`start`."""
        self.start()
        try:
            yield
        finally:
            self.stop()

    def heard(self, name: str, kind: str, detail: str) -> None:
        """Take note that something came from who is no source of ``fyr.toml``: a machine that posts to this server.

        Parameters
        ----------
        name : str
            Under which the intake counts it.
        kind, detail : str
            What is shown of it: of which kind it is, and where it comes in.
        """
        if name not in self._heard and all(one.source.name != name for one in self._sources):
            self._heard[name] = (kind, detail)

    def sources(self) -> list[SourceReport]:
        """Return how each source is, then each machine that has posted since the start, by name."""
        posted = [self._posted(name, kind, detail) for name, (kind, detail) in sorted(self._heard.copy().items())]
        images = [] if self._images is None else [self._images.report()]
        return [*(self._report(one) for one in self._sources), *(one for one in images if one is not None), *posted]

    def _posted(self, name: str, kind: str, detail: str) -> SourceReport:
        """Return how a machine is that comes by itself with a token: only that it may come is known."""
        return SourceReport(
            name,
            kind,
            SourceHealth(SourceState.LISTENING, detail),
            self._images.intake.counts(name) if self._images and kind == "dicomweb" else self.intake.counts(name),
            None,
            is_silent=False,
            late=tuple(self.intake.late_beds(name)),
        )

    def _report(self, one: OpenSource) -> SourceReport:
        name = one.source.name
        counts, health = self.intake.counts(name), one.source.health()
        since_us = max(counts.last_accepted_us or 0, self._started_us)
        is_silent = (
            one.silent_after_us is not None
            and health.state in _HEARD
            and self._clock.now_us() - since_us > one.silent_after_us
        )
        late = tuple(self.intake.late_beds(name))
        return SourceReport(name, one.kind, health, counts, one.silent_after_us, is_silent, late)
