"""Sends alarms to a FHIR server, by conditional updates: what is sent twice is there once."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import orjson

from fyr.errors import BadInput, Refused, ServiceUnavailable
from fyr.exchange.fhir.alarms import communication, detected_issue
from fyr.exchange.fhir.parts import ALARM_EVENT, NOTIFICATION
from fyr.exchange.outgoing import OutgoingAlarm
from fyr.units import convert

__all__ = ["FhirSink"]

_FHIR_JSON: Final = "application/fhir+json"
_LATER: Final = frozenset({401, 403, 408, 409, 412, 425, 429})
"""Answers of the 400s that another try may mend: the token is being renewed, the receiver is busy."""


class FhirSink:
    """Puts a DetectedIssue and a Communication for each alarm.

    Parameters
    ----------
    name : str
    url : str
        The base address of the FHIR server, ``https://fhir.example.org/r4``.
    token_file : str
        A file that holds a bearer token; read again for each alarm, so that it may be renewed.
    patient_system : str
        The system of the hospital's own patient numbers; ``urn:fyr:patient:HOSPITAL`` by default.
    timeout : str
        How long to wait for the server: ``10 s``.
    communications : bool
        Whether to put a Communication too.

    Raises
    ------
    BadInput
        If the address is none, or a token would cross the network in the clear.
    """

    def __init__(
        self,
        name: str,
        *,
        url: str,
        token_file: str = "",
        patient_system: str = "",
        timeout: str = "10 s",
        communications: bool = True,
    ) -> None:
        address = urlsplit(url)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise BadInput(f"'{url}' is no web address", where=name, mend='write url = "https://HOST/PATH"')
        if token_file and address.scheme == "http" and address.hostname not in ("127.0.0.1", "::1", "localhost"):
            raise BadInput("a token would cross the network in the clear", where=name, mend="give an https address")
        timeout_s = _seconds(timeout, name)
        self.name = name
        self._base = url.rstrip("/")
        self._token_file = Path(token_file) if token_file else None
        self._patient_system = patient_system
        self._communications = communications
        self._client = httpx.Client(timeout=timeout_s, follow_redirects=False)

    def send(self, alarm: OutgoingAlarm) -> None:
        """Put an alarm; when it returns, the server has it.

        Raises
        ------
        ServiceUnavailable
            If the server is not there, did not answer, or says that it cannot now.
        Refused
            If the server answered that it will not take this alarm.
        """
        self._put(detected_issue(alarm, self._patient_system), NOTIFICATION, alarm.notification)
        if self._communications:
            self._put(communication(alarm, self._patient_system), ALARM_EVENT, alarm.id)

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def _put(self, resource: dict[str, Any], system: str, value: str) -> None:
        kind = resource["resourceType"]
        # A conditional update on a server that gives ids of its own must not bring one.
        body = orjson.dumps({key: part for key, part in resource.items() if key != "id"})
        headers = {"Content-Type": _FHIR_JSON, "Accept": _FHIR_JSON, **self._authorization()}
        try:
            answer = self._client.put(
                f"{self._base}/{kind}", params={"identifier": f"{system}|{value}"}, content=body, headers=headers
            )
        except httpx.HTTPError as problem:
            raise ServiceUnavailable(
                f"the FHIR server did not answer: {type(problem).__name__}", where=self.name, mend="it is tried again"
            ) from None
        if answer.is_success:
            return
        said = f"the FHIR server answered {answer.status_code} to a {kind}"
        if answer.status_code >= 500 or answer.is_redirect or answer.status_code in _LATER:
            raise ServiceUnavailable(said, where=self.name, mend="it is tried again; see the server's own log")
        raise Refused(said, where=self.name, mend="see the server's own log")

    def _authorization(self) -> dict[str, str]:
        if self._token_file is None:
            return {}
        try:
            token = self._token_file.read_text(encoding="utf-8").strip()
        except OSError as problem:
            raise ServiceUnavailable(
                f"the token cannot be read: {problem.strerror}", where=str(self._token_file), mend="put it there"
            ) from None
        return {"Authorization": f"Bearer {token}"}


def _seconds(text: str, name: str) -> float:
    number, _, unit = text.partition(" ")
    try:
        seconds = convert(float(number), unit.strip(), "s")
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 3600:
        raise BadInput(f"'{text}' is no time to wait", where=name, mend='write timeout = "10 s"')
    return seconds
