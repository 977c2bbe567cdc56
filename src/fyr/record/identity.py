"""Who a patient is to Fyr, where the patient lies, and who is asking."""

from __future__ import annotations

import getpass
from dataclasses import dataclass

from fyr.errors import BadInput

__all__ = ["Access", "Encounter", "PatientId"]


@dataclass(frozen=True, slots=True, order=True)
class PatientId:
    """A hospital and that hospital's own id, always both: two hospitals' ids 1..n must not collide.

    Parameters
    ----------
    hospital : str
        The hospital's short name; without a slash.
    local : str
        The hospital's own identifier of the patient; without a slash.

    Raises
    ------
    BadInput
        If either part is empty, holds a slash, or begins or ends with white space.
    """

    hospital: str
    local: str

    def __post_init__(self) -> None:
        for part, name in ((self.hospital, "hospital"), (self.local, "local id")):
            if not part or "/" in part or part != part.strip():
                raise BadInput(
                    f"'{part}' cannot be a patient's {name}",
                    mend="give text without slashes and without surrounding spaces",
                )

    def __str__(self) -> str:
        return f"{self.hospital}/{self.local}"

    @classmethod
    def parse(cls, text: str) -> PatientId:
        """Read ``hospital/local``.

        >>> PatientId.parse("demo/17").local
        '17'
        """
        hospital, slash, local = text.partition("/")
        if not slash:
            raise BadInput(f"'{text}' names no hospital", mend="write the patient as HOSPITAL/ID")
        return cls(hospital, local)


@dataclass(frozen=True, slots=True)
class Encounter:
    """A stay: where the patient lay, from when, until when (``None``: still there).

    Times are microseconds UTC.
    """

    patient: PatientId
    ward: str
    bed: str
    start_us: int
    end_us: int | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """On whose behalf, in which role and why patient data is read or written; the audit trail keeps it."""

    person: str
    role: str
    purpose: str

    @classmethod
    def of_operating_system_user(cls, purpose: str) -> Access:
        """Act as the person signed in to this machine."""
        return cls(person=f"os:{getpass.getuser()}", role="operating-system user", purpose=purpose)
