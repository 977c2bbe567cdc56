"""Run by an interpreter that has pip, with its options and five words: see :mod:`~fyr.exchange.samples.pip_source`.

Of pip's inner parts it uses the few that have been the same since pip 20: the finder and the session of its commands.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

__all__ = ["main"]

_CHUNK: Final = 1 << 16


def main(words: list[str]) -> int:
    """Look for a file in the indexes that pip is set up to use, and write its bytes.

    Parameters
    ----------
    words : list of str
        Options of ``pip download``, then package, file, SHA-256, size in bytes, and where to write it.
    """
    try:
        from pip._internal.commands.download import DownloadCommand
        from pip._internal.exceptions import CommandError
    except ImportError as problem:
        sys.stderr.write(f"ERROR: this Python has no pip that is understood: {problem}\n")
        return 1

    class Bytes(DownloadCommand):
        ignore_require_venv = True  # nothing is installed

        def run(self, options: Any, args: list[str]) -> int:
            package, file, sha256, size, target = args
            try:
                session = self.get_default_session(options)
                finder = self._build_package_finder(options, session, ignore_requires_python=True)
                links = [one.link for one in finder.find_all_candidates(package) if one.link.filename == file]
                links.sort(key=lambda link: link.hash != sha256)  # another index may have another file of this name
                addresses = [link.url_without_fragment for link in links]
            except (AttributeError, TypeError) as problem:
                raise CommandError(f"this pip is not understood: {problem}") from None
            if not addresses:
                raise CommandError(f"the package index has no {file}")
            try:
                _write(session, addresses[0], Path(target), int(size))
            except OSError as problem:  # as are all errors of pip's own copy of requests
                raise CommandError(str(problem)) from None
            return 0

    return int(Bytes("download", "Bring the bytes of one file.").main(words))


def _write(session: Any, url: str, target: Path, size: int) -> None:
    """Write what lies at the address, but not more than one byte over what is expected."""
    answer = session.get(url, headers={"Accept-Encoding": "identity"}, stream=True)
    answer.raise_for_status()
    left = size + 1
    with target.open("wb") as file:
        try:
            while left > 0 and (chunk := answer.raw.read(min(left, _CHUNK))):
                file.write(chunk)
                left -= len(chunk)
        except Exception as problem:  # noqa: BLE001  of which kind depends on pip's own copy of urllib3
            raise OSError(f"the line broke after {size + 1 - left:,} of {size:,} bytes ({problem})") from None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
