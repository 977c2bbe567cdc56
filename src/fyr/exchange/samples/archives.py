"""Takes files out of a package's archive: bytes only, nothing is unpacked, installed or run."""

from __future__ import annotations

import hashlib
import tarfile
import zipfile
import zlib
from pathlib import Path
from typing import Final

from fyr.errors import BadInput
from fyr.exchange.samples.sample import Archive, Taken

__all__ = ["check_archive", "take", "with_header"]

_CHUNK: Final = 1 << 20


def check_archive(path: Path, archive: Archive) -> None:
    """Refuse a file that is not, to the last bit, the one that is pinned.

    Raises
    ------
    BadInput
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    if digest.hexdigest() != archive.sha256:
        raise BadInput(
            f"this is not the file of {archive.title} that Fyr knows: its SHA-256 is {digest.hexdigest()[:16]}…, "
            f"not {archive.sha256[:16]}…",
            where=path.name,
            mend="nothing of it was used; fetch it again, or ask whoever runs your package index",
        )


def take(path: Path, wanted: tuple[Taken, ...]) -> dict[str, bytes]:
    """Return the files that are wanted, by their name in the cache, each checked by its digest.

    Parameters
    ----------
    path : Path
        A wheel or other zip, or a ``.tar.gz``.
    wanted : tuple of Taken

    Raises
    ------
    BadInput
        If the archive cannot be read, lacks one of them, or one of them is not what it was.
    """
    try:
        bodies = _members(path, frozenset(one.member for one in wanted))
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, OSError, EOFError, ValueError) as problem:
        raise BadInput(f"this archive cannot be read: {problem}", where=path.name, mend="fetch it again") from None
    found: dict[str, bytes] = {}
    for one in wanted:
        if one.member not in bodies:
            raise BadInput(f"there is no file {one.member} in it", where=path.name)
        body = with_header(bodies[one.member], one.header)
        if hashlib.sha256(body).hexdigest() != one.sha256:
            raise BadInput(f"{one.member} is not the file that Fyr knows", where=path.name)
        found[one.name] = body
    return found


def with_header(body: bytes, header: str) -> bytes:
    r"""Return a table with another first line, where one is given.

    >>> with_header(b"2,benign\n1,0\n", "radius,benign")
    b'radius,benign\n1,0\n'
    """
    return header.encode() + b"\n" + body.partition(b"\n")[2] if header else body


def _members(path: Path, wanted: frozenset[str]) -> dict[str, bytes]:
    """Return the plain files of these names, whatever else is in the archive; links are never followed."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return {one.filename: archive.read(one) for one in archive.infolist() if one.filename in wanted}
    found: dict[str, bytes] = {}
    with tarfile.open(path) as archive:
        for one in archive:
            top, _, name = one.name.partition("/")
            if top and name in wanted and name not in found and one.isreg():
                file = archive.extractfile(one)
                assert file is not None  # noqa: S101  isreg() says so
                found[name] = file.read()
    return found
