"""What lies beside DICOM files is told by its first bytes."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from pathlib import Path

import pytest

from fyr.exchange.dicom.foreign import archive_of, files_lacking, foreign


def _zip() -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("x", b"x")
    return body.getvalue()


def _empty_zip() -> bytes:
    body = io.BytesIO()
    zipfile.ZipFile(body, "w").close()
    return body.getvalue()


def _tar() -> bytes:
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("x"))
    return body.getvalue()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (_zip(), "zip"),
        (_empty_zip(), "zip"),
        (_tar(), "tar"),
        (gzip.compress(b"x", mtime=0), "gzip"),
        (bz2.compress(b"x"), "bzip2"),
        (lzma.compress(b"x"), "xz"),
        (b"PK", ""),
        (b"", ""),
        (b"\0" * 128 + b"DICM", ""),
    ],
)
def test_archives(body: bytes, kind: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(body)
    assert archive_of(path) == kind
    assert ("unpack it" in foreign(path)) == bool(kind)


def test_without_an_index_nothing_is_lacking(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert files_lacking(tmp_path) == []
