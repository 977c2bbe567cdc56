"""The policy of one patient: the ward's, bent by what the record says and by what a person has set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fyr.attention.finding_condition import select_by_findings
from fyr.attention.override import Override, Revocation, apply_overrides
from fyr.attention.policy import Policy
from fyr.record import Finding, Observation, PatientId

__all__ = ["patient_policy"]


def patient_policy(
    policy: Policy,
    patient: PatientId,
    at_us: int,
    *,
    findings: Iterable[Finding] = (),
    observations: Iterable[Observation] = (),
    overrides: Sequence[Override | Revocation] = (),
) -> Policy:
    """Return the limits that hold for a patient at a time.

    Parameters
    ----------
    policy : Policy
        The ward's.
    patient : PatientId
    at_us : int
        Microseconds UTC.
    findings, observations : iterable
        What the record knows; the policy's ``when_finding`` entries read it.
    overrides : sequence of Override or Revocation
        What people have set and revoked; it goes before what a finding selects.

    Raises
    ------
    BadInput
        If a change goes further than it may.
    """
    selected = select_by_findings(
        policy, policy.when_finding, patient, findings=findings, observations=observations, at_us=at_us
    )
    mine = [one for one in overrides if one.patient == patient]
    return apply_overrides(policy, [*selected, *mine], at_us)
