"""A hospital's studies: what was proposed to it, what it decided, and how far each has come.

``studies/ID/`` in the hospital's home holds one study each:

``study.fyr``
    The study as all its sites have it.
``own.json``
    Who this hospital is in it, of which table, and what it would disclose (the forecast), made before anyone decides.
``decision.json``
    Who approved or declined it, when and why. An approval is of the study's digest: of another study it says nothing.
``coordinator.journal``, ``site-….journal``
    The rounds, where this hospital coordinates or takes part.

``disclosure/`` holds the one ledger of all studies, and the secret that its keys are made with.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from fyr.clock import Clock, SystemClock, to_iso
from fyr.errors import BadInput, NotPermitted, ServiceUnavailable
from fyr.learn.federation.in_process_study import JOURNAL
from fyr.learn.federation.study import Study

__all__ = ["DeskStudy", "StudyDesk"]

_STUDY: Final = "study.fyr"
_OWN: Final = "own.json"
_DECISION: Final = "decision.json"
_ID: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,127}")
_NO_ID: Final = re.compile(r"[^a-z0-9.]+")

Decided = Literal["approved", "declined"]


@dataclass(frozen=True, slots=True, eq=False)
class DeskStudy:
    """One study of a hospital.

    Parameters
    ----------
    id : str
        The name of its folder.
    folder : Path
    study : Study or None
        None where only a coordinator's journal is there.
    own : dict or None
        ``site``, ``table``, ``proposed_at`` and ``forecast``.
    decision : dict or None
        ``decision``, ``by``, ``at``, ``reason`` and ``digest``.
    """

    id: str
    folder: Path
    study: Study | None
    own: dict[str, Any] | None
    decision: dict[str, Any] | None

    @property
    def approved(self) -> bool:
        """Whether exactly this study was approved here."""
        return (
            self.study is not None
            and self.decision is not None
            and self.decision["decision"] == "approved"
            and self.decision["digest"] == self.study.digest
        )

    @property
    def journal(self) -> Path | None:
        """The coordinator's journal, where it is kept here."""
        path = self.folder / JOURNAL
        return path if path.is_file() else None


class StudyDesk:
    """The studies in one home.

    Parameters
    ----------
    home : Path
        The folder of the record's files.
    clock : Clock, optional
    """

    def __init__(self, home: Path, clock: Clock | None = None) -> None:
        self._home, self._clock = home, clock or SystemClock()

    @property
    def folder(self) -> Path:
        """Where the studies lie."""
        return self._home / "studies"

    @property
    def ledger(self) -> Path:
        """Where the ledger of all disclosures lies, whether or not there is one yet."""
        return self._home / "disclosure" / "ledger.sqlite"

    def secret(self) -> bytes:
        """Return what patients' keys in the ledger are made with; drawn when it is first asked for.

        Raises
        ------
        BadInput
            If it was damaged: without it the ledger cannot tell patients apart.
        ServiceUnavailable
            If it cannot be written.
        """
        path = self._home / "disclosure" / "secret"
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not path.exists():
                fresh = path.with_name(f"secret.{os.getpid()}")
                with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                    file.write(os.urandom(32))
                    file.flush()
                    os.fsync(file.fileno())
                try:
                    os.link(fresh, path)
                except FileExistsError:
                    pass
                finally:
                    fresh.unlink()
            secret = path.read_bytes()
        except OSError as problem:
            raise ServiceUnavailable(f"the secret cannot be kept: {problem.strerror}", where=str(path)) from None
        if len(secret) != 32:
            raise BadInput("this is no secret of a ledger", where=str(path), mend="bring it back from the backup")
        return secret

    def propose(self, study: Study, site: str, table: str, forecast: dict[str, Any]) -> DeskStudy:
        """Put a study before this hospital.

        Parameters
        ----------
        study : Study
        site : str
            Who this hospital is in it.
        table : str
            What its rows are called, for people; not a patient's name.
        forecast : dict
            As :func:`~fyr.learn.federation.disclosure.forecast.forecast` makes it.

        Raises
        ------
        BadInput
            If the site is not one of the study's.
        NotPermitted
            If it was decided already.
        """
        if site not in study.sites:
            raise BadInput(f"'{site}' is no site of this study", where=study.name, mend=f"say {', '.join(study.sites)}")
        name = f"{_NO_ID.sub('-', study.name.lower()).strip('-.') or 'study'}-{study.digest[:8]}"
        folder = self.folder / name
        found = self.read(name) if (folder / _STUDY).exists() else None
        if found is not None and found.decision is not None:
            raise NotPermitted(f"this study was {found.decision['decision']} already", where=name)
        own = {"site": site, "table": table, "proposed_at": to_iso(self._clock.now_us()), "forecast": forecast}
        self._write(folder / _OWN, json.dumps(own, indent=2).encode())
        self._write(folder / _STUDY, study.encode())
        return self.read(name)

    def decide(self, name: str, decision: Decided, by: str, reason: str = "") -> DeskStudy:
        """Keep what this hospital decided; once.

        Raises
        ------
        BadInput
            If there is no such proposal.
        NotPermitted
            If it was decided already, or the forecast says that this hospital's rules would refuse it.
        """
        found = self.read(name)
        if found.study is None or found.own is None:
            raise BadInput("nothing was proposed here", where=name)
        if found.decision is not None:
            raise NotPermitted(f"this study was {found.decision['decision']} already", where=name)
        refused = found.own["forecast"]["would_refuse"]
        if decision == "approved" and refused is not None:
            raise NotPermitted(
                f"the rules of disclosure refuse it: {refused}", where=name, mend="decline it, or ask for another study"
            )
        kept = {
            "decision": decision,
            "by": by,
            "at": to_iso(self._clock.now_us()),
            "reason": reason,
            "digest": found.study.digest,
        }
        self._write(found.folder / _DECISION, json.dumps(kept, indent=2).encode(), new=True)
        return self.read(name)

    def approved(self, digest: str) -> DeskStudy | None:
        """Return the approved study of a digest."""
        return next((one for one in self.all()[0] if one.approved and one.study and one.study.digest == digest), None)

    def all(self) -> tuple[list[DeskStudy], list[str]]:
        """Return all studies, and what is wrong with those that cannot be read."""
        found: list[DeskStudy] = []
        problems: list[str] = []
        if not self.folder.is_dir():
            return found, problems
        for folder in sorted(self.folder.iterdir()):
            if not ((folder / _STUDY).is_file() or (folder / JOURNAL).is_file()):
                continue
            try:
                found.append(self.read(folder.name))
            except BadInput as problem:
                problems.append(str(problem))
        return found, problems

    def __contains__(self, name: str) -> bool:
        folder = self.folder / name
        return bool(_ID.fullmatch(name)) and ((folder / _STUDY).is_file() or (folder / JOURNAL).is_file())

    def read(self, name: str) -> DeskStudy:
        """Return a study.

        Raises
        ------
        BadInput
            If there is none of that name, or it is damaged.
        """
        if name not in self:
            raise BadInput(f"there is no study '{name}'", where=str(self.folder))
        folder = self.folder / name
        path = folder / _STUDY
        study = Study.decode(path.read_bytes()) if path.is_file() else None
        return DeskStudy(name, folder, study, _read(folder / _OWN), _read(folder / _DECISION))

    @staticmethod
    def _write(path: Path, data: bytes, *, new: bool = False) -> None:
        """Write a file, whole or not at all; `new` refuses to replace one."""
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            number, fresh = tempfile.mkstemp(dir=path.parent, prefix=".new-")
            try:
                with os.fdopen(number, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                if new:
                    os.link(fresh, path)
                else:
                    Path(fresh).replace(path)
                    return
            except FileExistsError:
                raise NotPermitted("this study was decided already", where=path.parent.name) from None
            finally:
                Path(fresh).unlink(missing_ok=True)
        except OSError as problem:
            raise ServiceUnavailable(f"it cannot be written: {problem.strerror}", where=str(path)) from None


def _read(path: Path) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    try:
        found = json.loads(path.read_bytes())
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise BadInput("the file is damaged", where=str(path), mend="bring it back from the backup")
    return found
