"""The coordinator as a small HTTPS server: sites come to it, and it never goes to them.

A site asks ``POST /exchange``: the body is its answer to the last question, if there is one; the response is the next
question, as soon as there is one. So a round is one request of each site. Who asks is told by the client's certificate
(TLS 1.3, of the study's own authority), and every answer must be signed by the same site.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING, Final

from fyr.errors import BadInput, FyrError, ServiceUnavailable
from fyr.learn.federation.carriers.certificates import fingerprint, read_certificate, valid
from fyr.learn.federation.carriers.door import let_in
from fyr.learn.federation.carriers.http_line import CARRIER, Asked, Line, Unfit
from fyr.learn.federation.carriers.post_boxes import PostBoxes
from fyr.learn.federation.carriers.saying import Say, Sayings, nothing
from fyr.learn.federation.carriers.study_keys import certificate_fingerprint, server_address
from fyr.version import __version__

if TYPE_CHECKING:
    from fyr.learn.federation.carriers.study_keys import CoordinatorKeys

__all__ = ["TlsCoordinator"]

_HANDSHAKE_S: Final = 10.0
_LONGEST_HOLD_S: Final = 50.0
_MOST_LINES: Final = 256
_STATUS: Final = {3: 400, 5: 403}


class TlsCoordinator:
    """A transport over HTTPS.

    Parameters
    ----------
    keys : CoordinatorKeys
    sites : tuple of str
        Of the study; each must be admitted.
    host : str
        The address to listen on: this machine alone by default.
    port : int, optional
        By default that of the coordinator's address; 0: any free one.
    most_bytes : int
        The largest answer that is taken.
    say : callable, optional
        Takes lines on who came, and who was refused.

    Raises
    ------
    NotPermitted
        If a site is not admitted, or the coordinator's own certificate has expired.
    ServiceUnavailable
        If the port cannot be listened on.
    """

    def __init__(
        self,
        keys: CoordinatorKeys,
        sites: tuple[str, ...],
        *,
        host: str = "127.0.0.1",
        port: int | None = None,
        most_bytes: int = 1 << 28,
        say: Say = nothing,
    ) -> None:
        cards = keys.cards(sites)
        self._site_of = {certificate_fingerprint(card): name for name, card in cards.items()}
        self._keys = {name: card.signing_key for name, card in cards.items()}
        self._boxes = PostBoxes(sites)
        self._most, self._say = most_bytes, Sayings(say)
        valid(read_certificate(keys.certificate_file.read_bytes(), "the coordinator"), "the coordinator")
        self._context = _context(keys)
        self._listening = _listen(host, server_address(keys.address)[1] if port is None else port)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._told: set[str] = set()
        threading.Thread(target=self._accept, name="fyr-coordinator", daemon=True).start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listening.getsockname()[1])

    def send(self, site: str, message: bytes) -> None:
        """Lay a question into a site's box; it fetches it when it comes."""
        self._boxes.put(site, message)

    def receive(self, wait_s: float) -> list[bytes]:
        """Return the answers that have come."""
        return self._boxes.come(wait_s)

    def heard(self) -> dict[str, float | None]:
        """Return how many seconds ago each site was last there; None: never."""
        return self._boxes.heard()

    def end(self, words: str, wait_s: float = 5) -> None:
        """Tell the sites that the study is over, so that their processes end; waits for those that are there."""
        self._boxes.end(words)
        until = time.monotonic() + wait_s
        there = {site for site, ago in self._boxes.heard().items() if ago is not None and ago < _LONGEST_HOLD_S * 2}
        while not there <= self._told and time.monotonic() < until:
            time.sleep(0.01)

    def close(self) -> None:
        """Listen no longer, and close what is open."""
        self._closing.set()
        # Closing alone does not wake a thread that waits in accept; a shutdown does.
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        with self._lock:
            for sock in self._open:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                sock, peer = self._listening.accept()
            except OSError:
                if self._closing.is_set():
                    return
                time.sleep(0.05)  # too many open files, or a connection that was gone again
                continue
            with self._lock:
                full = len(self._open) >= _MOST_LINES
                if not full:
                    self._open.add(sock)
            if full:
                self._say(f"{peer[0]} was turned away: {_MOST_LINES} connections are open")
                sock.close()
            else:
                threading.Thread(target=self._serve, args=(sock, str(peer[0])), daemon=True).start()

    def _serve(self, sock: socket.socket, peer: str) -> None:
        try:
            self._talk(sock, peer)
        except (OSError, ValueError):
            pass  # the line broke: the site comes again, and what it did not take still waits
        finally:
            with self._lock:
                self._open.discard(sock)
            sock.close()

    def _talk(self, plain: socket.socket, peer: str) -> None:
        plain.settimeout(_HANDSHAKE_S)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        try:
            sock = self._context.wrap_socket(plain, server_side=True)
        except ssl.SSLError as problem:
            self._say(f"a connection from {peer} was refused: {_reason(problem)}")
            return
        except TimeoutError:
            self._say(f"a connection from {peer} was given up: it did not begin TLS in {_HANDSHAKE_S:.0f} s")
            return
        with self._lock:
            self._open.discard(plain)
            self._open.add(sock)
        try:
            self._exchange(sock, peer)
        finally:
            with self._lock:
                self._open.discard(sock)
            sock.close()

    def _exchange(self, sock: ssl.SSLSocket, peer: str) -> None:
        site = self._site_of.get(fingerprint(sock.getpeercert(binary_form=True) or b""), "")
        line = Line(sock, self._most if site else 0)  # of a stranger, no body is read
        while not self._closing.is_set():
            try:
                asked = line.next()
                if asked is None:
                    return
                self._fit(asked, site, peer)
                self._answer(line, asked, site)
            except Unfit as unfit:
                self._say(f"{site or peer} was refused: {unfit.line}")
                with contextlib.suppress(Exception):
                    line.answer(unfit.status, unfit.line.encode(), last=True)
                    _linger(sock)
                return

    def _fit(self, asked: Asked, site: str, peer: str) -> None:
        if not site:
            raise Unfit(403, f"the certificate shown from {peer} is not, or no longer, one of this study's sites")
        if asked.method != "POST" or asked.target != "/exchange":
            raise Unfit(404, "there is nothing here but POST /exchange")
        spoken = asked.headers.get("fyr-carrier", "")
        if spoken != CARRIER:
            version = asked.headers.get("fyr-version", "of another version")
            raise Unfit(
                426,
                f"{site} speaks carrier {spoken or 'unknown'} (Fyr {version}), the coordinator speaks {CARRIER} "
                f"(Fyr {__version__}); use the same version of Fyr at all sites",
            )

    def _answer(self, line: Line, asked: Asked, site: str) -> None:
        if asked.body:
            try:
                let_in(asked.body, site, self._keys)
            except FyrError as problem:
                raise Unfit(_STATUS.get(problem.exit_code, 400), str(problem)) from None
            self._boxes.hand_in(asked.body)
        session, _, number = asked.headers.get("fyr-taken", "").partition("/")
        if number.isascii() and number.isdigit():
            self._boxes.taken(site, session, int(number))
        found = self._boxes.fetch(site, _hold(asked))
        if found is not None:
            number_now, message = found
            line.answer(200, message, {"Fyr-Message": f"{self._boxes.session}/{number_now}"}, last=False)
        elif self._boxes.ended:
            line.answer(410, self._boxes.ended.encode(), last=True)
            self._told.add(site)
        else:
            line.answer(204, last=False)


def _hold(asked: Asked) -> float:
    try:
        return min(max(float(asked.headers.get("fyr-hold", "20")), 0.0), _LONGEST_HOLD_S)
    except ValueError:
        return 0.0


def _context(keys: CoordinatorKeys) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    try:
        context.load_cert_chain(keys.certificate_file, keys.tls_key)
        context.load_verify_locations(keys.authority_file)
    except (OSError, ssl.SSLError):
        raise BadInput("the coordinator's certificate and key do not fit", where=str(keys.folder)) from None
    context.num_tickets = 0  # a ticket would let a certificate that is no longer admitted come back
    return context


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=64)
    except OSError as problem:
        raise ServiceUnavailable(
            f"it cannot be listened on: {problem.strerror}", where=f"{host}:{port}", mend="choose another with --port"
        ) from None


def _linger(sock: ssl.SSLSocket) -> None:
    """Let the other side read the line: closing with its bytes unread would reset the connection first."""
    sock.settimeout(1.0)
    until, left = time.monotonic() + 2, 1 << 24
    while time.monotonic() < until and left > 0:
        got = len(sock.recv(1 << 18))
        if not got:
            return
        left -= got


def _reason(problem: ssl.SSLError) -> str:
    if isinstance(problem, ssl.SSLCertVerificationError):
        return f"its certificate does not hold ({problem.verify_message})"
    words = {
        "PEER_DID_NOT_RETURN_A_CERTIFICATE": "it showed no certificate",
        "HTTP_REQUEST": "it spoke plain HTTP",
        "WRONG_VERSION_NUMBER": "it did not speak TLS",
        "UNSUPPORTED_PROTOCOL": "it spoke a TLS older than 1.3",
    }
    return words.get(problem.reason or "", f"no TLS with it ({(problem.reason or 'broken off').lower()})")
