"""How images come into a house: by C-STORE where that is set up, and what was kept before the index was made."""

from __future__ import annotations

import logging
import threading
from typing import Final

from fyr.errors import FyrError
from fyr.exchange.dicom.indexing import index_record, to_index
from fyr.exchange.dicom.keeping import Given, Kept
from fyr.exchange.dicom.receiver import DicomReceiver
from fyr.record import Access
from fyr.record.record import Record
from fyr.serve.image_intake import ImageIntake
from fyr.serve.interfaces import SourceReport
from fyr.serve.permissions import MachineRole

__all__ = ["ImageLine"]

_LOG: Final = logging.getLogger("fyr.serve")
_GOODBYE_S: Final = 20.0


class ImageLine:
    """Receives images, and indexes those that were kept before there was an index.

    Parameters
    ----------
    intake : ImageIntake
    record : Record
    receiver : DicomReceiver or None
        Listens for C-STORE; not started yet.
    """

    def __init__(self, intake: ImageIntake, record: Record, receiver: DicomReceiver | None) -> None:
        self.intake = intake
        self._record = record
        self._receiver = receiver
        self._closes = threading.Event()
        self._indexing: threading.Thread | None = None

    def start(self) -> None:
        """Listen; errors as :meth:`fyr.exchange.dicom.receiver.DicomReceiver.start`."""
        if self._receiver is not None:
            self._receiver.start(self._keep)
        if earlier := to_index(self._record):
            self._indexing = threading.Thread(target=self._index, args=(earlier,), name="fyr-image-index", daemon=True)
            self._indexing.start()

    def stop(self) -> None:
        """Listen no more."""
        self._closes.set()
        if self._receiver is not None:
            self._receiver.stop()
        if self._indexing is not None:
            self._indexing.join(_GOODBYE_S)

    def report(self) -> SourceReport | None:
        """Say how the receiver is, if there is one."""
        if self._receiver is None:
            return None
        name = self._receiver.name
        return SourceReport(name, "c-store", self._receiver.health(), self.intake.counts(name), None, is_silent=False)

    def _keep(self, given: Given, sender: str) -> Kept:
        access = Access(f"dicom:{sender}", MachineRole.ARCHIVE.value, "care")
        (kept,) = self.intake.take(self._record.on_behalf_of(access), [given], DicomReceiver.name)
        return kept

    def _index(self, earlier: list[str]) -> None:
        _LOG.info("indexing %d images that were kept before there was an index", len(earlier))
        try:
            index_record(self._record, wanted=earlier, is_over=self._closes.is_set)
        except FyrError as problem:
            _LOG.error("images that were kept before there was an index are not all in it: %s", problem.what)
