"""Where this machine gets its packages from: pip's settings, said in uv's words, for uv reads none of pip's."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Final

__all__ = ["environment_for_uv"]

_SAME: Final = (
    ("index-url", "UV_DEFAULT_INDEX"),
    ("find-links", "UV_FIND_LINKS"),
    ("no-index", "UV_NO_INDEX"),
    ("cert", "SSL_CERT_FILE"),
)


def environment_for_uv() -> dict[str, str]:
    """Return this process's environment with pip's package index made known to uv; what uv was told itself stays."""
    environment = dict(os.environ)
    for name, value in (("UV_HTTP_TIMEOUT", "30"), ("UV_HTTP_RETRIES", "1"), ("UV_LINK_MODE", "copy")):
        environment.setdefault(name, value)
    for option, variable in _SAME:
        value = _pip_setting(option)
        if value:
            environment.setdefault(variable, value)
    return environment


def _pip_setting(option: str) -> str | None:
    """Return what pip would use: its environment variable, else its configuration file."""
    from_environment = os.environ.get(f"PIP_{option.replace('-', '_').upper()}")
    if from_environment:
        return from_environment
    outcome = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", f"global.{option}"], capture_output=True, text=True, check=False
    )
    return outcome.stdout.strip() or None if outcome.returncode == 0 else None
