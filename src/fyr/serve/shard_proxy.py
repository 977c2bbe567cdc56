"""The front of a house with workers: what is about a ward or a patient is answered by the worker that has it.

Everything else (signing in, the page, models, the audit trail, sources) is answered here. Lists over all wards are put
together from what every worker says.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, unquote

import httpx
import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from fyr.errors import BadInput
from fyr.exchange.fhir.outcomes import operation_outcome, together
from fyr.record import PatientId
from fyr.serve.house_notices import HouseNotices
from fyr.serve.problems import FHIR_JSON, error_document
from fyr.serve.routes.fhir import COUNT
from fyr.serve.shards import shard_of

__all__ = ["ShardProxy"]

_WARD: Final = re.compile(r"^/api/wards/([^/]+)/")
_BOARD: Final = re.compile(r"^/api/wards/.+/board$")
_PATIENT: Final = re.compile(r"^/api/patients/([^/]+)/([^/]+)(?!/imaging)(/|$)")
"""Not what is below ``/imaging``: no worker shall be slower for pictures, which the front finds in the record."""
_NOTIFICATION: Final = re.compile(r"^/api/notifications/")
_LISTS: Final = {"/api/wards": "wards", "/api/patients": "patients", "/api/devices": "devices"}
_FHIR_SEARCHES: Final = frozenset(f"/api/fhir/{kind}" for kind in ("DetectedIssue", "Communication", "RiskAssessment"))
_HEALTH: Final = ("/api/health", "/api/ready")
_NOT_PASSED_ON: Final = frozenset(
    {"content-length", "transfer-encoding", "connection", "keep-alive", "content-encoding"}
)
_AWAY: Final = error_document(
    "the worker of this ward is not there now; it is being started again", mend="try again in a few seconds"
)


class ShardProxy:
    """Passes requests on to workers.

    Parameters
    ----------
    app : ASGI application
        Answers what no worker does.
    sockets : sequence of Path
        The Unix socket of each worker.
    worker_of : callable
        Gives the worker of a patient; ``None`` for one who is nowhere.
    notices : callable
        Gives what stands of this process's own troubles, which no worker knows.
    """

    def __init__(
        self,
        app: ASGIApp,
        sockets: Sequence[Path],
        worker_of: Callable[[PatientId], int | None],
        notices: Callable[[], Sequence[dict[str, Any]]] = lambda: (),
    ) -> None:
        self._app = app
        self._notices = HouseNotices(notices)
        self._worker_of = worker_of
        self._workers = [
            httpx.AsyncClient(
                transport=httpx.AsyncHTTPTransport(uds=str(socket)),
                timeout=httpx.Timeout(30, connect=2),
                base_url="http://127.0.0.1",
            )
            for socket in sockets
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let a worker answer."""
        answer = None
        if scope["type"] == "http":
            answer = await self._answer(Request(scope, receive))
        if answer is None:
            await self._app(scope, receive, send)
        else:
            await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response | None:
        path = request.scope.get("raw_path", request.url.path.encode()).decode("ascii").partition("?")[0]
        if request.method == "GET" and path in _LISTS:
            return await self._all(request, _LISTS[path])
        if request.method == "GET" and path in _FHIR_SEARCHES:
            return await self._searched(request)
        if path in _HEALTH:
            return await self._health(request)
        if _NOTIFICATION.match(path):
            return await self._whoever_knows(request)
        worker = self._worker(path, request)
        return None if worker is None else await self._passed_on(request, worker)

    def _worker(self, path: str, request: Request) -> int | None:
        if ward := _WARD.match(path):
            return shard_of(unquote(ward[1]), len(self._workers))
        if path == "/api/live":
            return shard_of(parse_qs(request.url.query).get("ward", [""])[0], len(self._workers))
        if patient := _PATIENT.match(path):
            try:
                return self._worker_of(PatientId(unquote(patient[1]), unquote(patient[2]))) or 0
            except BadInput:
                return 0
        return None

    async def _passed_on(self, request: Request, worker: int) -> Response:
        try:
            answer = await self._sent(request, worker, await request.body())
        except httpx.TransportError:
            return JSONResponse(_AWAY, 503, headers={"Retry-After": "2"})
        streamed = _streamed(answer)
        if answer.status_code == httpx.codes.OK and request.url.path == "/api/live":
            streamed = self._notices.in_stream(worker, streamed)
        elif answer.status_code == httpx.codes.OK and request.method == "GET" and _BOARD.match(request.url.path):
            try:
                content = await answer.aread()
            except httpx.TransportError:
                return JSONResponse(_AWAY, 503, headers={"Retry-After": "2"})
            return Response(self._notices.on_board(worker, content), answer.status_code, _headers(answer))
        return StreamingResponse(streamed, answer.status_code, _headers(answer))

    async def _whoever_knows(self, request: Request) -> Response:
        """Ask one worker after the other: which has a notification does not stand in its name."""
        body = await request.body()
        answer: Response = JSONResponse(_AWAY, 503, headers={"Retry-After": "2"})
        for worker in range(len(self._workers)):
            try:
                said = await self._sent(request, worker, body)
                content = await said.aread()
            except httpx.TransportError:
                return JSONResponse(_AWAY, 503, headers={"Retry-After": "2"})
            answer = Response(content, said.status_code, _headers(said))
            if said.status_code != 404:
                break
        return answer

    async def _all(self, request: Request, key: str) -> Response:
        """Put the lists of all workers together."""
        together: dict[str, Any] = {}
        for worker in range(len(self._workers)):
            try:
                said = await self._sent(request, worker, b"")
                content = await said.aread()
            except httpx.TransportError:
                return JSONResponse(_AWAY, 503, headers={"Retry-After": "2"})
            if said.status_code != httpx.codes.OK:
                return Response(content, said.status_code, _headers(said))
            document = orjson.loads(content)
            together = {**document, key: sorted([*together.get(key, []), *document[key]], key=orjson.dumps)}
            if "hint" in together and together[key]:
                together["hint"] = None
        return JSONResponse(together)

    async def _searched(self, request: Request) -> Response:
        """Put what every worker finds together; a patient whom only some know is no fault of the others."""
        found, unknown = [], None
        for worker in range(len(self._workers)):
            try:
                said = await self._sent(request, worker, b"")
                content = await said.aread()
            except httpx.TransportError:
                away = operation_outcome(_AWAY["error"]["what"], "transient", mend=_AWAY["error"]["mend"])
                return JSONResponse(away, 503, {"Retry-After": "2"}, media_type=FHIR_JSON)
            if said.status_code == httpx.codes.OK:
                found.append(orjson.loads(content))
            elif said.status_code == httpx.codes.NOT_FOUND:
                unknown = Response(content, said.status_code, _headers(said))
            else:
                return Response(content, said.status_code, _headers(said))
        if not found and unknown is not None:
            return unknown
        count = int(request.query_params.get("_count", COUNT))  # the workers have checked it
        return JSONResponse(together(found, count, str(request.url)), media_type=FHIR_JSON)

    async def _health(self, request: Request) -> Response | None:
        """Answer for the worker that is worst off; for this process where all are well."""
        for worker in range(len(self._workers)):
            try:
                said = await self._sent(request, worker, b"")
                content = await said.aread()
            except httpx.TransportError:
                return JSONResponse(_AWAY, 503, headers={"Retry-After": "2"})
            if said.status_code != httpx.codes.OK:
                return Response(content, said.status_code, _headers(said))
        return None

    async def _sent(self, request: Request, worker: int, body: bytes) -> httpx.Response:
        client = self._workers[worker]
        target = request.scope.get("raw_path", request.url.path.encode()).partition(b"?")[0]
        if request.url.query:
            target += b"?" + request.url.query.encode()
        live = request.url.path == "/api/live"
        headers = [(name, value) for name, value in request.headers.raw if name not in (b"accept-encoding",)]
        wanted = client.build_request(
            request.method,
            httpx.URL("http://127.0.0.1").copy_with(raw_path=target),
            headers=headers,
            content=body or None,
            timeout=httpx.Timeout(None, connect=2) if live else httpx.USE_CLIENT_DEFAULT,
        )
        return await client.send(wanted, stream=True)


async def _streamed(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in answer.aiter_raw():
            yield chunk
    except httpx.TransportError:
        return  # the worker died: the browser sees the stream end, says so, and comes back
    finally:
        await answer.aclose()


def _headers(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.lower() not in _NOT_PASSED_ON}
