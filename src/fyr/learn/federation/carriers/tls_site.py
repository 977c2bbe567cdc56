"""A site's resident process over HTTPS: it goes to the coordinator, asks for questions, and brings answers.

It only ever opens connections, through the hospital's proxy where there is one. A broken line, a coordinator that is
gone for an hour, a proxy that cuts: it comes again with the same answer until that is taken. What cannot get better by
trying (a certificate that is refused, another version) ends it with one line.
"""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import httpx

from fyr.errors import BadInput, FyrError, NotPermitted, ServiceUnavailable
from fyr.learn.federation.carriers.certificates import read_certificate, valid
from fyr.learn.federation.carriers.http_line import CARRIER
from fyr.learn.federation.carriers.patience import Patience, Stopped, give_up_where_final
from fyr.learn.federation.carriers.saying import Say, nothing
from fyr.version import __version__

if TYPE_CHECKING:
    from fyr.learn.federation.carriers.study_keys import SiteKeys

__all__ = ["serve_site"]

Handle = Callable[[bytes], bytes | None]

_MARGIN_S: Final = 10.0
_NOT_NOW_S: Final = 5.0
_OF_A_PROXY: Final = frozenset({407, 408, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class _Question:
    label: str
    body: bytes


class _Over(Exception):
    """The coordinator said that the study has ended."""


def serve_site(
    keys: SiteKeys,
    handle: Handle,
    *,
    address: str = "",
    stop: threading.Event | None = None,
    say: Say = nothing,
    hold_s: float = 20,
    most_bytes: int = 1 << 28,
    proxies_from_environment: bool = True,
) -> str:
    """Answer the coordinator's questions until it says that the study is over.

    Parameters
    ----------
    keys : SiteKeys
        Of an admitted site.
    handle : callable
        Of a sealed question, the sealed answer: :meth:`fyr.learn.federation.site.Site.handle`.
    address : str, optional
        Another one than the admission names.
    stop : Event, optional
        Ends it when set, at the latest after `hold_s`.
    say : callable, optional
        Takes lines: reached, not reached, a question that was refused.
    hold_s : float
        How long the coordinator may hold a request that it has no question for: less than proxies allow.
    most_bytes : int
        The largest question that is read.
    proxies_from_environment : bool
        Whether HTTPS_PROXY and NO_PROXY are followed.

    Returns
    -------
    str
        The coordinator's last words; empty when stopped.

    Raises
    ------
    NotPermitted
        If one side's certificate or key is not accepted by the other.
    BadInput
        If the coordinator speaks another version, or takes no answer of this size.
    """
    coordinator = keys.known_coordinator
    valid(read_certificate(keys.card.certificate.encode("ascii"), keys.card.name), keys.card.name)
    stop = stop or threading.Event()
    url = (address or keys.address).rstrip("/") + "/exchange"
    timeout = httpx.Timeout(_MARGIN_S, read=hold_s + _MARGIN_S)
    patience = Patience(stop, say, keys.card.name, url)
    with httpx.Client(
        verify=_context(keys), timeout=timeout, trust_env=proxies_from_environment, follow_redirects=False
    ) as client:
        line = _Line(client, url, hold_s, most_bytes)
        say(f"{keys.card.name}: going to {url}, coordinator's key {coordinator.words}")
        with contextlib.suppress(Stopped):
            try:
                _converse(line, handle, patience, stop, say)
            except _Over as over:
                return str(over)
    return ""


def _converse(line: _Line, handle: Handle, patience: Patience, stop: threading.Event, say: Say) -> None:
    taken, answer = "", b""
    while True:
        question = None
        for _ in patience.tries():
            try:
                question = line.exchange(taken, answer)
            except (httpx.HTTPError, _Unclear) as problem:
                give_up_where_final(problem)
                patience.failed(problem)
            else:
                patience.succeeded()
                break
        taken, answer = "", b""
        if question is not None:
            taken = question.label
            try:
                answer = handle(question.body) or b""
            except ServiceUnavailable as problem:
                say(f"a question cannot be answered now: {problem}; trying on")
                taken = ""  # not taken: it is handed out again
                stop.wait(_NOT_NOW_S)
            except FyrError as problem:
                say(f"a question was not answered: {problem}")


class _Unclear(Exception):
    """Something answered that is not the coordinator, or not now."""


class _Line:
    def __init__(self, client: httpx.Client, url: str, hold_s: float, most_bytes: int) -> None:
        self._client, self._url, self._most = client, url, most_bytes
        self._headers = {
            "Fyr-Carrier": CARRIER,
            "Fyr-Version": __version__,
            "Fyr-Hold": f"{hold_s:g}",
            "Content-Type": "application/octet-stream",
        }

    def exchange(self, taken: str, answer: bytes) -> _Question | None:
        headers = {**self._headers, "Fyr-Taken": taken} if taken else self._headers
        with self._client.stream("POST", self._url, content=answer, headers=headers) as response:
            body = self._read(response)
        status = response.status_code
        if "fyr-carrier" not in response.headers or status in _OF_A_PROXY:
            raise _Unclear(f"status {status} from something on the way")
        if status == 204:
            return None
        if status == 200:
            return _Question(response.headers.get("fyr-message", ""), body)
        words = body.decode("utf-8", "replace")
        if status == 410:
            raise _Over(words)
        if status == 403:
            raise NotPermitted(words, where="coordinator")
        raise BadInput(words, where="coordinator")

    def _read(self, response: httpx.Response) -> bytes:
        parts, size = [], 0
        for part in response.iter_raw():
            parts.append(part)
            size += len(part)
            if size > self._most:
                raise BadInput(f"the question is more than {self._most:,} bytes", where="coordinator")
        return b"".join(parts)


def _context(keys: SiteKeys) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_verify_locations(cadata=keys.authority)
        context.load_cert_chain(keys.folder / "certificate.pem", keys.tls_key)
    except (OSError, ssl.SSLError):
        raise BadInput("the site's certificate and key do not fit", where=str(keys.folder)) from None
    return context
