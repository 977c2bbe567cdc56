"""A machine that talks to a house over HTTP with a bearer token."""

from __future__ import annotations

from typing import Any

import httpx
import orjson
from tests.serve.house import House

from fyr.serve.app import create_app
from fyr.serve.installation import Installation

FHIR_JSON = "application/fhir+json"


class Machine:
    """Sends what it is told with its token; `token` None sends no header."""

    def __init__(
        self, house: House, token: str | None, *, here: Installation | None = None, address: str = "127.0.0.1"
    ) -> None:
        transport = httpx.ASGITransport(
            create_app(here or house.installation), raise_app_exceptions=False, client=(address, 50000)
        )
        self.headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000")
        self._house = house

    def get(self, path: str, *, accept: str = "*/*", **options: Any) -> httpx.Response:
        return self._house.runner.run(self._client.get(path, headers={**self.headers, "Accept": accept}, **options))

    def preflight(self, path: str, origin: str) -> httpx.Response:
        """Ask as a browser does for a page of that origin."""
        asked = {
            "Origin": origin,
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "authorization",
        }
        return self._house.runner.run(self._client.options(path, headers=asked))

    def post(self, path: str, document: Any, *, kind: str = FHIR_JSON, **headers: str) -> httpx.Response:
        content = document if isinstance(document, bytes) else orjson.dumps(document)
        sent = {"Content-Type": kind, **self.headers, **headers}
        return self._house.runner.run(self._client.post(path, content=content, headers=sent))


def token_of(house: House, may: str = "send", name: str | None = None) -> str:
    """Make a token for a machine."""
    from fyr.serve.machine_tokens import May

    assert house.installation.tokens is not None
    return house.installation.tokens.add(name or f"{may}er", May(may))
