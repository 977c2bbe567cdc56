"""The keys of a study's parties, and how a site becomes one of them.

A site makes its keys where they stay (:meth:`SiteKeys.create`) and sends a request; the coordinator admits it
(:meth:`CoordinatorKeys.admit`) and sends back an admission; the site takes that in (:meth:`SiteKeys.accept`). Neither
document is secret; that they are whose they seem to be, people say to each other by the fingerprints.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from fyr.errors import BadInput, NotPermitted
from fyr.learn.federation.carriers.cards import COORDINATOR, Card, own_name, signed_document, verified_document
from fyr.learn.federation.carriers.certificates import Issued, authority, fingerprint, issue, read_certificate, request
from fyr.learn.federation.carriers.whole_files import read_private, write_new_private, write_whole

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

__all__ = ["CoordinatorKeys", "SiteKeys", "certificate_fingerprint", "server_address"]

_REQUEST: Final = "request to join a study"
_ADMISSION: Final = "admission to a study"
_SIGNING, _BOX, _TLS, _CA = "signing.pem", "box.pem", "tls.pem", "authority.pem"


@dataclass(frozen=True, slots=True)
class _Private:
    signing: Ed25519PrivateKey
    box: X25519PrivateKey


class _PrivateHalf:
    """What never leaves a party's folder; read when it is needed, and kept nowhere else."""

    __slots__ = ()
    folder: Path

    @property
    def signing(self) -> Ed25519PrivateKey:
        """The key of its envelopes."""
        return _read(self.folder).signing

    @property
    def box(self) -> X25519PrivateKey:
        """The key that opens files for it."""
        return _read(self.folder).box

    @property
    def tls_key(self) -> Path:
        """Where its TLS key is."""
        read_private(self.folder / _TLS)
        return self.folder / _TLS


@dataclass(frozen=True, slots=True)
class SiteKeys(_PrivateHalf):
    """A site's keys.

    Parameters
    ----------
    folder : Path
    card : Card
        Its own; with a certificate once it is admitted.
    coordinator : Card or None
        None until it is admitted.
    authority : str
        The study's certificate authority in PEM.
    address : str
        Of the coordinator: ``https://host:port``.
    study : str
        The study's name, as the coordinator gave it.
    """

    folder: Path
    card: Card
    coordinator: Card | None = None
    authority: str = ""
    address: str = ""
    study: str = ""

    @classmethod
    def create(cls, folder: Path, name: str) -> SiteKeys:
        """Make a site's keys and its request, ``request.json``.

        Raises
        ------
        BadInput
            If the name cannot be one.
        NotPermitted
            If there are keys already.
        """
        asked = request(own_name(name))
        private = _make(folder)
        write_new_private(folder / _TLS, asked.key)
        card = _card(name, private)
        content = {"site": card.as_dict(), "csr": asked.certificate.decode("ascii")}
        write_whole(folder / "request.json", signed_document(_REQUEST, content, private.signing))
        return cls(folder, card)

    @classmethod
    def open(cls, folder: Path) -> SiteKeys:
        """Read a site's keys.

        Raises
        ------
        BadInput
            If they are no site's, or damaged.
        NotPermitted
            If a private key is missing or readable for others.
        """
        private = _read(folder)
        try:
            asked = (folder / "request.json").read_bytes()
        except OSError:
            raise BadInput("these are no site's keys", where=str(folder), mend="see fyr learn study-keys") from None
        _, card = verified_document(_REQUEST, asked, "site", str(folder / "request.json"))
        if card.signing != private.signing.public_key().public_bytes_raw():
            raise BadInput("the request is of other keys", where=str(folder))
        keys = cls(folder, card)
        place = folder / "admission.json"
        return keys._with(place.read_bytes(), str(place)) if place.exists() else keys

    @property
    def known_coordinator(self) -> Card:
        """The coordinator.

        Raises
        ------
        NotPermitted
            If the site has not been admitted.
        """
        if self.coordinator is None:
            raise NotPermitted(
                f"{self.card.name} has not been admitted to a study yet",
                where=str(self.folder),
                mend="send request.json to the coordinator, then: fyr learn study-keys accept",
            )
        return self.coordinator

    def accept(self, admission: bytes, where: str) -> SiteKeys:
        """Take in the coordinator's admission; a later one (a new certificate) replaces it.

        Raises
        ------
        BadInput
            If it is none, or another site's.
        NotPermitted
            If its signature does not hold, or it is of another coordinator than before.
        """
        admitted = self._with(admission, where)
        before = self.coordinator
        if before is not None and before.signing != admitted.known_coordinator.signing:
            raise NotPermitted(
                "this admission is of another coordinator than the one before",
                where=where,
                mend="make keys of their own for each study",
            )
        write_whole(self.folder / "admission.json", admission)
        write_whole(self.folder / "certificate.pem", admitted.card.certificate.encode("ascii"))
        return admitted

    def _with(self, admission: bytes, where: str) -> SiteKeys:
        document, coordinator = verified_document(_ADMISSION, admission, "coordinator", where)
        card = Card.of_dict(document.get("site"), where)
        if card != replace(self.card, certificate=card.certificate):
            raise BadInput(f"this admission is of {card.name}'s keys, not of these", where=where)
        return replace(
            self,
            card=card,
            coordinator=coordinator,
            authority=str(document.get("authority")),
            address=str(document.get("address")),
            study=str(document.get("study")),
        )


@dataclass(frozen=True, slots=True)
class CoordinatorKeys(_PrivateHalf):
    """The coordinator's keys, and whom it has admitted.

    Parameters
    ----------
    folder : Path
    card : Card
    address : str
        ``https://host:port``, as sites reach it.
    study : str
    """

    folder: Path
    card: Card
    address: str
    study: str

    @classmethod
    def create(cls, folder: Path, study: str, address: str, *, days: int = 365) -> CoordinatorKeys:
        """Make the coordinator's keys, and a certificate authority that expires.

        Raises
        ------
        BadInput
            If the address is none.
        NotPermitted
            If there are keys already.
        """
        host, _ = server_address(address)
        private = _make(folder)
        ca, asked = authority(study, days), request(COORDINATOR)
        write_new_private(folder / _CA, ca.key)
        write_new_private(folder / _TLS, asked.key)
        certificate = issue(asked.certificate, COORDINATOR, ca, days=days, hosts=(host,))
        write_whole(folder / "authority.crt", ca.certificate)
        write_whole(folder / "certificate.pem", certificate)
        card = replace(_card(COORDINATOR, private), certificate=certificate.decode("ascii"))
        document = {"form": 1, "card": card.as_dict(), "address": address, "study": study}
        write_whole(folder / "coordinator.json", json.dumps(document, indent=2).encode() + b"\n")
        (folder / "sites").mkdir(exist_ok=True)
        return cls(folder, card, address, study)

    @classmethod
    def open(cls, folder: Path) -> CoordinatorKeys:
        """Read the coordinator's keys.

        Raises
        ------
        BadInput
            If they are none.
        """
        document = _json(folder / "coordinator.json", "these are no coordinator's keys")
        card = Card.of_dict(document.get("card"), str(folder / "coordinator.json"))
        return cls(folder, card, str(document.get("address")), str(document.get("study")))

    @property
    def certificate_file(self) -> Path:
        """Where its certificate is."""
        return self.folder / "certificate.pem"

    @property
    def authority_file(self) -> Path:
        """Where the authority's certificate is."""
        return self.folder / "authority.crt"

    def admit(self, asked: bytes, where: str, *, days: int = 365) -> tuple[Card, bytes]:
        """Admit a site, or renew its certificate; the one before is refused from now on.

        Returns
        -------
        tuple of Card and bytes
            The site, and the admission to send back.

        Raises
        ------
        BadInput
            If it is no request.
        NotPermitted
            If it is not signed, or a site of that name with other keys is admitted already.
        """
        document, card = verified_document(_REQUEST, asked, "site", where)
        own_name(card.name)
        known = self.sites().get(card.name)
        if known is not None and (known.signing, known.box) != (card.signing, card.box):
            raise NotPermitted(
                f"a site {card.name} with other keys is admitted already",
                where=where,
                mend=f"ask it which is right; then remove {self.folder / 'sites' / (card.name + '.json')}",
            )
        ca = Issued(self.authority_file.read_bytes(), read_private(self.folder / _CA))
        certificate = issue(str(document.get("csr")).encode(), card.name, ca, days=days)
        card = replace(card, certificate=certificate.decode("ascii"))
        admission = {
            "site": card.as_dict(),
            "coordinator": self.card.as_dict(),
            "authority": ca.certificate.decode("ascii"),
            "address": self.address,
            "study": self.study,
        }
        body = json.dumps({"form": 1, "card": card.as_dict()}, indent=2).encode() + b"\n"
        write_whole(self.folder / "sites" / f"{card.name}.json", body)
        return card, signed_document(_ADMISSION, admission, self.signing)

    def sites(self) -> dict[str, Card]:
        """Return who is admitted, by name."""
        found = {}
        for place in sorted((self.folder / "sites").glob("*.json")):
            card = Card.of_dict(_json(place, "this is no site's card").get("card"), str(place))
            found[card.name] = card
        return found

    def signing_keys(self, names: tuple[str, ...]) -> dict[str, Ed25519PublicKey]:
        """Return the keys of a study's sites.

        Raises
        ------
        NotPermitted
            If one is not admitted.
        """
        return {name: card.signing_key for name, card in self.cards(names).items()}

    def cards(self, names: tuple[str, ...]) -> dict[str, Card]:
        """Return the cards of a study's sites; raises as :meth:`signing_keys`."""
        known = self.sites()
        missing = [name for name in names if name not in known]
        if missing:
            raise NotPermitted(
                f"not admitted: {', '.join(missing)}",
                where=str(self.folder),
                mend="fyr learn study-keys admit REQUEST for each",
            )
        return {name: known[name] for name in names}


def certificate_fingerprint(card: Card) -> str:
    """Return the SHA-256 of a card's certificate."""
    from cryptography.hazmat.primitives.serialization import Encoding

    return fingerprint(read_certificate(card.certificate.encode("ascii"), card.name).public_bytes(Encoding.DER))


def server_address(address: str) -> tuple[str, int]:
    """Return host and port of ``https://host:port``.

    Raises
    ------
    BadInput
        If it is no such address.
    """
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme != "https" or not parts.hostname or port is None or parts.path not in ("", "/"):
        raise BadInput(f"'{address}' is no address of a coordinator", mend="write it as https://host:port")
    return parts.hostname, port


def _make(folder: Path) -> _Private:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    private = _Private(Ed25519PrivateKey.generate(), X25519PrivateKey.generate())
    for name, key in ((_SIGNING, private.signing), (_BOX, private.box)):
        write_new_private(folder / name, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return private


def _read(folder: Path) -> _Private:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    found: list[Any] = []
    for name in (_SIGNING, _BOX):
        try:
            found.append(load_pem_private_key(read_private(folder / name), password=None))
        except (ValueError, TypeError):
            raise BadInput("this is no private key in PEM", where=str(folder / name)) from None
    match found:
        case [Ed25519PrivateKey() as signing, X25519PrivateKey() as box]:
            return _Private(signing, box)
    raise BadInput("the private keys are of other kinds", where=str(folder))


def _card(name: str, private: _Private) -> Card:
    signing, box = private.signing.public_key(), private.box.public_key()
    return Card(name, signing.public_bytes_raw(), box.public_bytes_raw())


def _json(place: Path, what: str) -> dict[str, Any]:
    try:
        document = json.loads(place.read_bytes())
    except (OSError, ValueError):
        document = None
    if not isinstance(document, dict):
        raise BadInput(what, where=str(place), mend="see fyr learn study-keys")
    return document
