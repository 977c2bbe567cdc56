"""A small certificate authority for one study (X.509, RFC 5280): it names the coordinator and the sites, and expires.

TLS keys are ECDSA on P-256, which every TLS library speaks; envelopes are signed with keys of their own (Ed25519).
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fyr.errors import BadInput, NotPermitted

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.x509 import Certificate, GeneralName, Name

__all__ = [
    "Issued",
    "authority",
    "fingerprint",
    "issue",
    "pem_of",
    "private_key",
    "read_certificate",
    "request",
    "valid",
]

_BACKDATED: Final = dt.timedelta(minutes=10)
"""Clocks of hospitals differ: a certificate that holds from now on would not hold yet at the next one."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate and its private key, both in PEM."""

    certificate: bytes
    key: bytes


def authority(study: str, days: int) -> Issued:
    """Make a certificate authority that can sign for sites and coordinator, and for no further authority."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256

    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"Fyr study {study}")
    start = _now()
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start - _BACKDATED)
        .not_valid_after(start + dt.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )
    return Issued(pem_of(certificate), _key_pem(key))


def request(name: str) -> Issued:
    """Return a signing request (as ``certificate``) with a new key, made where the key will stay."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding

    key = ec.generate_private_key(ec.SECP256R1())
    asked = x509.CertificateSigningRequestBuilder().subject_name(_name(name)).sign(key, SHA256())
    return Issued(asked.public_bytes(Encoding.PEM), _key_pem(key))


def issue(
    asked: bytes, name: str, ca: Issued, *, days: int, hosts: tuple[str, ...] = (), now: dt.datetime | None = None
) -> bytes:
    """Return the certificate (PEM) of a signing request.

    Parameters
    ----------
    asked : bytes
        PEM; only its public key is taken over.
    name : str
        Who the certificate is of.
    ca : Issued
    days : int
        It never outlives the authority.
    hosts : tuple of str
        Names or addresses of a server; none: a client's certificate.
    now : datetime, optional

    Raises
    ------
    BadInput
        If it is no sound request.
    NotPermitted
        If the authority has expired.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from cryptography.x509.oid import ExtendedKeyUsageOID

    try:
        csr = x509.load_pem_x509_csr(asked)
        sound = csr.is_signature_valid
    except ValueError:
        sound = False
    if not sound:
        raise BadInput("this is no sound request for a certificate", where=name, mend="have the site make it again")
    issuer = read_certificate(ca.certificate, "the study's authority")
    signer = load_pem_private_key(ca.key, password=None)
    start = now or _now()
    end = min(start + dt.timedelta(days=days), issuer.not_valid_after_utc)
    if now is None:
        valid(issuer, "the study's certificate authority")
    role = ExtendedKeyUsageOID.SERVER_AUTH if hosts else ExtendedKeyUsageOID.CLIENT_AUTH
    public = csr.public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(issuer.subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start - _BACKDATED)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([role]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key()),  # type: ignore[arg-type]
            critical=False,
        )
    )
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName([_host(host) for host in hosts]), critical=False)
    return pem_of(builder.sign(signer, SHA256()))  # type: ignore[arg-type]


def read_certificate(pem: bytes, whose: str) -> Certificate:
    """Return a certificate of its PEM.

    Raises
    ------
    BadInput
        If it is none.
    """
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificate(pem)
    except ValueError:
        raise BadInput("this is no certificate in PEM", where=whose) from None


def valid(certificate: Certificate, whose: str, now: dt.datetime | None = None) -> None:
    """Refuse a certificate outside of its days.

    Raises
    ------
    NotPermitted
        If it has expired, or does not hold yet.
    """
    now = now or _now()
    if now > certificate.not_valid_after_utc:
        raise NotPermitted(
            f"the certificate expired on {certificate.not_valid_after_utc:%Y-%m-%d}",
            where=whose,
            mend="have it renewed: fyr learn study-keys admit",
        )
    if now < certificate.not_valid_before_utc:
        raise NotPermitted(
            f"the certificate holds from {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC",
            where=whose,
            mend="set this machine's clock",
        )


def fingerprint(der: bytes) -> str:
    """Return the SHA-256 of a certificate in DER, in hexadecimal digits."""
    import hashlib

    return hashlib.sha256(der).hexdigest()


def pem_of(certificate: Certificate) -> bytes:
    """Return a certificate's PEM."""
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM)


def private_key(pem: bytes, whose: str) -> EllipticCurvePrivateKey:
    """Return an ECDSA key of its PEM.

    Raises
    ------
    BadInput
        If it is none.
    """
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, EllipticCurvePrivateKey):
        raise BadInput("this is no TLS key in PEM", where=whose)
    return key


def _key_pem(key: EllipticCurvePrivateKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _name(common: str) -> Name:
    from cryptography import x509

    # A common name is at most 64 characters long (RFC 5280, appendix A).
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common[:64])])


def _host(host: str) -> GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
