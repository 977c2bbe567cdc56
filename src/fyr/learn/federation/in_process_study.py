"""A whole study in this process: a site for each table, a coordinator, and letters between them that are signed."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fyr.errors import BadInput
from fyr.learn.federation.coordinator import Outcome, conduct
from fyr.learn.federation.in_process import InProcess
from fyr.learn.federation.round_journal import RoundJournal
from fyr.learn.federation.site import Gate, Site
from fyr.learn.federation.site_journal import SiteJournal
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.study import Study

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

__all__ = ["JOURNAL", "StudyFolder", "conduct_in_process"]

JOURNAL: Final = "coordinator.journal"
"""The coordinator's journal in a study's folder."""
_SEED: Final = "seed"


@dataclass(frozen=True, slots=True)
class StudyFolder:
    """Where a study of this process lies, so that it can go on in the next one.

    Parameters
    ----------
    path : Path
    """

    path: Path

    @property
    def journal(self) -> Path:
        """The coordinator's journal."""
        return self.path / JOURNAL

    def site_journal(self, study: Study, site: str) -> Path:
        """Return a site's journal; its name is safe for any file system."""
        plain = re.sub(r"[^\w-]+", "-", site)[:60]
        return self.path / f"site-{study.sites.index(site) + 1}-{plain}.journal"

    def seed(self) -> bytes:
        """Return what this study's keys are made of, the same every time.

        Raises
        ------
        BadInput
            If the file was damaged.
        """
        kept = self.path / _SEED
        if not kept.exists():
            self.path.mkdir(parents=True, exist_ok=True)
            fresh = kept.with_name(f"{_SEED}.{os.getpid()}")
            file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            try:
                os.write(file, os.urandom(32))
                os.fsync(file)
            finally:
                os.close(file)
            fresh.replace(kept)
        seed = kept.read_bytes()
        if len(seed) != 32:
            raise BadInput("this is no seed of a study's keys", where=str(kept), mend="name another folder")
        return seed


def conduct_in_process(
    study: Study,
    tables: Mapping[str, SiteTable],
    *,
    folder: StudyFolder | None = None,
    gate_of: Callable[[str], Gate] | None = None,
    tell: Callable[[int, int, int], None] | None = None,
) -> Outcome:
    """Run a study over tables that lie here.

    Parameters
    ----------
    study : Study
    tables : mapping of str to SiteTable
        By site, one for each of the study's.
    folder : StudyFolder, optional
        Where every round is kept; a study that was cut off goes on from there.
    gate_of : callable, optional
        Gives a site's disclosure control.
    tell : callable, optional
        As :func:`~fyr.learn.federation.coordinator.conduct` takes it.
    """
    with _opened(study, folder) as (journal, site_journals, key_of):
        own = key_of("coordinator")
        keys = {name: key_of(f"site {name}") for name in study.sites}
        sites = {
            name: Site(
                tables[name],
                study,
                keys[name],
                own.public_key(),
                None if gate_of is None else gate_of(name),
                site_journals[name],
            )
            for name in study.sites
        }
        transport = InProcess({name: site.handle for name, site in sites.items()})
        known = {name: key.public_key() for name, key in keys.items()}
        return conduct(study, transport, own, known, journal=journal, tell=tell)


@contextmanager
def _opened(
    study: Study, folder: StudyFolder | None
) -> Iterator[tuple[RoundJournal, dict[str, SiteJournal], Callable[[str], Ed25519PrivateKey]]]:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    with ExitStack() as stack:
        journal = RoundJournal(None if folder is None else folder.journal, study)
        stack.callback(journal.close)
        sites: dict[str, SiteJournal] = {}
        for name in study.sites:
            kept = None if folder is None else folder.site_journal(study, name)
            sites[name] = SiteJournal(kept, study.digest, name)
            stack.callback(sites[name].close)
        seed = os.urandom(32) if folder is None else folder.seed()
        yield (
            journal,
            sites,
            lambda name: Ed25519PrivateKey.from_private_bytes(hashlib.sha256(seed + name.encode()).digest()),
        )
