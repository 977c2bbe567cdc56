"""Frames as they are stored, plain, and as pictures, against pydicom's own reading."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread, dcmwrite
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    MPEG2MPML,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    RLELossless,
)
from tests.exchange.dicom import made

from fyr.errors import BadInput
from fyr.exchange.dicomweb.frames import (
    EXPLICIT,
    in_transfer_syntax,
    plain_frames,
    plain_pixels,
    rendered_frame,
    stored_frames,
)
from fyr.exchange.dicomweb.metadata import bulk_value, instance_metadata, path_of_bulk

VALUES = np.random.default_rng(7).integers(0, 4000, (3, 40, 36)).astype(np.uint16)


def _dose(syntax: str = EXPLICIT) -> FileDataset:
    one = made.dose(VALUES)
    if syntax in {RLELossless, JPEG2000Lossless}:
        one.compress(syntax, generate_instance_uid=False)
    elif syntax == ExplicitVRBigEndian:
        one.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
        one.PixelData = VALUES.astype(">u2").tobytes()
    else:
        one.file_meta.TransferSyntaxUID = syntax
    return one


def _bytes(one: FileDataset) -> bytes:
    out = BytesIO()
    is_little = one.file_meta.TransferSyntaxUID != ExplicitVRBigEndian
    options: dict[str, Any] = {} if is_little else {"implicit_vr": False, "little_endian": False}
    dcmwrite(out, one, enforce_file_format=True, **options)
    return out.getvalue()


SYNTAXES = [EXPLICIT, ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian, RLELossless, JPEG2000Lossless]


@pytest.mark.parametrize("syntax", [*SYNTAXES, ExplicitVRBigEndian])
def test_plain_frames_are_the_pixels_in_every_syntax(syntax: str) -> None:
    data = _bytes(_dose(syntax))
    frames = plain_frames(data, "it", [3, 1])
    assert [np.frombuffer(one, "<u2").reshape(40, 36).tolist() for one in frames] == VALUES[[2, 0]].tolist()
    assert np.frombuffer(plain_pixels(data, "it"), "<u2").tolist() == VALUES.ravel().tolist()


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_an_object_is_given_in_explicit_little_endian_by_default(syntax: str) -> None:
    data = _bytes(_dose(syntax))
    given, found = in_transfer_syntax(data, "it", None, syntax)
    assert found == EXPLICIT
    read = dcmread(BytesIO(given))
    assert read.file_meta.TransferSyntaxUID == EXPLICIT
    assert read.SOPInstanceUID == dcmread(BytesIO(data)).SOPInstanceUID
    assert (read.pixel_array == VALUES).all()
    assert in_transfer_syntax(data, "it", "*", syntax) == (data, syntax)


def test_a_syntax_that_is_neither_stored_nor_plain_is_refused() -> None:
    with pytest.raises(BadInput, match="not given as"):
        in_transfer_syntax(_bytes(_dose()), "it", JPEG2000Lossless, EXPLICIT)


def test_stored_frames_are_those_of_the_file() -> None:
    data = _bytes(_dose(JPEG2000Lossless))
    (frame,) = stored_frames(data, "it", [2])
    assert (np.asarray(Image.open(BytesIO(frame))) == VALUES[1]).all()


def test_frames_of_one_bit_that_begin_within_a_byte() -> None:
    bits = np.random.default_rng(3).integers(0, 2, (3, 3, 5)).astype(np.uint8)
    one = made.dose(VALUES)
    one.Rows, one.Columns, one.BitsAllocated, one.BitsStored, one.HighBit = 3, 5, 1, 1, 0
    one.PixelData = np.packbits(bits.ravel(), bitorder="little").tobytes()
    frames = plain_frames(_bytes(one), "it", [1, 2, 3])
    read = [np.unpackbits(np.frombuffer(frame, np.uint8), bitorder="little")[:15].reshape(3, 5) for frame in frames]
    assert (np.array(read) == bits).all()


def test_a_frame_that_is_not_there_is_refused() -> None:
    data = _bytes(_dose())
    for number in (0, 4):
        with pytest.raises(BadInput, match=f"there is no frame {number}: it has 3"):
            plain_frames(data, "it", [number])
    with pytest.raises(BadInput, match="the object has no pixels"):
        plain_frames(_bytes(made.structures({})), "it", [1])


def test_a_picture_goes_through_the_linear_window_of_ps3_3() -> None:
    """PS3.3 C.11.2.1.2.1: centre 2048, width 4096 takes 0 to 0 and 4095 to 255, and 2047.5 to the middle."""
    one = made.slices(np.array([[[-1024, 3071], [1023, 1024]]], np.int16))[0]
    one.WindowCenter, one.WindowWidth = 1024, 4096
    picture = np.asarray(Image.open(BytesIO(rendered_frame(_bytes(one), "it", 1, form="png"))))
    assert picture.tolist() == [[0, 255], [127, 128]]
    narrow = np.asarray(Image.open(BytesIO(rendered_frame(_bytes(one), "it", 1, form="png", window=(1024, 1)))))
    assert narrow.tolist() == [[0, 255], [0, 255]]


def test_a_picture_is_shrunk_to_fit() -> None:
    data = rendered_frame(_bytes(_dose()), "it", 1, largest=(18, 100))
    assert Image.open(BytesIO(data)).size == (18, 20)


def test_metadata_says_everything_and_large_values_by_their_address() -> None:
    one = _dose(RLELossless)
    one.add_new(0x00091010, "UN", b"\1" * 2000)
    one.add_new(0x00091011, "OB", b"\1" * 20)
    item = made.item(SmallestImagePixelValue=1)
    item.add_new(0x00091012, "OB", b"\2" * 3000)
    one.SourceImageSequence = [item]
    data = _bytes(one)
    said = instance_metadata(data, "it", "http://here/i")
    assert said["7FE00010"]["BulkDataURI"] == "http://here/i/bulkdata/7FE00010"
    assert said["00091010"] == {"vr": "UN", "BulkDataURI": "http://here/i/bulkdata/00091010"}
    assert said["00091011"] == {"vr": "OB", "InlineBinary": "AQEBAQEBAQEBAQEBAQEBAQEBAQE="}
    nested = said["00082112"]["Value"][0]["00091012"]["BulkDataURI"]
    assert nested == "http://here/i/bulkdata/00082112/0/00091012"
    assert bulk_value(data, "it", path_of_bulk(nested.removeprefix("http://here/i/bulkdata/"))) == b"\2" * 3000
    assert bulk_value(data, "it", path_of_bulk("00082112/1/00091012")) is None
    assert said["00083002"]["Value"] == [RLELossless]
    assert not [tag for tag in said if tag.startswith("0002")]
    expected = one.to_json_dict(bulk_data_threshold=1 << 40)
    for tag in set(said) - {"7FE00010", "00091010", "00082112", "00083002"}:
        assert said[tag] == expected[tag]


def test_a_value_that_is_not_as_dicom_prescribes_is_left_out_and_the_rest_is_said() -> None:
    one = made.slices(VALUES.astype(np.int16))[0]
    one.PatientWeight = "70"
    data = _bytes(one).replace(b"DS\x02\x0070", b"DS\x02\x00ab")
    said = instance_metadata(data, "it", "http://here/i")
    assert "00101030" not in said
    assert said["00100020"]["Value"] == ["P1"]


def test_a_syntax_without_a_decoder_is_named_as_that_and_not_as_damage() -> None:
    one = _dose()
    one.PixelData = encapsulate([b"\0" * 10] * 3)
    one.file_meta.TransferSyntaxUID = MPEG2MPML
    data = _bytes(one)
    for read in (plain_frames, lambda data, where, numbers: rendered_frame(data, where, numbers[0])):
        with pytest.raises(BadInput, match=r"no decoder of MPEG2 .* is installed"):
            read(data, "x", [1])
    assert stored_frames(data, "x", [2]) == [b"\0" * 10]
    assert in_transfer_syntax(data, "x", None, MPEG2MPML) == (data, MPEG2MPML)


def test_a_palette_gives_its_colours() -> None:
    one = made.base(made.CT, "US")
    made.picture(one, np.arange(4, dtype=np.uint8).reshape(2, 2))
    one.PhotometricInterpretation = "PALETTE COLOR"
    colours = np.array([[0, 0, 0], [255, 0, 0], [0, 255, 0], [10, 20, 255]], np.uint8)
    for place, name in enumerate(("Red", "Green", "Blue")):
        setattr(one, f"{name}PaletteColorLookupTableDescriptor", [4, 0, 8])
        setattr(one, f"{name}PaletteColorLookupTableData", colours[:, place].tobytes())
    shown = np.asarray(Image.open(BytesIO(rendered_frame(_bytes(one), "x", 1, form="png"))))
    assert (shown == colours.reshape(2, 2, 3)).all()
