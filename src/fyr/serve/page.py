"""The built web page: read once, kept in memory, compressed once."""

from __future__ import annotations

import gzip
import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response

from fyr.serve.problems import NotFound

__all__ = ["BUILT_PAGE", "Page", "show_page"]

BUILT_PAGE: Final = Path(__file__).parent / "page"

_WORTH_COMPRESSING: Final = 1024
_KEEP_FOREVER: Final = "public, max-age=31536000, immutable"
_ASK_AGAIN: Final = "no-cache"
_NOT_BUILT: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Fyr</title>
<h1>The page is not built yet</h1>
<p>Stop this server and run <code>make run</code> in the project's folder: it builds the page and starts the
demonstration hospital. The API works meanwhile: <a href="/api/openapi.json">its description</a>.</p></html>
"""


@dataclass(frozen=True, slots=True)
class _File:
    plain: bytes
    compressed: bytes | None
    media_type: str
    cache: str


class Page:
    """The files of a built page; any path that is none of them shows ``index.html``, which routes by itself.

    Parameters
    ----------
    folder : Path
        Where the build is; may be absent.
    """

    def __init__(self, folder: Path = BUILT_PAGE) -> None:
        self._files = {
            f"/{path.relative_to(folder).as_posix()}": _read(path, hashed=path.parent.name == "assets")
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    @property
    def is_built(self) -> bool:
        """Whether there is a page to show."""
        return "/index.html" in self._files

    def answer(self, path: str, *, gzip_accepted: bool) -> Response:
        """Return the file at `path`, or the page itself.

        Raises
        ------
        NotFound
            If the path is one of a hashed file that the build does not hold.
        """
        if not self.is_built:
            return HTMLResponse(_NOT_BUILT, 503)
        found = self._files.get(path)
        if found is None:
            if path.startswith("/assets/"):
                raise NotFound("the page has no such file", where=path)
            found = self._files["/index.html"]
        headers = {"Cache-Control": found.cache, "Vary": "Accept-Encoding"}
        if gzip_accepted and found.compressed is not None:
            return Response(
                found.compressed, headers={**headers, "Content-Encoding": "gzip"}, media_type=found.media_type
            )
        return Response(found.plain, headers=headers, media_type=found.media_type)


def show_page(app: FastAPI, page: Page) -> None:
    """Answer every GET that no other route took with the page; add this route last."""

    @app.get("/{path:path}", include_in_schema=False)
    async def file(path: str, request: Request) -> Response:
        if path == "api" or path.startswith("api/"):
            raise NotFound("there is nothing at this address", where=f"/{path}", mend="see /api/openapi.json")
        return page.answer(f"/{path}", gzip_accepted="gzip" in request.headers.get("accept-encoding", ""))


def _read(path: Path, *, hashed: bool) -> _File:
    plain = path.read_bytes()
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    compressible = len(plain) >= _WORTH_COMPRESSING and not media_type.startswith(("image/png", "font/"))
    return _File(
        plain=plain,
        compressed=gzip.compress(plain, mtime=0) if compressible else None,
        media_type=media_type,
        cache=_KEEP_FOREVER if hashed else _ASK_AGAIN,
    )
