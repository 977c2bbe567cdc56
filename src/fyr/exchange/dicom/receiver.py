"""Receives images by C-STORE (PS3.4 annex B, PS3.7 section 9.1.1), and answers C-ECHO."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from fyr.errors import BadInput, FyrError, ServiceUnavailable
from fyr.exchange.dicom.keeping import FAILURES, Given, Kept
from fyr.exchange.incoming import SourceHealth, SourceState
from fyr.exchange.mqtt.security import is_loopback

if TYPE_CHECKING:
    from pydicom import Dataset
    from pynetdicom import AE
    from pynetdicom.events import Event
    from pynetdicom.transport import ThreadedAssociationServer

__all__ = ["LARGEST_OBJECT", "DicomReceiver", "Keep"]

_LOG: Final = logging.getLogger("fyr.dicom")

_OUT_OF_RESOURCES: Final = 0xA700
_OWN_FAULT: Final = 0x0110
_COMMENT: Final = 64
"""Signs of an error comment: PS3.5, LO."""

_REJECTED: Final = (0x01, 0x01, 0x03)
"""For good, by the user, the calling AE title is not known: PS3.8 table 9-21."""
_LARGEST_PDU: Final = 131_072
_WAITS_S: Final = 30.0
_IDLE_S: Final = 300.0
_GOODBYE_S: Final = 5.0

LARGEST_OBJECT: Final = 1 << 30
"""Bytes of one object: it is held in memory until it is kept."""
_SHOWN_OF_LARGE: Final = 1 << 16
"""Bytes of an object beyond the limit that are still shown to whoever looks for the reason."""

_OF_STORAGE: Final = "1.2.840.10008.5.1.4.1.1."
"""Where the standard numbers what is stored, also what it retired or added since."""
_MOST_FOREIGN: Final = 1000
"""Storage classes beyond the standard's that are learnt while the server runs."""
_STANDARD: Final = "1.2.840.10008."

Keep = Callable[[Given, str], Kept]
"""Keeps an object that an AE sent, durably, and says what became of it; raises ServiceUnavailable where it cannot."""


@dataclass(frozen=True, slots=True)
class _Peer:
    title: str
    addresses: frozenset[str]
    """Empty: from wherever it comes."""

    def is_it(self, title: str, address: str) -> bool:
        return title == self.title and (not self.addresses or address in self.addresses)


class _TooLarge(BytesIO):
    """Reads an object that is larger than is taken to its end, and holds only its beginning."""

    def write(self, data: Any, /) -> int:
        """Let it go."""
        return len(data)


class DicomReceiver:
    """Listens for associations; each has a thread of its own.

    An object is acknowledged when it is durable in the record, or was there before. All storage SOP classes of the
    standard are taken, those that it retired and private ones too, in all its transfer syntaxes, and kept as they came.

    Parameters
    ----------
    host, port : str, int
        Where to listen; port 0 is any that is free.
    ae_title : str
        What senders must call this server.
    peers : sequence of str
        Who may send: ``AE`` or ``AE@ADDRESS``; whoever is on this machine, where none is named.
    associations : int
        How many at the same time; further ones are rejected for now.
    largest : int
        Bytes of one object; a larger one is read to its end, and refused.

    Raises
    ------
    BadInput
        If anybody in the network could send images.
    """

    name: Final = "dicom"

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 11112,
        ae_title: str = "FYR",
        peers: Sequence[str] = (),
        associations: int = 16,
        largest: int = LARGEST_OBJECT,
    ) -> None:
        if not peers and not is_loopback(host):
            raise BadInput(
                "anybody in the network could send images",
                where=f"[dicom] host {host}",
                mend='name who may: peers = ["AE@ADDRESS"]',
            )
        self.ae_title = ae_title
        self._host, self._port = host, port
        self._named = tuple(peers)
        self._peers: tuple[_Peer, ...] = ()
        self._associations = associations
        self._largest = largest
        self._foreign: set[str] = set()
        self._learns = threading.Lock()
        self._entity: AE | None = None
        self._server: ThreadedAssociationServer | None = None
        self._keep: Keep | None = None
        self._state = SourceState.STARTING

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._port

    def start(self, keep: Keep) -> None:
        """Begin to listen; `keep` is called from a thread for each association.

        Raises
        ------
        ServiceUnavailable
            If the port is taken, or a peer's address is not known.
        """
        from pynetdicom import AE, AllStoragePresentationContexts, evt
        from pynetdicom._globals import ALL_TRANSFER_SYNTAXES

        logging.getLogger("pynetdicom").setLevel(logging.CRITICAL)  # it writes what stands in messages; we say it
        self._peers = tuple(_peer(one) for one in self._named)
        self._keep = keep
        entity = AE(self.ae_title)
        for context in AllStoragePresentationContexts:
            entity.add_supported_context(str(context.abstract_syntax), ALL_TRANSFER_SYNTAXES)
        entity.add_supported_context("1.2.840.10008.1.1", ALL_TRANSFER_SYNTAXES[:3])
        entity.maximum_associations = self._associations
        entity.maximum_pdu_size = _LARGEST_PDU
        entity.require_called_aet = True
        entity.acse_timeout = entity.dimse_timeout = _WAITS_S
        entity.network_timeout = _IDLE_S
        self._refuse_taken_port()
        handlers: list[Any] = [
            (evt.EVT_REQUESTED, self._requested),
            (evt.EVT_PDU_RECV, self._limit),
            (evt.EVT_C_STORE, self._stored),
        ]
        server = entity.start_server((self._host, self._port), block=False, evt_handlers=handlers)
        assert server is not None  # noqa: S101  it does not block
        assert server.socket is not None  # noqa: S101  it listens
        server.verify_request = self._may_connect  # type: ignore[method-assign, assignment]
        server._gc[1] = -1  # it would collect garbage twice a minute, and every ward wait for that
        self._port = int(server.socket.getsockname()[1])
        self._entity, self._server = entity, server
        self._state = SourceState.LISTENING

    def stop(self) -> None:
        """Take no further association, and end those that are open."""
        self._state = SourceState.STOPPED
        if self._entity is not None:
            open_now = self._entity.active_associations
            self._entity.shutdown()
            for association in open_now:  # an object that is being kept is kept before the record closes
                association.join(_GOODBYE_S)
            self._entity = self._server = None

    def health(self) -> SourceHealth:
        """Say how it is."""
        entity = self._entity
        connections = 0 if entity is None else len(entity.active_associations)
        return SourceHealth(self._state, f"{self._host}:{self._port} as {self.ae_title}", connections)

    def _refuse_taken_port(self) -> None:
        """Try the port first: where it is taken, pynetdicom leaves a socket open behind it."""
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind((self._host, self._port))
            except OSError as problem:
                raise ServiceUnavailable(
                    f"cannot listen on port {self._port} for images: {problem.strerror}",
                    where=f"[dicom] {self._host}:{self._port}",
                    mend="give it another port, or an address of this machine",
                ) from problem

    def _may_connect(self, _request: object, client: Any) -> bool:
        """Refuse a connection from elsewhere, and one too many, before a thread begins for it."""
        entity = self._entity
        if entity is not None and len(entity.active_associations) > 2 * self._associations:
            return False
        return not self._peers or any(not one.addresses or client[0] in one.addresses for one in self._peers)

    def _requested(self, event: Event) -> None:
        """Reject whoever is no peer."""
        requestor = event.assoc.requestor
        title, address = _calling(event), str(requestor.address)
        if self._peers and not any(one.is_it(title, address) for one in self._peers):
            _LOG.warning("an association of %s at %s was rejected: it is no peer", title, address)
            event.assoc.acse.send_reject(*_REJECTED)
            event.assoc.kill()
            return
        self._accept_foreign(event)

    def _accept_foreign(self, event: Event) -> None:
        """Accept also private storage classes, and those of the standard that pynetdicom does not know."""
        from pynetdicom import build_context
        from pynetdicom._globals import ALL_TRANSFER_SYNTAXES
        from pynetdicom.service_class import StorageServiceClass
        from pynetdicom.sop_class import register_uid

        asked: Any = event.assoc.requestor.primitive
        acceptor = event.assoc.acceptor
        known = {str(one.abstract_syntax) for one in acceptor.supported_contexts}
        wanted = {str(one.abstract_syntax) for one in asked.presentation_context_definition_list} - known
        foreign = {uid for uid in wanted if uid.startswith(_OF_STORAGE) or not uid.startswith(_STANDARD)}
        with self._learns:
            for uid in sorted(foreign - self._foreign):
                if len(self._foreign) >= _MOST_FOREIGN:
                    break
                register_uid(uid, f"StorageClass{uid.replace('.', '_')}", StorageServiceClass)
                self._foreign.add(uid)
            taken = foreign & self._foreign
        acceptor.supported_contexts += [build_context(uid, ALL_TRANSFER_SYNTAXES) for uid in sorted(taken)]

    def _limit(self, event: Event) -> None:
        """Hold no more of an object than is taken of one."""
        message: Any = event.assoc.dimse.message
        if message is None or isinstance(message.data_set, _TooLarge) or message.data_set is None:
            return
        if message.data_set.tell() > self._largest:
            message.data_set = _TooLarge(message.data_set.getvalue()[:_SHOWN_OF_LARGE])

    def _stored(self, event: Event) -> int | Dataset:
        """Keep an object, and only then say so."""
        request: Any = event.request
        keep = self._keep
        uid, sop_class = str(request.AffectedSOPInstanceUID), str(request.AffectedSOPClassUID)
        sender = _calling(event)
        try:
            assert keep is not None  # noqa: S101  start() was given it
            is_large = isinstance(request.DataSet, _TooLarge) or request.DataSet.getbuffer().nbytes > self._largest
            most = self._largest if is_large else 0
            given = Given(event.encoded_dataset(), f"C-STORE from {sender}", uid, sop_class, most=most)
            kept = keep(given, sender)
        except ServiceUnavailable as problem:
            _LOG.error("what %s sends cannot be kept: %s", sender, problem.what)
            return _status(_OUT_OF_RESOURCES, problem)
        except Exception:  # noqa: BLE001  whatever it is, the sender hears that nothing was kept
            _LOG.exception("an object of %s could not be taken", sender)
            return _OWN_FAULT
        if kept.problem is None:
            return 0x0000
        return _status(FAILURES[kept.outcome], kept.problem)


def _calling(event: Event) -> str:
    asked: Any = event.assoc.requestor.primitive
    return str(asked.calling_ae_title).strip()


def _status(code: int, problem: FyrError) -> Dataset:
    from pydicom import Dataset

    status = Dataset()
    status.Status = code
    status.ErrorComment = problem.what.encode("ascii", "replace").decode()[:_COMMENT]
    return status


def _peer(named: str) -> _Peer:
    title, _, address = named.partition("@")
    if not address:
        return _Peer(title, frozenset())
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(address, None)}
    except OSError as problem:
        raise ServiceUnavailable(
            f"the address of the peer {named} is not known", where="[dicom] peers", mend="write its IP address"
        ) from problem
    return _Peer(title, frozenset(found))
