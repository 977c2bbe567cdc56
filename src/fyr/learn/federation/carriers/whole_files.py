"""Files that are there whole, and on the disk, or not at all; private keys for their owner alone."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from fyr.errors import NotPermitted, ServiceUnavailable

__all__ = ["read_private", "write_new_private", "write_whole"]


def write_whole(path: Path, body: bytes) -> None:
    """Write a file by a temporary one beside it, to the disk, and a change of name.

    Raises
    ------
    ServiceUnavailable
        If it cannot be written; what was there before is untouched.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, staged = tempfile.mkstemp(prefix=".new-", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(OSError):  # a stick's file system may know no permissions
                Path(staged).chmod(0o644)
            Path(staged).replace(path)
        except BaseException:
            Path(staged).unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)
    except OSError as problem:
        raise ServiceUnavailable(f"it cannot be written: {problem.strerror}", where=str(path)) from None


def write_new_private(path: Path, body: bytes) -> None:
    """Write a private key for its owner alone, never over another one.

    Raises
    ------
    NotPermitted
        If there is one already.
    ServiceUnavailable
        If it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise NotPermitted(
            "there is a private key already", where=str(path), mend="name another folder; a key is never overwritten"
        ) from None
    except OSError as problem:
        raise ServiceUnavailable(f"the key cannot be written: {problem.strerror}", where=str(path)) from None


def read_private(path: Path) -> bytes:
    """Return a private key's bytes.

    Raises
    ------
    NotPermitted
        If it is not there, may not be read, or others than its owner may read it.
    """
    try:
        if path.stat().st_mode & 0o077:
            raise NotPermitted("others can read this private key", where=str(path), mend=f"chmod 600 {path}")
        return path.read_bytes()
    except FileNotFoundError:
        raise NotPermitted(
            "there is no such private key", where=str(path), mend="make the keys first: fyr learn study-keys --help"
        ) from None
    except OSError as problem:
        raise NotPermitted(f"the key may not be read: {problem.strerror}", where=str(path)) from None


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
