"""Volumes in NRRD files, as research packages ship them: three axes, whole in one file, in patient space.

After the format's definition, https://teem.sourceforge.net/nrrd/format.html. What is not needed for that is refused.
"""

from __future__ import annotations

import re
import zlib
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.imaging.grid import Grid

__all__ = ["read_nrrd"]

_TYPES: Final = {
    "i1": ("signed char", "int8", "int8_t"),
    "u1": ("uchar", "unsigned char", "uint8", "uint8_t"),
    "i2": ("short", "short int", "signed short", "signed short int", "int16", "int16_t"),
    "u2": ("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"),
    "i4": ("int", "signed int", "int32", "int32_t"),
    "u4": ("uint", "unsigned int", "uint32", "uint32_t"),
    "f4": ("float",),
    "f8": ("double",),
}
_TO_LPS: Final = {
    "left-posterior-superior": (1, 1, 1),
    "lps": (1, 1, 1),
    "right-anterior-superior": (-1, -1, 1),
    "ras": (-1, -1, 1),
}
_NUMBER: Final = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_VECTOR: Final = re.compile(rf"\(\s*({_NUMBER})\s*,\s*({_NUMBER})\s*,\s*({_NUMBER})\s*\)")
_MOST_BYTES: Final = 1 << 32


def read_nrrd(data: bytes, where: str, *, frame_of_reference: str = "") -> tuple[NDArray[Any], Grid]:
    """Read a volume.

    Parameters
    ----------
    data : bytes
        The whole file.
    where : str
        The file's name, for what is said of it.
    frame_of_reference : str
        Which the volume is put into: the format knows none.

    Returns
    -------
    values : ndarray, shape (slices, rows, columns)
        The file's first axis are the columns.
    grid : Grid

    Raises
    ------
    BadInput
        If it is no such volume, or ends too early.
    """
    head, found, body = data.partition(b"\n\n")
    if not data.startswith(b"NRRD000") or not found:
        raise BadInput("this is no NRRD file with its data in it", where=where)
    fields = _fields(head.decode("ascii", "replace"), where)
    kind = next((ours for ours, names in _TYPES.items() if _field(fields, "type", where) in names), None)
    if kind is None:
        raise BadInput(f"values of type '{fields['type']}' are not read", where=where)
    try:
        sizes = [int(word) for word in _field(fields, "sizes", where).split()]
    except ValueError:
        sizes = []
    if _field(fields, "dimension", where) != "3" or len(sizes) != 3 or min(sizes) < 1:
        raise BadInput("only volumes of three axes are read", where=where)
    columns, rows, slices = sizes
    values = np.frombuffer(_values(fields, body, np.dtype(kind).itemsize * columns * rows * slices, where), kind)
    if np.dtype(kind).itemsize > 1 and _field(fields, "endian", where) == "big":
        values = values.byteswap()
    return values.reshape(slices, rows, columns), Grid(
        (slices, rows, columns), _affine(fields, where), frame_of_reference
    )


def _fields(head: str, where: str) -> dict[str, str]:
    lines = [line.rstrip("\r") for line in head.split("\n")[1:]]
    pairs = [line.partition(": ") for line in lines if line and not line.startswith("#") and ":=" not in line]
    fields = {name.strip().lower(): value.strip() for name, _, value in pairs}
    if "data file" in fields or "datafile" in fields:
        raise BadInput("the values lie in another file", where=where, mend="take a file that holds them itself")
    return fields


def _field(fields: dict[str, str], name: str, where: str) -> str:
    if name not in fields:
        raise BadInput(f"the header has no '{name}'", where=where)
    return fields[name].lower()


def _values(fields: dict[str, str], body: bytes, wanted: int, where: str) -> bytes:
    encoding = _field(fields, "encoding", where)
    if wanted > _MOST_BYTES:
        raise BadInput(f"{wanted:,} bytes are more than is read", where=where)
    if encoding in {"gzip", "gz"}:
        try:
            body = zlib.decompressobj(wbits=31).decompress(body, wanted + 1)
        except zlib.error as problem:
            raise BadInput(f"the values cannot be unpacked: {problem}", where=where) from None
    elif encoding != "raw":
        raise BadInput(f"values in '{encoding}' are not read", where=where, mend="write them raw or with gzip")
    if len(body) != wanted:
        more = "more than" if len(body) > wanted else f"{len(body):,} of"
        raise BadInput(f"there are {more} the {wanted:,} bytes that its sizes ask for", where=where)
    return body


def _affine(fields: dict[str, str], where: str) -> NDArray[np.float64]:
    directions = _VECTOR.findall(_field(fields, "space directions", where))
    origin = _VECTOR.findall(_field(fields, "space origin", where))
    signs = _TO_LPS.get(_field(fields, "space", where))
    if signs is None or len(directions) != 3 or len(origin) != 1:
        raise BadInput("the header does not place the volume in the patient (LPS or RAS)", where=where)
    affine = np.eye(4)
    affine[:3, :3] = np.array(directions, dtype=np.float64).T[:, ::-1]  # its first axis are our columns
    affine[:3, 3] = np.array(origin[0], dtype=np.float64)
    affine[:3] *= np.array(signs)[:, None]
    return affine
