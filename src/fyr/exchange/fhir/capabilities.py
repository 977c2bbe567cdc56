"""What this server can do with FHIR, as a CapabilityStatement says it."""

from __future__ import annotations

from typing import Any, Final

from fyr.version import __version__

__all__ = ["capability_statement"]

_RELEASED: Final = "2026-11-26"
"""When what is said here last changed."""

_COUNT: Final = {"name": "_count", "type": "number", "documentation": "How many at most, 1 to 1000; the newest first"}
_SINCE: Final = {"name": "_since", "type": "date", "documentation": "What changed at or after this instant"}
_PATIENT: Final = {"name": "patient", "type": "reference", "documentation": "The hospital's number of the patient"}


def capability_statement(address: str) -> dict[str, Any]:
    """Return the statement of the server whose FHIR base address this is."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": _RELEASED,
        "kind": "instance",
        "software": {"name": "Fyr", "version": __version__},
        "implementation": {
            "description": "Research software, not a medical device: vital signs in, alarms and risks out",
            "url": address,
        },
        "fhirVersion": "4.0.1",
        "format": ["json", "application/fhir+json"],
        "rest": [
            {
                "mode": "server",
                "security": {"description": "A bearer token, made with `fyr serve token add`; or a person's session"},
                "resource": [
                    {
                        "type": "Observation",
                        "interaction": [{"code": "create"}],
                        "documentation": "Vital signs, consciousness, supplemental oxygen; taken, and not read back",
                    },
                    *(_searched(kind) for kind in ("DetectedIssue", "Communication", "RiskAssessment")),
                ],
                "interaction": [{"code": "transaction"}, {"code": "batch"}],
            }
        ],
    }


def _searched(kind: str) -> dict[str, Any]:
    return {"type": kind, "interaction": [{"code": "search-type"}], "searchParam": [_PATIENT, _SINCE, _COUNT]}
