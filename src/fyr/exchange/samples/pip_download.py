"""Has pip download one pinned wheel from the index that it is set up to use; nothing is installed or run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from fyr.errors import ServiceUnavailable
from fyr.exchange.samples.sample import Archive

__all__ = ["NoIndex", "pip_download", "pip_reason", "unavailable"]

_PATIENCE_S: Final = 600
_NO_INDEX: Final = "pip reached no package index"
_OPTIONS: Final = (
    "--no-deps",
    "--only-binary=:all:",  # of a source distribution pip would run the build, to learn its name
    "--no-input",
    "--disable-pip-version-check",
    "--progress-bar=off",
    "--quiet",
    "--retries=2",
    "--timeout=20",
)


class NoIndex(ServiceUnavailable):
    """No package index was reached, so that nothing else can be fetched either."""


def pip_download(
    archive: Archive, folder: Path, *, say: Callable[[str], None] = lambda _: None, pip: Sequence[str] | None = None
) -> Path:
    """Download a wheel.

    Parameters
    ----------
    archive : Archive
    folder : Path
        An empty folder, in which pip runs too: no file that lies about can stand in for a module.
    say : callable
        Is told what is being fetched, and how large it is.
    pip : sequence of str, optional
        How pip is called; this interpreter's own by default.

    Raises
    ------
    ServiceUnavailable
        If there is no pip, no index, or no such file in it.
    """
    say(f"fetching {archive.title} ({archive.size / 1e6:.1f} MB)")
    target = folder.resolve()
    wanted = f"{archive.package}=={archive.version}"
    command = [*(pip or (sys.executable, "-m", "pip")), "download", *_OPTIONS, *archive.tags, "--dest", str(target)]
    try:
        done = subprocess.run(  # noqa: S603  every word of it is ours
            [*command, wanted], cwd=target, capture_output=True, text=True, timeout=_PATIENCE_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise unavailable(archive, f"pip did not finish within {_PATIENCE_S // 60} minutes") from None
    except OSError as problem:
        raise unavailable(archive, f"pip could not be started: {problem.strerror}") from None
    if done.returncode:
        raise unavailable(archive, pip_reason(done.stderr))
    path = target / archive.file
    if not path.is_file():
        raise unavailable(archive, "pip gave another file than the one that is pinned")
    return path


def unavailable(archive: Archive, why: str) -> ServiceUnavailable:
    """Return the error that says why an archive could not be had, and what else can be done."""
    kind = NoIndex if why == _NO_INDEX else ServiceUnavailable
    return kind(
        f"{archive.title} could not be fetched: {why}",
        mend=f"check the network and pip's index, or bring {archive.file} here and name it with --archive",
    )


def pip_reason(said: str) -> str:
    """Return the last error that pip named, in one line."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if any(line.startswith("WARNING: Retrying") for line in lines):
        return _NO_INDEX  # it then says that there is no such version, which misleads
    errors = [line.removeprefix("ERROR:").strip() for line in lines if line.startswith("ERROR:")]
    return (errors or lines or ["pip failed and did not say why"])[-1].rstrip(".")
