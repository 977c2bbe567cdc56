"""One record, one server: two would both write the ward's journal."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fyr.errors import ServiceUnavailable

__all__ = ["only_server"]


@contextmanager
def only_server(folder: Path) -> Iterator[None]:
    """Be the only server of the record whose files are in `folder`, for as long as the block runs.

    The lock goes with the process: one that was killed holds nothing.

    Raises
    ------
    ServiceUnavailable
        If another process is its server already.
    """
    with (folder / "server.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise ServiceUnavailable(
                f"process {lock.read().strip() or 'unknown'} serves this record already",
                where=str(folder),
                mend="stop it first, or name another --home",
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
