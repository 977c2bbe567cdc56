"""Who may connect: passwords and certificates."""

from __future__ import annotations

import hmac
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

from fyr.errors import BadInput
from fyr.exchange.mqtt.packets import ACCEPTED, BAD_CREDENTIALS, NOT_AUTHORISED, Connect

__all__ = ["Credentials", "is_loopback", "server_context"]


@dataclass(frozen=True, slots=True)
class Credentials:
    """The name and the password that every gateway must give; none: whoever may connect is welcome."""

    user: str = ""
    password: bytes = b""

    def check(self, connect: Connect) -> int:
        """Return the code of CONNACK; how long it takes does not tell how much of a password was right."""
        if not self.user:
            return ACCEPTED
        if connect.user is None or connect.password is None:
            return NOT_AUTHORISED
        is_user = hmac.compare_digest(connect.user.encode(), self.user.encode())
        is_password = hmac.compare_digest(connect.password, self.password)
        return ACCEPTED if is_user and is_password else BAD_CREDENTIALS


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can connect to an address.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def server_context(certificate: str, key: str, client_ca: str) -> ssl.SSLContext | None:
    """Make the context of a TLS server, or ``None`` where no certificate is named.

    Parameters
    ----------
    certificate, key : str
        PEM files of the server.
    client_ca : str
        The authority whose certificate every client must show; empty: none has to.

    Raises
    ------
    BadInput
        If a file cannot be read, or they do not belong together.
    """
    if not certificate:
        if key or client_ca:
            raise BadInput("there is no certificate", where="certificate", mend="name certificate and key")
        return None
    for option, path in (("certificate", certificate), ("key", key), ("client_ca", client_ca)):
        if path and not Path(path).expanduser().is_file():
            raise BadInput("there is no such file", where=f"{option} {path}", mend="check the path")
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(Path(certificate).expanduser(), Path(key).expanduser() if key else None)
        if client_ca:
            context.load_verify_locations(Path(client_ca).expanduser())
            context.verify_mode = ssl.CERT_REQUIRED
    except (ssl.SSLError, OSError) as problem:
        raise BadInput(
            f"the certificate cannot be used ({problem.args[-1]})",
            where=certificate,
            mend="give PEM files; the key must be the certificate's own, without a pass phrase",
        ) from None
    return context
