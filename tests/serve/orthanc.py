"""An Orthanc of our own: a real archive that speaks DICOM and DICOMweb."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.serve.hospital_process import free_port

__all__ = ["Orthanc", "running_orthanc"]

PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")


class Orthanc:
    """A running Orthanc."""

    def __init__(self, folder: Path, *, modalities: dict[str, list[Any]], servers: dict[str, Any]) -> None:
        self.http_port, self.dicom_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.http_port}"
        self.dicomweb = f"{self.url}/dicom-web"
        self.client = httpx.Client(base_url=self.url, timeout=60)
        self._configuration = folder / "orthanc.json"
        said = {
            "StorageDirectory": str(folder / "orthanc"),
            "IndexDirectory": str(folder / "orthanc"),
            "HttpPort": self.http_port,
            "DicomPort": self.dicom_port,
            "DicomAet": "ORTHANC",
            "AuthenticationEnabled": False,
            "RemoteAccessAllowed": False,
            "DicomModalities": modalities,
            "Plugins": [str(PLUGIN)],
            "DicomWeb": {"Enable": True, "Root": "/dicom-web/", "Servers": servers},
        }
        self._configuration.write_text(json.dumps(said))
        self._log = folder / "orthanc.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = shutil.which("Orthanc") or "/usr/sbin/Orthanc"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen([program, str(self._configuration)], stdout=log, stderr=log)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            assert self._process.poll() is None, self._log.read_text()[-2000:]
            try:
                if self.client.get("/system").status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)
        raise AssertionError(self._log.read_text()[-2000:])

    def stop(self) -> None:
        self.client.close()
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(30)

    def add(self, data: bytes) -> None:
        """Put an object in."""
        self.client.post("/instances", content=data).raise_for_status()

    def instances(self) -> set[str]:
        """The SOP instance UIDs that it has."""
        found = self.client.get("/instances?expand").json()
        return {one["MainDicomTags"]["SOPInstanceUID"] for one in found}

    def file(self, uid: str) -> bytes:
        """The object of that UID, as it keeps it."""
        (name,) = self.client.post("/tools/lookup", content=uid).json()
        return self.client.get(f"/instances/{name['ID']}/file").content


@contextmanager
def running_orthanc(
    folder: Path, *, modalities: dict[str, list[Any]] | None = None, servers: dict[str, Any] | None = None
) -> Iterator[Orthanc]:
    """Run one for the block; skips the test where it is not installed."""
    if shutil.which("Orthanc") is None and not Path("/usr/sbin/Orthanc").exists():
        pytest.skip("Orthanc is not installed: scripts/bootstrap.sh test-tools .venv installs it")
    if not PLUGIN.exists():
        pytest.skip("Orthanc's DICOMweb is not installed: scripts/bootstrap.sh test-tools .venv installs it")
    one = Orthanc(folder, modalities=modalities or {}, servers=servers or {})
    try:
        one.start()
        yield one
    finally:
        one.stop()
