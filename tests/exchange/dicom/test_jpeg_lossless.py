"""JPEG lossless: exact against dcmtk and an encoder of our own, and a damaged file ends nothing but its decoder."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import JPEG2000Lossless, JPEGLossless, JPEGLosslessSV1
from tests.exchange.dicom import made
from tests.exchange.dicom.lossless_jpeg import encoded

from fyr.errors import BadInput, FyrError, ServiceUnavailable
from fyr.exchange.dicom import jpeg_process, read_series
from fyr.exchange.dicom.jpeg_decoder import PLUGIN, prepare
from fyr.exchange.dicom.jpeg_process import PROCESS, GaveUp, JpegFrame, JpegProcess
from fyr.exchange.dicom.pixels import stored_pixels
from fyr.exchange.dicom.same_content import are_same_content
from fyr.exchange.dicomweb.frames import EXPLICIT, in_transfer_syntax, plain_frames, rendered_frame

needs_gdcm = pytest.mark.skipif(importlib.util.find_spec("gdcm") is None, reason="python-gdcm is not installed")
needs_dcmtk = pytest.mark.skipif(shutil.which("dcmcjpeg") is None, reason="dcmtk is not here")

KINDS = {
    "unsigned, 8 bits": (np.uint8, 0, 255, 8),
    "signed, 8 bits": (np.int8, -128, 127, 8),
    "unsigned, 12 bits": (np.uint16, 0, 4095, 12),
    "signed, 12 bits": (np.int16, -2048, 2047, 12),
    "unsigned, 16 bits": (np.uint16, 0, 65535, 16),
    "signed, 16 bits": (np.int16, -32768, 32767, 16),
}


def _picture(kind: str, rows: int = 48, columns: int = 36) -> NDArray[Any]:
    of, low, high, _ = KINDS[kind]
    y, x = np.mgrid[:rows, :columns]
    smooth = (np.sin(x / 9) * np.cos(y / 7) + 1) / 2 * (high - low) + low
    noise = np.random.default_rng(3).integers(-3, 4, (rows, columns))
    picture = (smooth + noise).clip(low, high).astype(of)
    picture[0, :2] = low, high
    return picture


def _object(picture: NDArray[Any], bits: int) -> FileDataset:
    one = made.slices(np.zeros((1, 4, 4), np.int16))[0]
    made.picture(one, picture)
    one.BitsStored, one.HighBit = bits, bits - 1
    one["PixelData"].VR = "OB" if picture.dtype.itemsize == 1 else "OW"
    return one


def _with_frame(picture: NDArray[Any], bits: int, frame: bytes, syntax: str = JPEGLosslessSV1) -> FileDataset:
    one = _object(picture, bits)
    one.PixelData = encapsulate([frame])
    one["PixelData"].VR = "OB"
    one["PixelData"].is_undefined_length = True
    one.file_meta.TransferSyntaxUID = syntax
    return one


def _squeezed(one: FileDataset, folder: Path, *options: str) -> Path:
    plain, squeezed = folder / "plain.dcm", folder / "squeezed.dcm"
    made.write(one, plain)
    subprocess.run(["dcmcjpeg", *options, str(plain), str(squeezed)], check=True)
    return squeezed


def _frame(picture: NDArray[Any], precision: int, data: bytes | None = None) -> JpegFrame:
    data = encoded(picture, precision) if data is None else data
    bits = picture.dtype.itemsize * 8
    return JpegFrame(data, *picture.shape, bits, precision, int(picture.dtype.kind == "i"), 1, 70)


@needs_gdcm
@needs_dcmtk
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("selection", [0, 1, 2, 3, 4, 5, 6, 7])
def test_pixels_are_exact(tmp_path: Path, kind: str, selection: int) -> None:
    picture = _picture(kind)
    options = ["+el", "+sv", str(selection)] if selection else ["+e1"]
    dataset = dcmread(_squeezed(_object(picture, KINDS[kind][3]), tmp_path, *options))
    assert dataset.file_meta.TransferSyntaxUID == (JPEGLossless if selection else JPEGLosslessSV1)
    found = stored_pixels(dataset)
    assert found.dtype == picture.dtype
    np.testing.assert_array_equal(found[0], picture)


@needs_gdcm
@pytest.mark.parametrize(
    ("kind", "precision"), [(k, p) for k, v in KINDS.items() for p in (v[3], 16) if p // 9 == v[3] // 9]
)
def test_pixels_of_each_precision_are_exact(kind: str, precision: int) -> None:
    """Scanners write as many bits as they store; dcmtk always 8 or 16."""
    picture = _picture(kind)
    dataset = _with_frame(picture, KINDS[kind][3], encoded(picture, precision))
    np.testing.assert_array_equal(stored_pixels(dataset)[0], picture)


@needs_gdcm
def test_unused_bits_do_not_count() -> None:
    picture = _picture("unsigned, 12 bits")
    dataset = _with_frame(picture, 12, encoded(picture | 0x3000, 16))
    np.testing.assert_array_equal(stored_pixels(dataset)[0], picture)


@needs_gdcm
@needs_dcmtk
def test_a_series_is_imported(tmp_path: Path) -> None:
    values = np.random.default_rng(5).integers(-1000, 2000, (5, 20, 16)).astype(np.int16)
    folder = tmp_path / "series"
    folder.mkdir()
    for number, one in enumerate(made.slices(values)):
        shutil.copy(_squeezed(one, tmp_path, "+e1"), folder / f"{number}.dcm")
    plain = tmp_path / "whole"
    plain.mkdir()
    for number, one in enumerate(made.slices(values)):
        made.write(one, plain / f"{number}.dcm")
    np.testing.assert_array_equal(read_series(folder).values, read_series(plain).values)


@needs_gdcm
@needs_dcmtk
def test_dicomweb_gives_frames_and_pictures(tmp_path: Path) -> None:
    picture = _picture("unsigned, 12 bits")
    one = _object(picture, 12)
    data = _squeezed(one, tmp_path, "+e1").read_bytes()
    assert plain_frames(data, "it", [1]) == [picture.tobytes()]
    shown = rendered_frame(data, "it", 1, form="png")
    assert shown == rendered_frame((tmp_path / "plain.dcm").read_bytes(), "it", 1, form="png")
    given, syntax = in_transfer_syntax(data, "it", None, JPEGLosslessSV1)
    assert (syntax, dcmread(BytesIO(given)).PixelData) == (EXPLICIT, picture.tobytes())


@needs_gdcm
def test_an_object_is_the_same_when_it_is_compressed() -> None:
    picture = _picture("signed, 12 bits")
    plain, squeezed, other = BytesIO(), BytesIO(), BytesIO()
    _object(picture, 12).save_as(plain, enforce_file_format=True)
    uid = dcmread(BytesIO(plain.getvalue())).SOPInstanceUID
    for out, values in ((squeezed, picture), (other, picture[::-1])):
        one = _with_frame(picture, 12, encoded(values, 12))
        one.SOPInstanceUID = one.file_meta.MediaStorageSOPInstanceUID = uid
        one.save_as(out, enforce_file_format=True)
    assert are_same_content(plain.getvalue(), squeezed.getvalue())
    assert not are_same_content(plain.getvalue(), other.getvalue())


@needs_gdcm
@needs_dcmtk
def test_jpeg_of_12_bits_is_shown_and_not_measured(tmp_path: Path) -> None:
    picture = _picture("unsigned, 12 bits")
    squeezed = _squeezed(_object(picture, 12), tmp_path, "+ee")
    unpacked = tmp_path / "unpacked.dcm"
    subprocess.run(["dcmdjpeg", str(squeezed), str(unpacked)], check=True)
    (frame,) = plain_frames(squeezed.read_bytes(), "it", [1])
    found = np.frombuffer(frame, "<u2").reshape(picture.shape).astype(int)
    assert np.abs(found - dcmread(unpacked).pixel_array).max() <= 1  # two inverse cosine transforms round differently
    assert np.abs(found - picture).max() < 60
    size = Image.open(BytesIO(rendered_frame(squeezed.read_bytes(), "it", 1))).size
    assert size == picture.shape[::-1]
    with pytest.raises(BadInput, match="which loses detail"):
        stored_pixels(dcmread(squeezed))


@needs_gdcm
def test_a_frame_that_is_not_as_the_data_set_says_is_refused() -> None:
    picture = _picture("unsigned, 12 bits")
    frame = encoded(picture, 12)
    for damaged, said in (
        (encoded(picture[:-1], 12), "47 by 36"),
        (frame.replace(b"\xff\xc3", b"\xff\xc1"), "another kind of JPEG"),
        (frame[:-2], "no header or no end"),
        (frame[:200] + b"\xff\xd9", "the decoder says"),
        (b"not JPEG", "no JPEG"),
        (b"\xff\xd8\xff\xc3", "no header or no end"),
    ):
        with pytest.raises(BadInput, match=said):
            stored_pixels(_with_frame(picture, 12, damaged))
    colours = _with_frame(picture, 12, frame)
    colours.SamplesPerPixel, colours.PhotometricInterpretation, colours.PlanarConfiguration = 3, "RGB", 0
    with pytest.raises(BadInput, match="in colours"):
        stored_pixels(colours)
    np.testing.assert_array_equal(stored_pixels(_with_frame(picture, 12, frame))[0], picture)


@needs_gdcm
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_damaged_files_end_only_the_decoder(tmp_path: Path, seed: int) -> None:
    picture = _picture("signed, 12 bits", 20, 16)
    file = made.write(_with_frame(picture, 12, encoded(picture, 12)), tmp_path / "file.dcm")
    whole, generator = file.read_bytes(), np.random.default_rng(seed)
    begin = whole.index(b"\xff\xd8\xff\xc3")
    outcomes = {"read": 0, "refused": 0}
    for turn in range(70):
        data = bytearray(whole)
        last = begin + 70 if turn % 2 else len(data)  # the tables, or anywhere
        for at in generator.integers(begin, last, 1 + turn % 6):
            data[at] = int(generator.integers(256))
        if turn % 7 == 0:
            del data[int(generator.integers(begin, len(data))) :]
        file.write_bytes(data)
        try:
            read_series(file)
            outcomes["read"] += 1
        except FyrError:
            outcomes["refused"] += 1
    assert sum(outcomes.values()) == 70
    assert outcomes["refused"] >= 20
    file.write_bytes(whole)
    assert read_series(file).values.shape == (1, 20, 16)


@needs_gdcm
def test_a_killed_child_is_started_again() -> None:
    picture = _picture("unsigned, 16 bits")
    process = JpegProcess()
    try:
        assert process.decoded(_frame(picture, 16)) == picture.tobytes()
        first = process.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        assert process.decoded(_frame(picture, 16)) == picture.tobytes()
        assert process.pid != first
    finally:
        process.close()
    assert process.pid is None


CRASHING = "import os, signal, sys\nfrom runpy import run_path\nsys.stdout.buffer.write(b'ready\\n')\n"


@needs_gdcm
@pytest.mark.parametrize(
    ("does", "raised", "said"),
    [
        ("os.abort()", GaveUp, "gave up"),
        ("sys.exit(1)", GaveUp, "gave up"),
        ("os.kill(os.getpid(), signal.SIGALRM)", GaveUp, "too long"),
        ("os.kill(os.getpid(), signal.SIGKILL)", ServiceUnavailable, "ended from outside, twice"),
        ("sys.stdout.buffer.write(b'\\1' + b'\\xff' * 8); sys.stdout.flush(); signal.pause()", GaveUp, "were decoded"),
        ("signal.pause()", GaveUp, "too long"),
    ],
)
def test_whatever_the_child_does_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str, raised: type[Exception], said: str
) -> None:
    script = tmp_path / "child.py"
    script.write_text(f"{CRASHING}sys.stdout.flush()\nsys.stdin.buffer.read(36)\n{does}\n")
    monkeypatch.setattr(jpeg_process.jpeg_child, "__file__", str(script))
    monkeypatch.setattr(jpeg_process, "_SECONDS_A_FRAME", 2 if does == "signal.pause()" else 60)
    monkeypatch.setattr(jpeg_process, "_GRACE_SECONDS", 0)
    process = JpegProcess()
    with pytest.raises(raised, match=said):
        process.decoded(_frame(_picture("unsigned, 16 bits"), 16))
    assert process.pid is None


def test_a_child_that_does_not_start_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "child.py"
    script.write_text("raise ImportError\n")
    monkeypatch.setattr(jpeg_process.jpeg_child, "__file__", str(script))
    monkeypatch.setattr(jpeg_process, "gdcm_folder", lambda: tmp_path)
    with pytest.raises(ServiceUnavailable, match="does not start"):
        JpegProcess().start()
    monkeypatch.setattr(jpeg_process, "gdcm_folder", lambda: None)
    with pytest.raises(ServiceUnavailable, match="install python-gdcm"):
        JpegProcess().start()


@needs_gdcm
def test_threads_get_their_own_pictures() -> None:
    pictures = [_picture("unsigned, 16 bits") + np.uint16(number) for number in range(8)]
    frames = [_frame(one, 16) for one in pictures]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(PROCESS.decoded, frames * 4))
    assert found == [one.tobytes() for one in pictures] * 4


@needs_gdcm
def test_the_child_ends_with_its_parent() -> None:
    program = (
        "import os, signal\nfrom fyr.exchange.dicom.jpeg_process import PROCESS\n"
        "PROCESS.start()\nprint(PROCESS.pid, flush=True)\nos.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    child = Path(f"/proc/{int(done.stdout)}/stat")
    for _ in range(100):
        if not child.exists() or child.read_text().rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.1)
    pytest.fail("the child goes on without its parent")


def test_gdcm_decodes_nothing_in_this_process() -> None:
    """Where it is installed, pydicom would take it first, and for JPEG 2000 and JPEG-LS too."""
    prepare()
    for number in (50, 51, 57, 70, 80, 81, 90, 91):
        decoder = get_decoder(f"1.2.840.10008.1.2.4.{number}")
        assert "gdcm" not in decoder.available_plugins
    assert get_decoder(JPEG2000Lossless).is_available
    is_there = importlib.util.find_spec("gdcm") is not None
    assert (PLUGIN in get_decoder(JPEGLossless).available_plugins) == is_there
