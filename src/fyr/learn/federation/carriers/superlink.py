"""A SuperLink as a child process, with the study's certificate, and nothing that it could run."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final

from fyr.learn.federation.carriers.flower_api import require_flower
from fyr.learn.federation.carriers.whole_files import read_private, write_new_private

if TYPE_CHECKING:
    from fyr.learn.federation.carriers.study_keys import CoordinatorKeys

__all__ = ["SuperLink", "superlink_secret"]

_END_S: Final = 5.0


def superlink_secret(keys: CoordinatorKeys) -> Path:
    """Return where the secret lies that a SuperLink hands its work out for; made on first use."""
    place = keys.folder / "superlink.secret"
    if not place.exists():
        write_new_private(place, secrets.token_bytes(32))
    read_private(place)
    return place


class SuperLink:
    """A running ``flower-superlink``; a context that ends it.

    Parameters
    ----------
    keys : CoordinatorKeys
    host : str
    port : int
    log : Path
        What it says goes there.

    Raises
    ------
    ServiceUnavailable
        If Flower is not installed.
    """

    def __init__(self, keys: CoordinatorKeys, *, host: str = "127.0.0.1", port: int, log: Path) -> None:
        require_flower()
        program = Path(sys.executable).parent / "flower-superlink"
        command = [
            str(program),
            *("--host", host, "--port", str(port)),
            *("--ssl-certfile", str(keys.certificate_file), "--ssl-keyfile", str(keys.tls_key)),
            *("--ssl-ca-certfile", str(keys.authority_file)),
            *("--isolation", "process", "--enable-supernode-auth", "--disable-runtime-dependency-installation"),
            *("--superexec-auth-secret-file", str(superlink_secret(keys))),
        ]
        environment = {
            **os.environ,
            "FLWR_HOME": str(keys.folder / "flower"),
            "FLWR_TELEMETRY_ENABLED": "0",
            "FLWR_DISABLE_UPDATE_CHECK": "1",
        }
        with log.open("ab") as file:
            self._process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, env=environment)  # noqa: S603

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    def close(self) -> None:
        """End it; after a while by force, for it waits for connections that are held."""
        self._process.terminate()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> SuperLink:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
