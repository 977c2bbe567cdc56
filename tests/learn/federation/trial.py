"""A small study of three hospitals, and a disk and a post that fail where a test says so."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from numpy.random import default_rng
from numpy.typing import NDArray

from fyr.learn.federation.append_log import Disk
from fyr.learn.federation.coordinator import Outcome, conduct
from fyr.learn.federation.round_journal import RoundJournal
from fyr.learn.federation.site import Gate, Site
from fyr.learn.federation.site_journal import SiteJournal
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.study import Study

SITES = ("oslo", "lund", "aarhus")


def tables() -> dict[str, SiteTable]:
    """Return the rows of the hospitals."""
    draw = default_rng(7)
    found = {}
    for site, rows in zip(SITES, (60, 90, 45), strict=True):
        age, dose = draw.normal(size=rows), draw.normal(size=rows)
        happened = draw.random(rows) < 1 / (1 + np.exp(-(0.3 + 0.9 * age - 0.6 * dose)))
        found[site] = SiteTable(site, {"age": age, "dose": dose, "event": happened.astype(np.float64)})
    return found


def a_study(**more: object) -> Study:
    """Return a logistic regression over them, without masks where nothing else is said."""
    options = {"features": ["age", "dose"], "outcome": "event"}
    rules = {"rules": {"masked": "never"}, **more}
    return Study("trial", "logistic", SITES, options, **rules)  # type: ignore[arg-type]


def key_of(name: str) -> Ed25519PrivateKey:
    """Return a party's key, the same in every process."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


def public_keys() -> dict[str, object]:
    """Return the sites' public keys."""
    return {site: key_of(site).public_key() for site in SITES}


def a_site(name: str, study: Study, journal: SiteJournal | None = None, gate: Gate | None = None) -> Site:
    """Return a hospital that answers."""
    return Site(tables()[name], study, key_of(name), key_of("coordinator").public_key(), gate, journal)


def pooled_slope(beta: NDArray[np.float64], sites: tuple[str, ...]) -> float:
    """Return the steepest slope of the log likelihood of the pooled rows; it is zero at the fit, and only there."""
    rows = [tables()[site] for site in sites]
    design = np.concatenate([np.column_stack([np.ones(t.rows), t.numbers("age"), t.numbers("dose")]) for t in rows])
    happened = np.concatenate([t.numbers("event") for t in rows])
    return float(np.abs(design.T @ (happened - 1 / (1 + np.exp(-design @ beta)))).max())


class Post:
    """A transport whose letters pass through a function: it may drop, repeat, change and add."""

    def __init__(
        self,
        sites: dict[str, Callable[[bytes], bytes | None]],
        passing: Callable[[str, int, bytes], list[bytes]] = lambda _site, _number, answer: [answer],
    ) -> None:
        self._sites, self._passing = sites, passing
        self._come: list[bytes] = []
        self.sent: list[tuple[str, bytes]] = []

    def send(self, site: str, message: bytes) -> None:
        self.sent.append((site, message))
        answer = self._sites[site](message) if site in self._sites else None
        if answer is not None:
            number = sum(name == site for name, _ in self.sent) - 1
            self._come += self._passing(site, number, answer)

    def receive(self, wait_s: float) -> list[bytes]:
        come, self._come = self._come, []
        return come

    def close(self) -> None:
        """Do nothing."""


class Crash(BaseException):
    """The process is gone."""


class CrashingDisk(Disk):
    """A disk under which the process dies at its n-th act; what was not synced is lost from some byte on.

    To sync is to note what cannot be lost any more; the real disk is not waited for.

    Parameters
    ----------
    at : int
        The act, from 0; past the last one, nothing happens.
    seed : int
        Of how much is lost.
    """

    def __init__(self, at: int, seed: int = 0) -> None:
        self.acts = 0
        self._at = at
        self._draw = default_rng((at + 1, seed))
        self._synced: dict[int, int] = {}
        self._renamed: tuple[Path, Path] | None = None

    def _act(self) -> bool:
        self.acts += 1
        return self.acts - 1 == self._at

    def _crash(self) -> None:
        for file, size in self._synced.items():
            try:
                now = os.fstat(file).st_size
            except OSError:
                continue
            os.ftruncate(file, int(self._draw.integers(size, now + 1)))
        if self._renamed is not None and self._draw.random() < 0.5:
            old, new = self._renamed
            new.rename(old)
        raise Crash

    def write(self, file: int, data: bytes) -> None:
        dies = self._act()
        self._synced.setdefault(file, os.fstat(file).st_size)
        super().write(file, data[: int(self._draw.integers(0, len(data) + 1))] if dies else data)
        if dies:
            self._crash()

    def sync(self, file: int) -> None:
        if self._act():
            self._crash()
        self._synced.pop(file, None)
        self._renamed = None

    def rename(self, old: Path, new: Path) -> None:
        if self._act():
            self._crash()
        super().rename(old, new)
        self._renamed = (old, new)

    def truncate(self, file: int, size: int) -> None:
        if self._act():
            self._crash()
        super().truncate(file, size)
        self._synced[file] = size


@contextmanager
def kept_in(
    folder: Path, study: Study, disk: Disk | None = None, gate: Gate | None = None
) -> Iterator[tuple[RoundJournal, dict[str, Site]]]:
    """Open every journal of a study and give the coordinator's, and the sites; a dead process lets go of its files."""
    with ExitStack() as stack:
        journal = RoundJournal(folder / "coordinator.journal", study, disk=disk)
        stack.callback(journal.close)
        sites = {}
        for name in study.sites:
            own = SiteJournal(folder / f"{name}.journal", study.digest, name, disk=disk)
            stack.callback(own.close)
            sites[name] = a_site(name, study, own, gate)
        yield journal, sites


def conducted(folder: Path, study: Study, disk: Disk | None = None, gate: Gate | None = None) -> Outcome:
    """Run a study whose journals lie in a folder, or go on with it."""
    with kept_in(folder, study, disk, gate) as (journal, sites):
        post = Post({name: site.handle for name, site in sites.items()})
        return conduct(study, post, key_of("coordinator"), public_keys(), journal=journal)  # type: ignore[arg-type]
