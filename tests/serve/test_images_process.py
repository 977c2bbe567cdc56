"""Images between a whole hospital and a real archive; and a hospital that is killed while images come."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import FileDataset
from tests.exchange.dicom import made
from tests.exchange.dicom.sender import associated, send
from tests.serve.hospital_process import HospitalProcess, free_port
from tests.serve.orthanc import running_orthanc

from fyr.record import PatientId
from fyr.record.whole import check_record

VALUES = np.random.default_rng(11).integers(-1000, 3000, (20, 32, 32)).astype(np.int16)


class Hospital(HospitalProcess):
    """One that receives images."""

    def __init__(self, folder: Path) -> None:
        self.dicom = free_port()
        super().__init__(folder, more=["[dicom]", "receive = true", f"port = {self.dicom}"])
        self.dicomweb = f"http://127.0.0.1:{self.port}/api/dicomweb"

    def token(self, may: str = "images") -> str:
        said: dict[str, str] = json.loads(self.verb("token", "add", f"the-{may}", "--may", may, "--json"))
        return said["token"]


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    one = Hospital(tmp_path)
    yield one
    one.stop()


def _bytes(one: FileDataset) -> bytes:
    out = BytesIO()
    one.save_as(out, enforce_file_format=True)
    return out.getvalue()


def _fyr(*words: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "fyr.cli", *words, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def test_an_archive_sends_is_searched_fetched_from_and_stored_into(hospital: Hospital, tmp_path: Path) -> None:
    """Orthanc: C-STORE to Fyr, QIDO-RS and WADO-RS from it, STOW-RS to it, and its own client of DICOMweb at Fyr."""
    hospital.start()
    token = hospital.token()
    fyr = {"Url": hospital.dicomweb + "/", "HttpHeaders": {"Authorization": f"Bearer {token}"}}
    modalities = {"fyr": ["FYR", "127.0.0.1", hospital.dicom]}
    with running_orthanc(tmp_path, modalities=modalities, servers={"fyr": fyr}) as orthanc:
        first = made.slices(VALUES[:3])
        uids = {str(one.SOPInstanceUID) for one in first}
        for one in first:
            orthanc.add(_bytes(one))
        (study,) = orthanc.client.get("/studies").json()
        sent = orthanc.client.post("/modalities/fyr/store", content=study).json()
        assert (sent["InstancesCount"], sent["FailedInstancesCount"]) == (3, 0)
        with hospital.record() as record:
            kept = record.find_instances()
            assert {one.uid for one in kept} == uids
            assert {str(one.patient) for one in kept} == {"th/P1"}
            for one, data in zip(kept, record.read_instances(kept), strict=True):
                assert dcmread(BytesIO(data)) == dcmread(BytesIO(orthanc.file(one.uid)))

        home = str(tmp_path / "elsewhere")
        fetched = _fyr("record", "fetch", orthanc.dicomweb, "--study", made.STUDY, "--home", home, "--hospital", "th")
        assert (fetched["listed"], fetched["added"], fetched["refused"]) == (3, 3, [])
        again = _fyr("record", "fetch", orthanc.dicomweb, "--patient", "P1", "--home", home, "--hospital", "th")
        assert (again["added"], again["known"], again["nothing_new"]) == (0, 3, True)

        second = made.slices(VALUES[3:5])
        for one in second:
            one.StudyInstanceUID, one.SeriesInstanceUID = "1.2.826.0.1.3680043.8.498.9", "1.2.826.0.1.3680043.8.498.10"
            made.write(one, tmp_path / f"{one.InstanceNumber}.dcm")
        _fyr("record", "import", *(str(tmp_path / f"{one.InstanceNumber}.dcm") for one in second), "--home", home)
        stored = _fyr("record", "send", orthanc.dicomweb, "--study", "1.2.826.0.1.3680043.8.498.9", "--home", home)
        assert (stored["stored"], stored["refused"]) == (2, [])
        more = {str(one.SOPInstanceUID) for one in second}
        assert orthanc.instances() == uids | more

        name = orthanc.client.post("/tools/lookup", content="1.2.826.0.1.3680043.8.498.9").json()[0]["ID"]
        wanted = {"Resources": [name], "Synchronous": True}
        orthanc.client.post("/dicom-web/servers/fyr/stow", json=wanted).raise_for_status()
        asked = {"Uri": "/studies", "Arguments": {"PatientID": "P1"}}
        found = orthanc.client.post("/dicom-web/servers/fyr/qido", json=asked)
        assert len(found.json()) == 2, found.text
        for one in orthanc.client.get("/studies").json():
            orthanc.client.delete(f"/studies/{one}")
        back = {"Resources": [{"Study": made.STUDY}], "Synchronous": True}
        orthanc.client.post("/dicom-web/servers/fyr/retrieve", json=back).raise_for_status()
        assert orthanc.instances() == uids
    with hospital.record() as record:
        assert {one.uid for one in record.find_instances()} == uids | more


def test_what_was_acknowledged_outlives_a_kill(hospital: Hospital) -> None:
    hospital.start()
    objects = made.slices(VALUES)
    acknowledged: list[str] = []

    def send_all() -> None:
        try:
            answers = send(hospital.dicom, *objects)
            acknowledged.extend(
                str(one.SOPInstanceUID)
                for one, answer in zip(objects, answers, strict=False)
                if answer.get("Status") == 0
            )
        except RuntimeError:  # the association is gone
            return

    sender = threading.Thread(target=send_all)
    sender.start()
    until = time.monotonic() + 60
    while len(acknowledged) < 5 and time.monotonic() < until:
        time.sleep(0.005)
    hospital.kill()
    sender.join(60)
    assert len(acknowledged) >= 5
    with hospital.record() as record:
        kept = record.find_instances()
        assert set(acknowledged) <= {one.uid for one in kept}
        assert len(list(record.read_instances(kept))) == len(kept)
        assert check_record(record).problems == ()
    before = len(acknowledged)
    hospital.start()
    send_all()
    assert len(acknowledged) - before == len(objects)
    with hospital.record() as record:
        assert len(record.find_instances()) == len(objects)


def test_images_from_before_the_index_are_indexed_while_the_hospital_is_open(hospital: Hospital) -> None:
    data = [_bytes(one) for one in made.slices(VALUES[:3])]
    patient = PatientId("th", "P1")
    with hospital.record() as record, record.importing(source="an earlier version") as batch:
        batch.add_patient(patient)
        batch.put_objects(data, media_type="application/dicom", studies=[made.STUDY] * 3, patients=[patient] * 3)
    hospital.start()
    client = httpx.Client(headers={"Authorization": f"Bearer {hospital.token('read-images')}"}, timeout=30)
    until = time.monotonic() + 30
    with client:
        while (answer := client.get(f"{hospital.dicomweb}/instances")).status_code == 204 and time.monotonic() < until:
            time.sleep(0.1)
    assert len(answer.json()) == 3


def test_the_sources_page_shows_the_receiver_and_what_it_refused(hospital: Hospital) -> None:
    hospital.start()
    said = json.loads(hospital.verb("account", "add", "ingrid", "--role", "nurse", "--random", "--json"))
    good, nobody = made.slices(VALUES[:2])
    nobody.PatientID = ""
    with associated(hospital.dicom, [(made.CT, "1.2.840.10008.1.2.1")]):
        assert [one.Status for one in send(hospital.dicom, good, nobody)] == [0, 0xC000]
        with httpx.Client(base_url=f"http://127.0.0.1:{hospital.port}", timeout=30) as client:
            csrf = client.get("/api/session").json()["csrf_token"]
            person = {"name": "ingrid", "password": said["password"]}
            client.post("/api/sign-in", json=person, headers={"X-CSRF-Token": csrf}).raise_for_status()
            lines = {one["name"]: one for one in client.get("/api/sources").json()["sources"]}
            refused = client.get("/api/quarantine").json()["messages"]
    line = lines["dicom"]
    assert (line["kind"], line["state"], line["connections"] >= 1) == ("c-store", "listening", True)
    assert (line["messages"], line["accepted"], line["refused"]) == (2, 1, 1)
    assert line["detail"] == f"127.0.0.1:{hospital.dicom} as FYR"
    assert [(one["source"], one["where"], one["kind"]) for one in refused] == [
        ("dicom", "C-STORE from PACS: Patient ID (0010,0020)", "unreadable")
    ]
