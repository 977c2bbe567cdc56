"""Has pip look for one pinned source distribution and bring its bytes: nothing of it is unpacked, built or run.

``pip download`` of a source distribution runs its build to learn its name. So pip's own finder and session are called
by a few lines of ours in a process of their own, :mod:`~fyr.exchange.samples.pip_bytes`: with every index, proxy,
certificate and password that pip is set up to use, and without the step that would run something.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from fyr.errors import ServiceUnavailable
from fyr.exchange.samples.pip_download import pip_reason, unavailable
from fyr.exchange.samples.sample import Archive

__all__ = ["pip_source"]

_PATIENCE_S: Final = 900
_OPTIONS: Final = (
    "--no-binary=:all:",
    "--no-input",
    "--disable-pip-version-check",
    "--quiet",
    "--retries=2",
    "--timeout=20",
)


def pip_source(
    archive: Archive, folder: Path, *, say: Callable[[str], None] = lambda _: None, python: Sequence[str] | None = None
) -> Path:
    """Fetch a source distribution as it is.

    Parameters
    ----------
    archive : Archive
    folder : Path
        An empty folder.
    say : callable
        Is told what is being fetched, and how large it is.
    python : sequence of str, optional
        An interpreter that has pip; this one by default.

    Raises
    ------
    ServiceUnavailable
        If there is no pip, no index, no such file in it, or the line broke.
    """
    say(f"fetching {archive.title} ({archive.size / 1e6:.1f} MB)")
    target = folder.resolve() / archive.file
    # -P: the folder of the script, where our own modules lie, is not searched for those of pip
    command = [*(python or (sys.executable,)), "-P", str(Path(__file__).with_name("pip_bytes.py"))]
    about = (archive.package, archive.file, archive.sha256, str(archive.size), str(target))
    try:
        done = subprocess.run(  # noqa: S603  every word of it is ours
            [*command, *_OPTIONS, *about],
            cwd=target.parent,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise unavailable(archive, f"pip did not finish within {_PATIENCE_S // 60} minutes") from None
    except OSError as problem:
        raise unavailable(archive, f"pip could not be started: {problem.strerror}") from None
    if done.returncode:
        raise unavailable(archive, pip_reason(done.stderr))
    found = target.stat().st_size if target.is_file() else 0
    if found < archive.size:
        raise _broken(archive, found)
    return target


def _broken(archive: Archive, found: int) -> ServiceUnavailable:
    return unavailable(archive, f"the line broke after {found:,} of {archive.size:,} bytes")
