"""DICOMweb as machines and people use it: what is found, given, stored; who may; and what is in the trail."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from email import message_from_bytes
from io import BytesIO
from typing import Any

import httpx
import numpy as np
import pytest
import uvicorn
from dicomweb_client.api import DICOMwebClient
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000Lossless, JPEGLosslessSV1
from tests.exchange.dicom import made
from tests.serve.hospital_process import free_port
from tests.serve.house import House
from tests.serve.machine import Machine, token_of

from fyr.clock import SystemClock
from fyr.exchange.dicomweb.multipart import Part, parts_written
from fyr.serve.app import create_app
from fyr.serve.image_intake import ImageIntake
from fyr.serve.installation import Installation
from fyr.serve.quarantine import Quarantine

VALUES = np.random.default_rng(13).integers(-1000, 3000, (3, 40, 36)).astype(np.int16)
STUDIES = "/api/dicomweb/studies"
SERIES = f"{STUDIES}/{made.STUDY}/series/{made.SERIES}"
DEFAULT = 'multipart/related; type="application/dicom"'
AS_STORED = f"{DEFAULT}; transfer-syntax=*"
PLAIN = "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1"


@pytest.fixture
def here(house: House) -> Installation:
    """An installation that takes images."""
    images = ImageIntake("th", Quarantine(house.record.journal), SystemClock())
    return replace(house.installation, images=images)


@pytest.fixture
def archive(house: House, here: Installation) -> Machine:
    return Machine(house, token_of(house, "images"), here=here)


def _bytes(one: FileDataset) -> bytes:
    out = BytesIO()
    one.save_as(out, enforce_file_format=True)
    return out.getvalue()


def _store(machine: Machine, *objects: bytes, path: str = STUDIES, part: str = "application/dicom") -> httpx.Response:
    body = b"".join(parts_written([Part(part, one) for one in objects], "xyz"))
    return machine.post(path, body, kind='multipart/related; type="application/dicom"; boundary=xyz')


def _parts(answer: httpx.Response) -> list[tuple[str, bytes]]:
    head = f"Content-Type: {answer.headers['Content-Type']}\r\n\r\n".encode()
    read = message_from_bytes(head + answer.content).get_payload()
    return [(one["Content-Type"], one.get_payload(decode=True)) for one in read]


def _study() -> list[FileDataset]:
    found = made.slices(VALUES)
    for one in found:
        one.StudyDate, one.AccessionNumber, one.WindowCenter, one.WindowWidth = "20240229", "A17", 40, 400
    return found


def test_what_is_stored_is_found_and_given_back_byte_for_byte(archive: Machine) -> None:
    objects = _study()
    data = [_bytes(one) for one in objects]
    answer = _store(archive, *data)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/dicom+json"
    said = answer.json()
    assert [one["00081155"]["Value"][0] for one in said["00081199"]["Value"]] == [one.SOPInstanceUID for one in objects]
    assert said["00081190"]["Value"] == [f"http://127.0.0.1:8000{STUDIES}/{made.STUDY}"]
    assert "00081198" not in said
    for path, count in ((f"{STUDIES}/{made.STUDY}", 3), (SERIES, 3)):
        given = archive.get(path, accept=AS_STORED)
        assert [one for _, one in _parts(given)] == data[:count]
    single = archive.get(f"{SERIES}/instances/{objects[1].SOPInstanceUID}", accept="application/dicom")
    assert single.content == data[1]


def test_searches_at_every_level(archive: Machine) -> None:
    _store(archive, *map(_bytes, _study()))
    (study,) = archive.get(f"{STUDIES}?PatientID=P1&StudyDate=20240101-20241231&ModalitiesInStudy=CT").json()
    assert study["0020000D"]["Value"] == [made.STUDY]
    assert (study["00201206"]["Value"], study["00201208"]["Value"]) == ([1], [3])
    assert (study["00100020"]["Value"], study["00100021"]["Value"]) == (["P1"], ["th"])
    (series,) = archive.get(f"{STUDIES}/{made.STUDY}/series").json()
    assert (series["00080060"]["Value"], series["00201209"]["Value"]) == (["CT"], [3])
    assert "00100020" not in series
    (series,) = archive.get("/api/dicomweb/series?Modality=CT").json()
    assert series["00100020"]["Value"] == ["P1"]
    instances = archive.get(f"{SERIES}/instances?includefield=00281052,00281053").json()
    assert [one["00200013"]["Value"] for one in instances] == [[1], [2], [3]]
    assert [one["00281052"] for one in instances] == [{"vr": "DS", "Value": [-1024.0]}] * 3
    assert len(archive.get(f"/api/dicomweb/instances?InstanceNumber=2&StudyInstanceUID={made.STUDY}").json()) == 1


def test_a_search_without_results_is_204_and_one_that_is_cut_says_so(archive: Machine) -> None:
    _store(archive, *map(_bytes, _study()))
    assert archive.get(f"{STUDIES}?PatientID=nobody").status_code == 204
    page = archive.get(f"{SERIES}/instances?limit=2")
    assert len(page.json()) == 2
    assert page.headers["Warning"] == '299 127.0.0.1:8000 "There are additional results that can be requested"'
    rest = archive.get(f"{SERIES}/instances?limit=2&offset=2")
    assert (len(rest.json()), "Warning" in rest.headers) == (1, False)
    named = archive.get(f"{STUDIES}?includefield=00181030").headers["Warning"]
    assert named.endswith('"The following attributes were not returned: 00181030"')


def test_a_search_that_is_not_understood_is_refused(archive: Machine) -> None:
    answer = archive.get(f"{STUDIES}?Rows=512")
    assert answer.status_code == 400
    assert answer.json()["error"]["where"] == "the query, Rows"


def test_metadata_frames_and_bulk_data(archive: Machine) -> None:
    objects = _study()
    _store(archive, *map(_bytes, objects))
    said = archive.get(f"{SERIES}/metadata").json()
    assert {one["00080018"]["Value"][0] for one in said} == {one.SOPInstanceUID for one in objects}
    assert said[0]["00280010"]["Value"] == [40]
    uri = said[0]["7FE00010"]["BulkDataURI"]
    bulk = archive.get(uri.removeprefix("http://127.0.0.1:8000"))
    assert [one for _, one in _parts(bulk)] == [objects[0].PixelData]
    frame = archive.get(f"{SERIES}/instances/{objects[0].SOPInstanceUID}/frames/1")
    assert _parts(frame) == [("application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1", objects[0].PixelData)]
    at = f"{SERIES}/instances/{objects[0].SOPInstanceUID}"
    alone = archive.get(f"{at}/frames/1", accept="application/octet-stream")
    assert alone.content == objects[0].PixelData


def test_compressed_pixels_are_given_as_they_are_stored_or_plain(archive: Machine) -> None:
    plain, one = _study()[0], _study()[0]
    one.compress(JPEG2000Lossless, generate_instance_uid=False)
    assert _store(archive, _bytes(one)).status_code == 200
    at = f"{SERIES}/instances/{one.SOPInstanceUID}"
    ((kind, data),) = _parts(archive.get(at, accept=DEFAULT))
    assert kind == "application/dicom; transfer-syntax=1.2.840.10008.1.2.1"
    assert dcmread(BytesIO(data)).PixelData == plain.PixelData
    ((_, stored),) = _parts(archive.get(at, accept=AS_STORED))
    assert stored == _bytes(one)
    compressed = f"image/jp2; transfer-syntax={JPEG2000Lossless}"
    for accept, expected in (
        ("multipart/related; type=application/octet-stream; transfer-syntax=*", compressed),
        ('multipart/related; type="image/jp2"', compressed),
        ("multipart/related; type=application/octet-stream", PLAIN),
    ):
        ((kind, frame),) = _parts(archive.get(f"{at}/frames/1", accept=accept))
        assert kind == expected
        pixels = frame if kind == PLAIN else np.asarray(Image.open(BytesIO(frame))).tobytes()
        assert pixels == plain.PixelData


def test_frames_that_cannot_be_decoded_are_given_as_stored_to_who_takes_anything(archive: Machine) -> None:
    one = _study()[0]
    one.PixelData = encapsulate([b"not JPEG"])
    one.file_meta.TransferSyntaxUID = JPEGLosslessSV1
    assert _store(archive, _bytes(one)).status_code == 200
    at = f"{SERIES}/instances/{one.SOPInstanceUID}/frames/1"
    for accept in ("*/*", "multipart/related; type=application/octet-stream; transfer-syntax=*"):
        assert _parts(archive.get(at, accept=accept)) == [
            (f"image/jpeg; transfer-syntax={JPEGLosslessSV1}", b"not JPEG")
        ]
    assert archive.get(at, accept="multipart/related; type=application/octet-stream").status_code == 406


def test_pictures(archive: Machine) -> None:
    objects = _study()
    _store(archive, *map(_bytes, objects), _bytes(made.structures({})))
    at = f"{SERIES}/instances/{objects[0].SOPInstanceUID}"
    shown = archive.get(f"{at}/rendered?viewport=20,20", accept="image/png")
    assert (shown.headers["Content-Type"], Image.open(BytesIO(shown.content)).size) == ("image/png", (18, 20))
    of_frame, of_study = f"{at}/frames/1/rendered?window=40,400,LINEAR", f"{STUDIES}/{made.STUDY}/thumbnail"
    for path in (of_frame, of_study, f"{SERIES}/thumbnail"):
        answer = archive.get(path)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg"), answer.text


REFUSED = (
    (STUDIES, "application/dicom+xml", 406),
    (f"{STUDIES}/{made.STUDY}", 'multipart/related; type="application/dicom+xml"', 406),
    (f"{STUDIES}/{made.STUDY}", "application/dicom", 406),
    (f"{STUDIES}/{made.STUDY}", f"{DEFAULT}; transfer-syntax={JPEG2000Lossless}", 406),
    (f"{STUDIES}/{made.STUDY}/metadata", "application/dicom+xml", 406),
    (f"{STUDIES}/1.2.3", "*/*", 404),
    (f"{STUDIES}/{made.STUDY}/series/1.2.3", "*/*", 404),
    (f"{STUDIES}/{made.STUDY}/series/1.2.3/metadata", "*/*", 404),
    ("INSTANCE/frames/2", "*/*", 404),
    ("INSTANCE/frames/x", "*/*", 400),
    ("INSTANCE/frames/1", "image/jls", 406),
    ("INSTANCE/rendered", "image/gif", 406),
    ("INSTANCE/rendered?window=a", "*/*", 400),
    ("INSTANCE/rendered?window=nan,nan", "*/*", 400),
    ("INSTANCE/rendered?window=40,inf", "*/*", 400),
    ("INSTANCE/rendered?viewport=0,0", "*/*", 400),
    ("INSTANCE/rendered?viewport=20,20,5,5,10,10", "*/*", 400),
    ("INSTANCE/bulkdata/00100010", "*/*", 404),
    ("INSTANCE/bulkdata/name", "*/*", 400),
)


def test_what_cannot_be_given_is_refused_with_the_status_that_fits(archive: Machine) -> None:
    objects = _study()
    _store(archive, *map(_bytes, objects))
    for path, accept, status in REFUSED:
        at = path.replace("INSTANCE", f"{SERIES}/instances/{objects[0].SOPInstanceUID}")
        answer = archive.get(at, accept=accept)
        assert answer.status_code == status, (path, answer.text)
        assert answer.json()["error"]["what"]


def test_what_is_not_stored_is_said_with_the_reason_and_shown_in_quarantine(
    archive: Machine, here: Installation
) -> None:
    good, other, third = _study()
    altered = _study()[0]
    altered.SOPInstanceUID = altered.file_meta.MediaStorageSOPInstanceUID = good.SOPInstanceUID
    altered.PatientName = "Changed"
    assert _store(archive, _bytes(good)).status_code == 200
    answer = _store(archive, _bytes(good), _bytes(altered), b"no dicom", _bytes(other))
    assert answer.status_code == 202
    said = answer.json()
    assert len(said["00081199"]["Value"]) == 2
    (failed,) = said["00081198"]["Value"]
    assert (failed["00081155"]["Value"], failed["00081197"]["Value"]) == ([good.SOPInstanceUID], [0x0111])
    assert said["0008119A"]["Value"] == [{"00081197": {"vr": "US", "Value": [0xC000]}}]
    assert "the record holds another object under the SOP instance UID" in answer.headers["Warning"]
    wrong_study = _store(archive, _bytes(third), path=f"{STUDIES}/1.2.3")
    assert wrong_study.status_code == 409
    assert wrong_study.json()["00081198"]["Value"][0]["00081197"]["Value"] == [0xA900]
    assert here.images is not None
    assert here.images.counts("dicomweb imageser").refused == 3
    assert len(Quarantine(here.record.journal).newest(10)) == 3
    assert len(here.record.find_instances()) == 2


DICOM = 'multipart/related; type="application/dicom"'
NO_STORE = (
    ("application/json", b"{}", 415),
    ('multipart/related; type="application/dicom+json"; boundary=x', b"--x--", 415),
    (DICOM, b"--x--", 400),
    (f"{DICOM}; boundary=x", b"--x\r\n\r\nhalf", 400),
    (f"{DICOM}; boundary=x", b"--x--\r\n", 400),
    (f"{DICOM}; boundary=x", b"--x\r\nContent-Type: a/b\r\n\r\n1\r\n--x--", 415),
)


def test_a_body_that_is_no_store_is_refused(archive: Machine) -> None:
    for kind, body, status in NO_STORE:
        answer = archive.post(STUDIES, body, kind=kind)
        assert answer.status_code == status, (kind, body, answer.text)


def test_who_may_read_and_who_may_store(house: House, here: Installation) -> None:
    data = _bytes(_study()[0])
    allowed = {"images": (200, 204), "read-images": (403, 204), "read": (403, 403), "send": (403, 403)}
    for may, (stores, reads) in reversed(allowed.items()):
        machine = Machine(house, token_of(house, may), here=here)
        assert machine.get(f"{STUDIES}?PatientID=nobody").status_code == reads, may
        assert _store(machine, data).status_code == stores, may
    assert Machine(house, None, here=here).get(STUDIES).status_code == 401
    for role, status in {
        "physician": 204,
        "physicist": 204,
        "nurse": 204,
        "researcher": 403,
        "administrator": 403,
    }.items():
        assert house.signed_in(role).get(f"{STUDIES}?PatientID=nobody").status_code == status, role


def test_where_no_images_are_taken_none_are(house: House) -> None:
    answer = _store(Machine(house, token_of(house, "images")), _bytes(_study()[0]))
    assert answer.status_code == 503


def test_reading_and_storing_are_in_the_trail_by_patient(archive: Machine, here: Installation) -> None:
    _store(archive, *map(_bytes, _study()))
    archive.get(f"{STUDIES}/{made.STUDY}")
    (patient,) = {one.patient for one in here.record.find_instances()}
    entries = here.record.audit.entries(limit=50, patient=patient)
    said = {(one["action"], one["person"], one["detail"].get("count")) for one in entries}
    assert {("put object", "token:imageser", 3), ("read images", "token:imageser", 3)} <= said


def test_pages_from_elsewhere_read_only_where_the_hospital_says_so(house: House, here: Installation) -> None:
    viewer = "https://viewer.example.org"
    token = token_of(house, "read-images")
    assert "access-control-allow-origin" not in Machine(house, token, here=here).preflight(STUDIES, viewer).headers
    opened = Machine(house, token, here=replace(here, image_origins=(viewer,)))
    for path, origin, allowed in (
        (STUDIES, viewer, viewer),
        (STUDIES, "https://evil.example.org", None),
        ("/api/session", viewer, None),
    ):
        headers = opened.preflight(path, origin).headers
        assert headers.get("access-control-allow-origin") == allowed
        assert "access-control-allow-credentials" not in headers


@pytest.fixture
def served(house: House, here: Installation) -> Iterator[str]:
    """The address of a server on a real socket."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(create_app(here), port=port, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.05)
    yield f"http://127.0.0.1:{port}/api/dicomweb"
    server.should_exit = True
    thread.join(20)


def test_an_outside_client_stores_searches_and_retrieves(house: House, served: str) -> None:
    client = DICOMwebClient(served, headers={"Authorization": f"Bearer {token_of(house, 'images')}"})
    objects: Sequence[Any] = [dcmread(BytesIO(_bytes(one))) for one in _study()]
    answer = client.store_instances(objects)
    assert len(answer.ReferencedSOPSequence) == 3
    (study,) = client.search_for_studies(search_filters={"PatientName": "Test*"})
    assert study["0020000D"]["Value"] == [made.STUDY]
    assert client.search_for_studies(search_filters={"PatientID": "nobody"}) == []
    assert len(client.search_for_series(made.STUDY)) == 1
    assert len(client.search_for_instances(made.STUDY, fields=["RescaleSlope"])) == 3
    assert sorted(client.retrieve_study(made.STUDY), key=lambda one: one.InstanceNumber) == list(objects)
    assert len(client.retrieve_series_metadata(made.STUDY, made.SERIES)) == 3
    one = objects[1]
    at = (made.STUDY, made.SERIES, one.SOPInstanceUID)
    assert client.retrieve_instance(*at) == one
    assert client.retrieve_instance_frames(*at, [1]) == [one.PixelData]
    said = client.retrieve_instance_metadata(*at)
    assert client.retrieve_bulkdata(said["7FE00010"]["BulkDataURI"]) == [one.PixelData]
    assert Image.open(BytesIO(client.retrieve_instance_rendered(*at, media_types=["image/png"]))).size == (36, 40)
