"""Sends alarms to an alarm manager as IHE PCD-04 over MLLP, and waits for each answer."""

from __future__ import annotations

import ssl
from pathlib import Path

from fyr.clock import SECOND_US
from fyr.errors import BadInput, Refused, ServiceUnavailable
from fyr.exchange.hl7v2.client import MllpConnection
from fyr.exchange.hl7v2.message import NotTaken, read_message
from fyr.exchange.hl7v2.options import check_numbers, check_texts, read_duration_us
from fyr.exchange.hl7v2.pcd04 import write_alarm
from fyr.exchange.outgoing import OutgoingAlarm

__all__ = ["Pcd04Sink"]


class Pcd04Sink:
    """A sink that keeps one connection to an alarm manager.

    Parameters
    ----------
    name : str
    host : str
    port : int
    timeout : str
        How long to wait for the connection and for an answer: ``10 s``.
    application, facility, receiver : str
        MSH-3, MSH-4 and MSH-5 of what is sent.
    ca : str
        A PEM file with the authority of the receiver's certificate: with it TLS is spoken.
    certificate, key : str
        PEM files of our own, where the receiver asks for them.

    Raises
    ------
    BadInput
        If an option cannot be used.
    """

    def __init__(
        self,
        name: str,
        *,
        host: str,
        port: int = 2575,
        timeout: str = "10 s",
        application: str = "FYR",
        facility: str = "",
        receiver: str = "",
        ca: str = "",
        certificate: str = "",
        key: str = "",
    ) -> None:
        check_texts(
            {
                "host": host,
                "timeout": timeout,
                "application": application,
                "facility": facility,
                "receiver": receiver,
                "ca": ca,
                "certificate": certificate,
                "key": key,
            },
            {},
        )
        check_numbers({"port": (port, 1, 65535)})
        self.name = name
        if not host:
            raise BadInput("the receiver has no address", where="host", mend="name its host")
        self._host, self._port = host, port
        self._timeout_s = read_duration_us(timeout, "timeout") / SECOND_US
        self._names = {"application": application, "facility": facility, "receiver": receiver}
        self._context = _tls(ca, certificate, key)
        self._connection: MllpConnection | None = None

    def send(self, alarm: OutgoingAlarm) -> None:
        """Send one alarm; returns when the receiver has taken it.

        Raises
        ------
        ServiceUnavailable
            If the receiver is not there, did not answer, answered something else, or asks to be sent it again.
        Refused
            If the receiver answered that it does not take this alarm.
        """
        raw = write_alarm(alarm, **self._names)
        try:
            if self._connection is None:
                self._connection = MllpConnection(
                    self._host, self._port, timeout_s=self._timeout_s, context=self._context
                )
            self._connection.send(raw)
            answer = self._connection.receive()
        except ServiceUnavailable:
            self.close()
            raise
        self._judge(answer, alarm)

    def close(self) -> None:
        """End the connection; the next alarm opens a new one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _judge(self, answer: bytes, alarm: OutgoingAlarm) -> None:
        where = f"{self.name} ({self._host}:{self._port})"
        try:
            message = read_message(answer)
        except NotTaken as unreadable:
            self.close()
            raise ServiceUnavailable(f"the answer cannot be read: {unreadable.problem.what}", where=where) from None
        msa = message.first("MSA") or ()
        code, about, text = (message.text(msa, number) for number in (1, 2, 3))
        if about != alarm.id or code[1:] not in {"A", "E", "R"}:
            # An answer to something else: what comes next on this connection could be taken for the wrong alarm's.
            self.close()
            raise ServiceUnavailable(f"the answer '{code[:2]}' is about another message", where=where)
        err = message.first("ERR") or ()
        if code[1] == "A":
            return
        if message.text(err, 3) in {"206", "207"}:
            raise ServiceUnavailable(f"the receiver cannot take it now: {text[:200]}", where=where)
        raise Refused(f"the receiver answered {code}: {text[:200]}", where=where)


def _tls(ca: str, certificate: str, key: str) -> ssl.SSLContext | None:
    if not ca:
        if certificate or key:
            raise BadInput("TLS needs the receiver's authority", where="ca", mend="name its PEM file")
        return None
    for path in filter(None, (ca, certificate, key)):
        if not Path(path).is_file():
            raise BadInput("there is no such file", where=path, mend="name a PEM file")
    try:
        context = ssl.create_default_context(cafile=ca)
        if certificate:
            context.load_cert_chain(certificate, key or None)
    except (ssl.SSLError, OSError) as error:
        raise BadInput(f"TLS cannot be set up: {error}", where=ca, mend="check the PEM files") from None
    return context
