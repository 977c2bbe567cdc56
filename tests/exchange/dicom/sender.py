"""Sends objects by C-STORE with pynetdicom, as an outside program does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from pydicom import dcmread
from pydicom.dataset import FileDataset
from pynetdicom import AE
from pynetdicom.association import Association

__all__ = ["associated", "send"]

ECHO = "1.2.840.10008.1.1"


@contextmanager
def associated(
    port: int, contexts: Sequence[tuple[str, str]] = (), *, title: str = "PACS", called: str = "FYR"
) -> Iterator[Association]:
    """Open an association for the block; it may have been rejected."""
    entity = AE(title)
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = 20
    for sop_class, syntax in contexts or [(ECHO, "1.2.840.10008.1.2")]:
        entity.add_requested_context(sop_class, syntax)
    association = entity.associate("127.0.0.1", port, ae_title=called)
    try:
        yield association
    finally:
        if association.is_established:
            association.release()
        if association.dul.socket is not None and association.dul.socket.socket is not None:
            association.dul.socket.socket.close()  # pynetdicom leaves it open where the other side hangs up


def send(port: int, *objects: FileDataset, title: str = "PACS", called: str = "FYR") -> Iterator[Any]:
    """Send objects, or an echo where there are none; yields the answers as they come, none where it was rejected."""
    sent = [_as_written(one) for one in objects]
    contexts = sorted({(str(one.SOPClassUID), str(one.file_meta.TransferSyntaxUID)) for one in sent})
    with associated(port, contexts, title=title, called=called) as association:
        if not association.is_established:
            return
        for one in sent:
            yield association.send_c_store(one)
        if not sent:
            yield association.send_c_echo()


def _as_written(one: FileDataset) -> FileDataset:
    """Return the object as a file would hold it: pynetdicom looks at how it was read."""
    written = BytesIO()
    one.save_as(written, enforce_file_format=True)
    return dcmread(BytesIO(written.getvalue()))
