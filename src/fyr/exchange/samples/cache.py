"""Where samples are kept once they were fetched: a folder each, whole or not there at all."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Final

from fyr.errors import BadInput
from fyr.exchange.samples.archives import check_archive, take
from fyr.exchange.samples.converted import CONVERSIONS
from fyr.exchange.samples.sample import Archive, Sample

__all__ = ["Download", "SampleCache", "default_cache"]

MAPPING: Final = "mapping.yaml"
_SOURCE: Final = "SOURCE.md"
_MADE: Final = "CONVERTED.sha256"
_LEFT_OVER_S: Final = 86_400

Download = Callable[[Archive, Path], Path]
"""Brings an archive into a folder and returns the file."""


def default_cache(environment: Mapping[str, str]) -> Path:
    """Return ``FYR_CACHE``, or what the desktop's convention says.

    >>> default_cache({"FYR_CACHE": "/srv/fyr-cache"}).as_posix()
    '/srv/fyr-cache'
    >>> default_cache({"XDG_CACHE_HOME": "/srv/cache"}).as_posix()
    '/srv/cache/fyr'
    """
    if environment.get("FYR_CACHE"):
        return Path(environment["FYR_CACHE"])
    if environment.get("XDG_CACHE_HOME"):
        return Path(environment["XDG_CACHE_HOME"]) / "fyr"
    return Path.home() / ".cache" / "fyr"


class SampleCache:
    """The samples in one cache.

    Parameters
    ----------
    root : Path
        The cache's folder; need not exist.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._samples = root / "samples"

    def folder(self, sample: Sample) -> Path:
        """Return where a sample is kept, or would be."""
        return self._samples / sample.name

    def has(self, sample: Sample) -> bool:
        """Return whether the sample is here with every file as it was taken."""
        return self.folder(sample).is_dir() and not self.damage(sample)

    def damage(self, sample: Sample) -> str:
        """Return the name of a file that is missing from the sample's folder or was changed, or ``""``."""
        folder = self.folder(sample)
        if not folder.is_dir():
            return ""
        if sample.mapping and not (folder / MAPPING).is_file():
            return MAPPING
        files = {one.name: one.sha256 for one in sample.taken}
        if sample.conversion:
            made = _digests(folder / _MADE)
            if not made:
                return _MADE
            files |= made
        return next((name for name, digest in files.items() if _digest(folder / name) != digest), "")

    def table(self, sample: Sample) -> Path:
        """Return the sample's table; the folder of one that is no table.

        Raises
        ------
        BadInput
            If it is not here, or was changed since.
        """
        again = f"fetch it with `fyr samples fetch {sample.name}`"
        if not self.folder(sample).is_dir():
            raise BadInput(f"the sample '{sample.name}' is not here", where=str(self._samples), mend=again)
        damaged = self.damage(sample)
        if damaged:
            raise BadInput(f"{damaged} is not as it was fetched", where=str(self.folder(sample)), mend=again)
        return self.folder(sample) / sample.taken[0].name if sample.is_table else self.folder(sample)

    def mapping(self, sample: Sample) -> Path | None:
        """Return the sample's cohort mapping, where it has one; it lies beside the table and may be edited."""
        return self.folder(sample) / MAPPING if sample.mapping else None

    def fetch(self, samples: Iterable[Sample], download: Download) -> list[Sample]:
        """Bring in the samples that are not here, each archive once, and return those that were brought in.

        What is here already is used as it is, without asking anybody; what was damaged is replaced.

        Raises
        ------
        BadInput
            If an archive is not the one that is pinned; nothing of it is kept.
        ServiceUnavailable
            If it cannot be had.
        """
        wanted: dict[Archive, list[Sample]] = {}
        for sample in samples:
            if not self.has(sample):
                wanted.setdefault(sample.archive, []).append(sample)
        if not wanted:
            return []
        self._samples.mkdir(parents=True, exist_ok=True)
        self._clear()
        brought: list[Sample] = []
        for archive, several in wanted.items():
            staged = Path(tempfile.mkdtemp(prefix=".new-", dir=self._samples))
            try:
                path = download(archive, staged)
                check_archive(path, archive)
                for sample in several:
                    self._keep(sample, path, staged)
                    brought.append(sample)
            finally:
                shutil.rmtree(staged, ignore_errors=True)
        return brought

    def _clear(self) -> None:
        """Remove what a fetch that was killed left behind a day ago or longer."""
        for path in self._samples.glob(".new-*"):
            if time.time() - path.stat().st_mtime > _LEFT_OVER_S:
                shutil.rmtree(path, ignore_errors=True)

    def _keep(self, sample: Sample, archive: Path, staged: Path) -> None:
        """Put together the whole folder aside, then move it to its place."""
        fresh, place = staged / sample.name, self.folder(sample)
        fresh.mkdir()
        for name, body in take(archive, sample.taken).items():
            (fresh / name).write_bytes(body)
        if sample.conversion:
            _convert(sample, fresh)
        if sample.mapping:
            shipped = files("fyr.exchange.samples") / "mappings" / sample.mapping
            (fresh / MAPPING).write_bytes(shipped.read_bytes())
        (fresh / _SOURCE).write_text(_source_note(sample), encoding="utf-8")
        if place.exists():
            place.rename(staged / f"{sample.name}.old")
        try:
            os.replace(fresh, place)  # noqa: PTH105  a folder onto nothing, in one step
        except OSError:
            if not self.has(sample):  # somebody else who fetched the same at the same time may have been faster
                raise


def _convert(sample: Sample, folder: Path) -> None:
    """Make files of those that were taken, and write down their digests."""
    there = set(folder.iterdir())
    CONVERSIONS[sample.conversion](sample, folder)
    made = sorted(path for path in folder.iterdir() if path not in there)
    lines = [f"{_digest(path)}  {path.name}\n" for path in made]
    (folder / _MADE).write_text("".join(lines), encoding="utf-8")


def _digests(file: Path) -> dict[str, str]:
    """Return the digests of a file as ``sha256sum`` writes them, by name; nothing where it is not one."""
    if not file.is_file():
        return {}
    pairs = [line.partition("  ") for line in file.read_text(encoding="utf-8", errors="replace").splitlines()]
    return {name: digest for digest, _, name in pairs}


def _digest(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _source_note(sample: Sample) -> str:
    converted = f"- Converted by Fyr: the files of {_MADE}\n" if sample.conversion else ""
    return (
        f"# {sample.title}\n\n{sample.description}\n\n"
        f"- Source: {sample.source}\n- Licence: {sample.licence}\n- Cite: {sample.citation}\n"
        f"- Taken from: {sample.archive.file}, SHA-256 {sample.archive.sha256}\n"
        f"{converted}"
    )
