"""NRRD files: values in their places, and what is not whole or not understood refused."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from fyr.errors import BadInput
from fyr.exchange.nrrd import read_nrrd

VALUES = np.arange(24, dtype="<i2").reshape(2, 3, 4) - 5
HEAD = (
    "NRRD0004\n# a comment\ntype: short\ndimension: 3\nspace: left-posterior-superior\nsizes: 4 3 2\n"
    "space directions: (0.5,0,0) (0,2,0) (0,0,-5)\nkinds: domain domain domain\nendian: little\nencoding: gzip\n"
    "space origin: (-170.5,-324.5,-3.6e2)\nmade by:=nobody\n"
)


def written(head: str = HEAD, body: bytes | None = None) -> bytes:
    return head.encode() + b"\n" + (gzip.compress(VALUES.tobytes()) if body is None else body)


def test_values_and_places() -> None:
    values, grid = read_nrrd(written(), "x.nrrd", frame_of_reference="1.2")
    assert np.array_equal(values, VALUES)
    assert (grid.shape, grid.spacing_mm, grid.frame_of_reference) == ((2, 3, 4), (5, 2, 0.5), "1.2")
    assert grid.to_mm([[0, 0, 0], [1, 2, 3]]).tolist() == [[-170.5, -324.5, -360], [-169, -320.5, -365]]


def test_right_anterior_is_turned_round() -> None:
    head = HEAD.replace("left-posterior-superior", "right-anterior-superior")
    _, grid = read_nrrd(written(head), "x.nrrd")
    assert grid.to_mm([[1, 2, 3]]).tolist() == [[169, 320.5, -365]]


@pytest.mark.parametrize(("endian", "order"), [("little", "<"), ("big", ">")])
@pytest.mark.parametrize(("kind", "code"), [("uchar", "u1"), ("int16_t", "i2"), ("float", "f4"), ("double", "f8")])
def test_kinds_of_numbers(kind: str, code: str, endian: str, order: str) -> None:
    head = HEAD.replace("short", kind).replace("little", endian).replace("gzip", "raw")
    stored = np.abs(VALUES).astype(order + code)
    values, _ = read_nrrd(written(head, stored.tobytes()), "x.nrrd")
    assert np.array_equal(values, stored)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"NRRD0004\ntype: short\n", "no NRRD file"),
        (b"PNG" + written(), "no NRRD file"),
        (written(HEAD.replace("type: short\n", "")), "no 'type'"),
        (written(HEAD.replace("short", "block")), "type 'block'"),
        (written(HEAD.replace("dimension: 3", "dimension: 4")), "three axes"),
        (written(HEAD.replace("4 3 2", "4 3 x")), "three axes"),
        (written(HEAD.replace("4 3 2", "4 3 -2")), "three axes"),
        (written(HEAD.replace("4 3 2", "4 3 3")), "48 of the 72 bytes"),
        (written(HEAD.replace("4 3 2", "4 3 1")), "more than the 24 bytes"),
        (written(HEAD.replace("4 3 2", "400000 300000 20000")), "more than is read"),
        (written(HEAD.replace("gzip", "bzip2")), "'bzip2' are not read"),
        (written(body=b"not packed"), "cannot be unpacked"),
        (written(body=gzip.compress(VALUES.tobytes(), mtime=0)[:20]), "of the 48 bytes"),
        (written(HEAD.replace("left-posterior-superior", "scanner-xyz")), "does not place"),
        (written(HEAD.replace("(0,2,0)", "none")), "does not place"),
        (written(HEAD.replace("(0,2,0)", "(0,0,0)")), "same place"),
        (written(HEAD.replace("(0,2,0)", "(1,2,0)")), "right angles"),
        (written(HEAD + "data file: ../../etc/passwd\n"), "in another file"),
    ],
)
def test_what_is_not_whole_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        read_nrrd(data, "x.nrrd")
