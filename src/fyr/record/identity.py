"""Who a patient is to Fyr, where the patient lies, and who is asking."""

from __future__ import annotations

import getpass
import re
from dataclasses import dataclass
from typing import Final

from fyr.errors import BadInput

__all__ = ["Access", "Encounter", "PatientId", "local_of_number"]

_LIKE_AN_ESCAPE: Final = re.compile("~(?=[01])")
_ESCAPE: Final = re.compile("~[01]")


@dataclass(frozen=True, slots=True, order=True)
class PatientId:
    """A hospital and that hospital's own id, always both: two hospitals' ids 1..n must not collide.

    Parameters
    ----------
    hospital : str
        The hospital's short name; without a slash.
    local : str
        The hospital's own identifier of the patient; a slash of it stands as ``~1`` (:meth:`of_number`).

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

    @property
    def number(self) -> str:
        """The patient's number as the hospital writes it.

        >>> PatientId("demo", "008F~1g234").number
        '008F/g234'
        """
        return _ESCAPE.sub(lambda found: "~" if found[0] == "~0" else "/", self.local)

    @classmethod
    def of_number(cls, hospital: str, number: str) -> PatientId:
        """Return who has a number of a hospital's, which may hold slashes: addresses and file names cannot.

        A slash is kept as ``~1``, and a tilde that would be read so as ``~0`` (RFC 6901, section 3).

        >>> str(PatientId.of_number("demo", "008F/g234"))
        'demo/008F~1g234'
        """
        return cls(hospital, local_of_number(number))

    @classmethod
    def parse(cls, text: str) -> PatientId:
        """Read ``hospital/local``; every slash but the first is the number's.

        >>> PatientId.parse("demo/17").local
        '17'
        >>> PatientId.parse("demo/008F/g234").local
        '008F~1g234'
        """
        hospital, slash, local = text.partition("/")
        if not slash:
            raise BadInput(f"'{text}' names no hospital", mend="write the patient as HOSPITAL/ID")
        return cls(hospital, local.replace("/", "~1"))


def local_of_number(number: str) -> str:
    """Return how a hospital's number of a patient is kept."""
    return _LIKE_AN_ESCAPE.sub("~0", number).replace("/", "~1")


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
