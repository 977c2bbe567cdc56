"""Who may do what: one small table, and the seam for care relations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from fyr.errors import NotPermitted
from fyr.record import Access, PatientId

__all__ = [
    "PERMISSIONS",
    "CareRelations",
    "MachineRole",
    "Permission",
    "Person",
    "Role",
    "WholeHospital",
    "may",
    "require",
]


class Role(StrEnum):
    """What a person is to the hospital."""

    NURSE = "nurse"
    PHYSICIAN = "physician"
    PHYSICIST = "physicist"
    RESEARCHER = "researcher"
    ADMINISTRATOR = "administrator"


class MachineRole(StrEnum):
    """What a machine is to the hospital: it signs in with a token, and no account has such a role."""

    SENDER = "sender"
    READER = "reader"
    IMAGE_READER = "image reader"
    ARCHIVE = "archive"


class Permission(StrEnum):
    """One thing that a role may or may not do."""

    READ_PATIENTS = "read_patients"
    ACT_ON_NOTIFICATIONS = "act_on_notifications"
    SET_OWN_LIMITS = "set_own_limits"
    WRITE_FACTS = "write_facts"
    """Clinical facts that models read, and their answers kept as findings."""
    SET_STAFF_ON_DUTY = "set_staff_on_duty"
    READ_MODELS = "read_models"
    READ_DEVICES = "read_devices"
    READ_AUDIT = "read_audit"
    READ_ALARMS = "read_alarms"
    """Alarms and risks as FHIR, and no more of a patient."""
    SEND_SAMPLES = "send_samples"
    READ_IMAGES = "read_images"
    """DICOM objects as they came, with all that stands in them: names too."""
    SEND_IMAGES = "send_images"
    DECIDE_STUDIES = "decide_studies"
    """Whether this hospital takes part in a federated study."""


PERMISSIONS: Final[Mapping[Role | MachineRole, frozenset[Permission]]] = {
    Role.NURSE: frozenset(
        {
            Permission.READ_PATIENTS,
            Permission.READ_ALARMS,
            Permission.ACT_ON_NOTIFICATIONS,
            Permission.SET_STAFF_ON_DUTY,
            Permission.READ_DEVICES,
            Permission.READ_MODELS,
            Permission.READ_IMAGES,
        }
    ),
    Role.PHYSICIAN: frozenset(
        {
            Permission.READ_PATIENTS,
            Permission.READ_ALARMS,
            Permission.ACT_ON_NOTIFICATIONS,
            Permission.SET_OWN_LIMITS,
            Permission.WRITE_FACTS,
            Permission.SET_STAFF_ON_DUTY,
            Permission.READ_DEVICES,
            Permission.READ_MODELS,
            Permission.READ_IMAGES,
            Permission.SEND_IMAGES,
        }
    ),
    Role.PHYSICIST: frozenset(
        {
            Permission.READ_PATIENTS,
            Permission.READ_ALARMS,
            Permission.READ_MODELS,
            Permission.READ_IMAGES,
            Permission.SEND_IMAGES,
        }
    ),
    Role.RESEARCHER: frozenset({Permission.READ_PATIENTS, Permission.READ_ALARMS, Permission.READ_MODELS}),
    Role.ADMINISTRATOR: frozenset(
        {Permission.READ_AUDIT, Permission.READ_DEVICES, Permission.READ_MODELS, Permission.DECIDE_STUDIES}
    ),
    MachineRole.SENDER: frozenset({Permission.SEND_SAMPLES}),
    MachineRole.READER: frozenset({Permission.READ_ALARMS}),
    MachineRole.IMAGE_READER: frozenset({Permission.READ_IMAGES}),
    MachineRole.ARCHIVE: frozenset({Permission.READ_IMAGES, Permission.SEND_IMAGES}),
}
"""The whole table. An administrator runs the house and reads who looked at what; that needs no look at a patient.
That a physician sets a patient's own limits and writes
clinical facts, and no nurse, is Fyr's own choice, and that a researcher reads no DICOM objects: names stand in them."""


_PURPOSE: Final[Mapping[Role | MachineRole, str]] = {
    Role.NURSE: "care",
    Role.PHYSICIAN: "care",
    Role.PHYSICIST: "care",
    Role.RESEARCHER: "research",
    Role.ADMINISTRATOR: "administration",
    MachineRole.SENDER: "care",
    MachineRole.READER: "care",
    MachineRole.IMAGE_READER: "care",
    MachineRole.ARCHIVE: "care",
}


@dataclass(frozen=True, slots=True)
class Person:
    """Someone, or a machine, whose identity is vouched for.

    Parameters
    ----------
    name : str
        What they sign in with; ``token:NAME`` for a machine.
    title : str
        How colleagues read it.
    role : Role or MachineRole
    """

    name: str
    title: str
    role: Role | MachineRole

    def access(self) -> Access:
        """Return on whose behalf, in which role and why: what the audit trail keeps."""
        return Access(person=self.name, role=self.role.value, purpose=_PURPOSE[self.role])


class CareRelations(Protocol):
    """Decides whether a person may see a patient at all; a hospital's own register of care relations fits here."""

    def may_see(self, person: Person, patient: PatientId) -> bool:
        """Return whether `person` has a relation to `patient` that allows reading."""
        ...


class WholeHospital:
    """Everyone whose role reads patients sees every patient of the hospital."""

    def may_see(self, person: Person, patient: PatientId) -> bool:  # noqa: ARG002
        """Return whether the person's role reads patients, their alarms or their images."""
        reads = (Permission.READ_PATIENTS, Permission.READ_ALARMS, Permission.READ_IMAGES)
        return any(may(person, permission) for permission in reads)


def may(person: Person, permission: Permission) -> bool:
    """Return whether the person's role has the permission."""
    return permission in PERMISSIONS[person.role]


def require(person: Person, permission: Permission) -> None:
    """Stop here unless the person's role has the permission.

    Raises
    ------
    NotPermitted
        If it has not; the message names the roles that do.
    """
    if not may(person, permission):
        others = ", ".join(role.value for role in Role if permission in PERMISSIONS[role])
        raise NotPermitted(
            f"the role {person.role.value} may not {permission.value.replace('_', ' ')}",
            mend=f"ask a colleague with one of these: {others}"
            if others
            else "use a token that may: fyr serve token add",
        )
