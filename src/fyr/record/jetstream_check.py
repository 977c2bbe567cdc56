"""Are the streams of the journal whole: every message there, every entry behind the one before it and readable.

One walk for streams on a server and for those in a file.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator

from fyr.errors import BadInput
from fyr.record.jetstream_connection import JetStreamConnection
from fyr.record.jetstream_partition import SPACE, BundleReader, JetStreamPartition, partition_names
from fyr.record.jetstream_reader import StreamReader
from fyr.record.journal_bundle import Bundle
from fyr.record.sample_batch import SampleBatch

__all__ = ["Decode", "message_problems", "stream_problems"]

Decode = Callable[[str, bytes], object]
"""Reads an entry of a partition that is no batch of samples; raises BadInput or ValueError where it cannot be read."""

_UNREADABLE = (BadInput, ValueError, KeyError, TypeError, struct.error)


def stream_problems(connection: JetStreamConnection, decode: Decode, *, space: str = SPACE) -> Iterator[str | None]:
    """Read every stream on a server up to where it ends now; yield for each entry what is wrong, if anything.

    Raises
    ------
    ServiceUnavailable
        If the server does not answer.
    """
    for partition in connection.run(partition_names(connection, space)):
        place = JetStreamPartition(connection, space, partition)
        info = connection.run(place.info())
        if info is None:
            continue
        first, last = max(info.state.first_seq, 1), info.state.last_seq
        if first > 1:
            yield f"'{partition}' begins at message {first}"
        gone = last - first + 1 - info.state.messages
        if gone:
            yield f"{gone:,} of {last:,} messages of '{partition}' are gone"
            continue  # whoever reads on would wait for them
        yield from message_problems(partition, _messages(place, first, last), first, decode, begins=first == 1)


def message_problems(
    partition: str, messages: Iterable[tuple[int, bytes]], first: int, decode: Decode, *, begins: bool = False
) -> Iterator[str | None]:
    """Walk the messages of a stream; yield for each entry in them what is wrong with it, if anything.

    Parameters
    ----------
    partition : str
    messages : iterable of (int, bytes)
        With their sequences, in this order.
    first : int
        The sequence that the first one ought to have.
    decode : callable
    begins : bool
        Whether these are the first messages of all, so that the first entry must have the offset 0.
    """
    bundles, sequence = BundleReader(), first
    expected = 0 if begins else None
    for at, data in messages:
        try:
            bundle = bundles.take(data)
        except BadInput as problem:
            yield f"message {at} of '{partition}': {problem.what}"
            bundle, expected = None, None
        if at != sequence or (bundle is not None and expected not in (None, bundle[0].first_offset)):
            yield f"something is missing from '{partition}' before message {at}"
        sequence = at + 1
        if bundle is None:
            continue
        expected = bundle[0].end
        try:
            entries = [entry for entry, _key in Bundle.entries(*bundle)]
        except _UNREADABLE:
            yield f"the entries from {bundle[0].first_offset} on of '{partition}' cannot be read"
            continue
        for entry in entries:
            try:
                _ = SampleBatch.decode(entry.payload) if entry.kind == "samples" else decode(partition, entry.payload)
                yield None
            except _UNREADABLE:
                yield f"entry {entry.offset} of '{partition}' cannot be read"


def _messages(place: JetStreamPartition, first: int, last: int) -> Iterator[tuple[int, bytes]]:
    reader, sequence = StreamReader(place), first
    while sequence <= last:
        page = place.connection.run(reader.page(sequence, last))
        yield from enumerate(page, sequence)
        sequence += len(page)
    place.connection.run(reader.close())
