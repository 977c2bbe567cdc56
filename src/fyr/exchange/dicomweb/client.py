"""A client of DICOMweb: search, retrieve and store at an archive elsewhere (PS3.18 sections 10.4 to 10.6)."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

import orjson

from fyr.errors import BadInput, NotPermitted, ServiceUnavailable
from fyr.exchange.dicomweb.media_types import DICOM, JSON, MULTIPART, media_type
from fyr.exchange.dicomweb.multipart import Part, PartReader, boundary_of, parts_written

if TYPE_CHECKING:
    import httpx

__all__ = ["DicomwebClient", "RemoteInstance", "StoreReport"]

T = TypeVar("T")

_TRIES: Final = 4
_PROCESSING_FAILURE: Final = 0x0110
_TRY_AGAIN: Final = frozenset({429, 502, 503, 504})
_PAUSE_S: Final = 0.5
_PAGE: Final = 1000
_UID_SIGNS: Final = frozenset("0123456789.")


@dataclass(frozen=True, slots=True)
class RemoteInstance:
    """An instance that an archive has."""

    study: str
    series: str
    uid: str


@dataclass(frozen=True, slots=True)
class StoreReport:
    """What an archive said to what it was to store.

    Parameters
    ----------
    stored : tuple of str
        SOP instance UIDs.
    failed : tuple of (str, int)
        SOP instance UIDs, empty where it names none, with the failure reason of each.
    """

    stored: tuple[str, ...]
    failed: tuple[tuple[str, int], ...]


class DicomwebClient:
    """Talks to one archive; what may pass by itself is tried again.

    Parameters
    ----------
    url : str
        What all its addresses begin with: ``https://pacs.example.org/dicom-web``.
    token : str, optional
        A bearer token.
    user, password : str
        For HTTP Basic authentication.
    timeout_s : float
        How long to wait for the next bytes.
    transport : httpx.BaseTransport, optional
        In place of the network.

    Raises
    ------
    BadInput
        If the address is none.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        user: str = "",
        password: str = "",
        timeout_s: float = 60.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        import httpx

        address = httpx.URL(url) if url.isprintable() else httpx.URL("")
        if address.scheme not in {"http", "https"} or not address.host:
            raise BadInput(f"'{url[:80]}' is no address", mend="give for example https://pacs.example.org/dicom-web")
        self.url: Final = url.rstrip("/")
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._client = httpx.Client(
            headers=headers,
            auth=(user, password) if user else None,
            timeout=httpx.Timeout(timeout_s, connect=10),
            transport=transport,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def studies(self, conditions: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
        """Search for studies; results in the DICOM JSON model.

        Parameters
        ----------
        conditions : mapping of str to str, optional
            What is matched on, by keyword: ``{"PatientID": "17", "StudyDate": "20240101-"}``.

        Raises
        ------
        BadInput
            If the archive refuses the search.
        NotPermitted
            If it does not let us in.
        ServiceUnavailable
            If it is not there.
        """
        return self._search("studies", dict(conditions or {}))

    def instances(self, study: str, series: str | None = None) -> list[RemoteInstance]:
        """Return the instances of a study, of one series if named; errors as :meth:`studies`."""
        within = f"studies/{_uid(study)}/" + (f"series/{_uid(series)}/" if series else "")
        found = []
        for one in self._search(f"{within}instances", {}):
            named = [_text(one, "0020000D") or study, _text(one, "0020000E") or series or "", _text(one, "00080018")]
            if all(_is_uid(uid) for uid in named):
                found.append(RemoteInstance(*named))
        return found

    def retrieve(self, study: str, series: str | None = None, instance: str | None = None) -> Iterator[bytes]:
        """Yield the objects of a study, series or instance as they arrive, in the transfer syntax that they have there.

        Raises
        ------
        BadInput
            If there is no such thing, or the answer is not what it should be.
        NotPermitted, ServiceUnavailable
            As :meth:`studies`; also where the connection breaks before the end.
        """
        path = f"studies/{_uid(study)}"
        path += f"/series/{_uid(series)}" if series else ""
        path += f"/instances/{_uid(instance)}" if series and instance else ""
        accept = f'{MULTIPART}; type="{DICOM}"; transfer-syntax=*'
        with self._streamed(path, accept) as answer:
            content = media_type(answer.headers.get("Content-Type", ""))
            if content.name == DICOM:
                yield answer.read()
                return
            if not content.is_multipart:
                raise BadInput(
                    f"the answer is {content.name or 'of no type'}", where=self._at(path), mend="check the URL"
                )
            reader = PartReader(boundary_of(content))
            for data in answer.iter_bytes():
                for part in reader.feed(data):
                    yield part.data
            if not reader.is_closed:
                raise ServiceUnavailable("the answer ended too early", where=self._at(path), mend="try again")

    def store(self, contents: Sequence[bytes]) -> StoreReport:
        """Store objects, and return what the archive says to each.

        Raises
        ------
        BadInput
            If it refuses the request as a whole.
        NotPermitted, ServiceUnavailable
            As :meth:`studies`.
        """
        boundary = secrets.token_hex(16)
        headers = {"Content-Type": f'{MULTIPART}; type="{DICOM}"; boundary={boundary}', "Accept": JSON}

        def send() -> httpx.Response:
            body = parts_written((Part(DICOM, data) for data in contents), boundary)
            return self._client.post(f"{self.url}/studies", content=body, headers=headers)

        answer = self._tried("studies", send)
        if answer.status_code not in {200, 202, 409}:
            raise self._refusal("studies", answer)
        said = self._json("studies", answer.content) if answer.content else {}
        return _report(said[0] if isinstance(said, list) and said else said)

    def _search(self, path: str, conditions: dict[str, str]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        seen: set[bytes] = set()
        while True:
            asked = {**conditions, "limit": str(_PAGE), "offset": str(len(found))}

            def send(asked: dict[str, str] = asked) -> httpx.Response:
                return self._client.get(f"{self.url}/{path}", params=asked, headers={"Accept": JSON})

            answer = self._tried(path, send)
            if answer.status_code == 204:
                return found
            if answer.status_code != 200:
                raise self._refusal(path, answer)
            page = self._json(path, answer.content)
            if not isinstance(page, list):
                raise BadInput("the answer to a search is no list", where=self._at(path), mend="check the URL")
            new = [one for one in page if isinstance(one, dict) and orjson.dumps(one) not in seen]
            seen.update(orjson.dumps(one) for one in new)
            found += new
            if len(page) < _PAGE or not new:  # an archive that knows no offset says the same again
                return found

    def _tried(self, path: str, send: Callable[[], httpx.Response]) -> httpx.Response:
        import httpx

        problem = "it gave no answer"
        for attempt in range(_TRIES):
            if attempt:
                time.sleep(_PAUSE_S * 2 ** (attempt - 1))
            try:
                answer = send()
            except httpx.TransportError as failed:
                problem = str(failed) or type(failed).__name__
                continue
            if answer.status_code not in _TRY_AGAIN:
                return answer
            problem = f"it answers {answer.status_code}"
        raise ServiceUnavailable(f"the archive is not there: {problem}", where=self._at(path), mend="try again later")

    @contextmanager
    def _streamed(self, path: str, accept: str) -> Iterator[httpx.Response]:
        import httpx

        def send() -> httpx.Response:
            request = self._client.build_request("GET", f"{self.url}/{path}", headers={"Accept": accept})
            return self._client.send(request, stream=True)

        answer = self._tried(path, send)
        try:
            if answer.status_code != 200:
                answer.read()
                raise self._refusal(path, answer)
            yield answer
        except httpx.TransportError as problem:
            raise ServiceUnavailable(
                f"the connection broke ({str(problem) or type(problem).__name__})",
                where=self._at(path),
                mend="try again",
            ) from problem
        finally:
            answer.close()

    def _json(self, path: str, content: bytes) -> Any:
        try:
            return orjson.loads(content)
        except orjson.JSONDecodeError:
            raise BadInput("the answer is no JSON", where=self._at(path), mend="check the URL") from None

    def _refusal(self, path: str, answer: httpx.Response) -> BadInput | NotPermitted:
        said = " ".join(answer.text.split())[:200]
        what = f"the archive answers {answer.status_code}{': ' + said if said else ''}"
        if answer.status_code in {401, 403}:
            return NotPermitted(what, where=self._at(path), mend="check --token-file, or --user and --password-file")
        return BadInput(what, where=self._at(path), mend="check the URL and the UIDs")

    def _at(self, path: str) -> str:
        return f"{self.url}/{path}"


def _report(said: Any) -> StoreReport:
    if not isinstance(said, dict):
        return StoreReport((), ())
    refused = (*_items(said, "00081198"), *_items(said, "0008119A"))
    reasons = [_first(one, "00081197") for one in refused]
    return StoreReport(
        tuple(_text(one, "00081155") for one in _items(said, "00081199")),
        tuple(
            (_text(one, "00081155"), int(reason) if isinstance(reason, int | float) else _PROCESSING_FAILURE)
            for one, reason in zip(refused, reasons, strict=True)
        ),
    )


def _items(said: Mapping[str, Any], tag: str) -> list[Any]:
    element = said.get(tag)
    values = element.get("Value") if isinstance(element, dict) else None
    return [one for one in values if isinstance(one, dict)] if isinstance(values, list) else []


def _first(one: Mapping[str, Any], tag: str) -> Any:
    element = one.get(tag)
    values = element.get("Value") if isinstance(element, dict) else None
    return values[0] if isinstance(values, list) and values else None


def _text(one: Mapping[str, Any], tag: str) -> str:
    value = _first(one, tag)
    return value if isinstance(value, str) else ""


def _is_uid(text: str) -> bool:
    return 0 < len(text) <= 64 and set(text) <= _UID_SIGNS


def _uid(text: str) -> str:
    if not _is_uid(text):
        raise BadInput(f"'{text[:80]}' is no UID", mend="give digits and dots, 64 at most")
    return text
