"""States as bytes and back: exact to the bit, with what is shared and circular; the same bytes for the same state."""

from __future__ import annotations

import hashlib
import math
import struct
import subprocess
import sys
import zlib
from collections import deque
from dataclasses import dataclass, field
from enum import Enum, IntEnum, StrEnum
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fyr.errors import BadInput, FyrError
from fyr.record import Estimate, PatientId
from fyr.record.state_codec import StateCodec, label_of
from fyr.record.state_shape import Kept, Shape, Translated, kept


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Step(IntEnum):
    ONE = 1
    TWO = 2


class Plain(Enum):
    A = object()


@dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: Any = None


@dataclass(slots=True)
class Counter:
    count: int = 0
    seen: dict[str, Any] = field(default_factory=dict)


class Book:
    def __init__(self, name: str) -> None:
        self.name = name
        self.partner: Book | None = None
        self.cache = object()


class Wrapped:
    def __init__(self, text: str) -> None:
        self.text = text


CLASSES = (
    kept(Colour),
    kept(Step),
    kept(Plain),
    kept(Point),
    kept(Counter),
    kept(PatientId),
    kept(Estimate),
    kept(Book, "name", "partner", rebuilt=("cache",)),
    Translated(Wrapped, lambda one: one.text, Wrapped),
)
CODEC = StateCodec(Shape(CLASSES, "1"))


def _encoded(value: object, **externals: object) -> bytes:
    return CODEC.encode(value, label={"of": "a test"}, externals=externals)


def _again(value: object, **externals: object) -> Any:
    return CODEC.decode(_encoded(value, **externals), externals=externals)


def _parts(one: Any) -> list[Any]:
    if isinstance(one, dict):
        return [part for pair in one.items() for part in pair]
    if isinstance(one, Point):
        return [one.x, one.y]
    return [one.count, one.seen] if isinstance(one, Counter) else list(one)


def _same(one: Any, other: Any) -> bool:
    """Whether two values are the same to the bit and of the same types."""
    if type(one) is not type(other) or getattr(one, "maxlen", None) != getattr(other, "maxlen", None):
        return False
    if isinstance(one, np.ndarray | np.generic):
        return (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())
    if isinstance(one, float):
        return struct.pack("<d", one) == struct.pack("<d", other)
    if isinstance(one, list | tuple | deque | dict | Point | Counter):
        mine, its = _parts(one), _parts(other)
        return len(mine) == len(its) and all(
            _same(part, part_of_it) for part, part_of_it in zip(mine, its, strict=True)
        )
    return bool(one == other)


FLOATS = st.one_of(
    st.floats(),
    st.integers(0, 2**64 - 1).map(lambda bits: struct.unpack("<d", struct.pack("<Q", bits))[0]),
)
TEXT = st.text(st.characters())
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(2**200), 2**200),
    FLOATS,
    TEXT,
    st.binary(),
    st.sampled_from([*Colour, *Step, *Plain]),
    st.builds(PatientId, st.sampled_from("ab"), st.sampled_from("12")),
    st.floats(width=32).map(np.float32),
    st.integers(0, 255).map(np.uint8),
    st.builds(np.float64, FLOATS),
    st.sampled_from([np.datetime64("2026-11-26T20:00", "s"), np.str_("ø"), np.bytes_(b"x"), np.bool_(True)]),
)
ARRAYS = st.one_of(
    st.lists(FLOATS).map(lambda some: np.array(some, np.float64)),
    st.lists(st.integers(-(2**31), 2**31 - 1)).map(lambda some: np.array(some, ">i4")),
    st.lists(st.integers(0, 9), min_size=4, max_size=4).map(lambda some: np.array(some, np.int16).reshape(2, 2).T),
    st.lists(st.booleans()).map(lambda some: np.array(some, np.bool_)[::2]),
)
HASHABLE = st.one_of(SCALARS.filter(lambda one: not (isinstance(one, float) and math.isnan(one))), st.tuples(TEXT))
VALUES = st.recursive(
    st.one_of(SCALARS, ARRAYS),
    lambda some: st.one_of(
        st.lists(some),
        st.lists(some).map(tuple),
        st.dictionaries(HASHABLE, some),
        st.builds(deque, st.lists(some), st.sampled_from([None, 0, 2])),
        st.builds(Point, FLOATS, some),
        st.builds(Counter, st.integers(), st.dictionaries(TEXT, some)),
        st.frozensets(TEXT),
        st.sets(st.integers()),
    ),
    max_leaves=25,
)


@given(VALUES)
def test_every_value_comes_back_to_the_bit_and_gives_the_same_bytes_again(value: Any) -> None:
    back = _again(value)
    assert _same(value, back)
    assert _encoded(back) == _encoded(value)


def test_structured_arrays_keep_their_layout_and_nothing_of_what_lies_between() -> None:
    inner = np.dtype([("low", np.float32), ("at", np.int64)], align=True)
    dtype = np.dtype([("flag", np.bool_), ("pair", inner), ("three", np.int16, (3,))], align=True)
    clean, littered = np.zeros((2, 3), dtype), np.frombuffer(b"\xa5" * dtype.itemsize * 6, dtype).reshape(2, 3).copy()
    for array in (clean, littered):
        for name in ("flag", "three"):
            array[name] = 1
        array["pair"]["low"], array["pair"]["at"] = 1.5, -7
    back = _again(littered)
    assert (back.dtype, back.dtype.isalignedstruct, back.shape) == (dtype, True, (2, 3))
    assert (back == littered).all()
    assert _encoded(clean) == _encoded(littered)
    back["flag"] = False


def test_what_is_shared_stays_shared_and_circles_close() -> None:
    one, other, budget = Book("one"), Book("other"), Counter(3)
    one.partner, other.partner = other, one
    ring: list[Any] = [budget, (budget, {"again": budget}), one, other]
    ring.append(ring)
    back = _again(ring)
    assert back[4] is back
    assert back[0] is back[1][0] is back[1][1]["again"]
    assert back[2].partner is back[3]
    assert back[3].partner is back[2]
    assert not hasattr(back[2], "cache")
    assert _again([[1], [1]])[0] is not _again([[1], [1]])[1]


def test_equal_values_that_never_change_are_one_whether_or_not_they_were() -> None:
    anna = PatientId("demo", "1")
    apart = [PatientId("demo", "1"), Point(1.0, (1, 2)), PatientId("demo", "1"), Point(1.0, (1, 2))]
    point = Point(1.0, (1, 2))
    assert _encoded(apart) == _encoded([anna, point, anna, point])
    # One, one point nought and true are equal in Python, and three values here.
    assert [type(one.x) for one in _again([Point(1), Point(1.0), Point(True)])] == [int, float, bool]


def test_sets_give_the_same_bytes_in_whatever_order_python_walks_them() -> None:
    program = (
        "import sys; sys.path.insert(0, '.')\n"
        "from fyr.record import PatientId\n"
        "from fyr.record.state_codec import StateCodec\n"
        "from fyr.record.state_shape import Shape, kept\n"
        "some = {PatientId('demo', str(n)) for n in range(50)}\n"
        "codec = StateCodec(Shape([kept(PatientId)], '1'))\n"
        "print(codec.encode([some, {str(n) for n in range(50)}], label={}, externals={}).hex())"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True, check=True, text=True,
        ).stdout
        for seed in ("1", "2", "3")
    }  # fmt: skip
    assert len(runs) == 1


def test_an_external_is_named_not_written_and_given_again() -> None:
    policy, attributes = object(), print
    data = CODEC.encode([policy, {"a": attributes}], label={}, externals={"policy": policy, "attributes": attributes})
    mine = object()
    back = CODEC.decode(data, externals={"policy": mine, "attributes": repr})
    assert back[0] is mine
    assert back[1]["a"] is repr
    with pytest.raises(BadInput, match="cannot be read"):
        CODEC.decode(data, externals={"policy": mine})


def test_a_translated_class_is_made_by_its_own_reader() -> None:
    assert _again([Wrapped("ø")])[0].text == "ø"


@pytest.mark.parametrize("strange", [object(), print, Exception("x"), np.array([None]), complex(1, 2), bytearray(b"x")])
def test_what_is_not_on_the_list_is_refused_when_it_is_written(strange: object) -> None:
    with pytest.raises(FyrError):
        _encoded([strange])


def test_an_attribute_that_nobody_has_decided_about_is_refused() -> None:
    book = Book("one")
    book.extra = 1  # type: ignore[attr-defined]
    with pytest.raises(FyrError, match="extra"):
        _encoded(book)


def test_a_state_of_another_program_or_list_is_refused_not_misread() -> None:
    data = _encoded([Point(1.0)])
    for shape in (Shape(CLASSES, "2"), Shape(CLASSES[1:], "1"), Shape([*CLASSES[:-1], Kept(Wrapped, ("text",))], "1")):
        with pytest.raises(BadInput, match="another version of Fyr"):
            StateCodec(shape).decode(data, externals={})
    assert label_of(data) == {"of": "a test"}


SOUND = _encoded({"a": [Point(math.nan), Counter(2, {"b": np.arange(9)})], "c": {1, 2}, "d": "x" * 500})


@given(st.integers(0, 8 * len(SOUND) - 1))
def test_one_flipped_bit_anywhere_is_refused(bit: int) -> None:
    damaged = bytearray(SOUND)
    damaged[bit // 8] ^= 1 << bit % 8
    with pytest.raises(BadInput):
        CODEC.decode(bytes(damaged), externals={})


@given(st.integers(0, len(SOUND) - 1), st.binary(max_size=80))
def test_what_is_cut_short_too_long_or_foreign_is_refused(length: int, other: bytes) -> None:
    for data in (SOUND[:length], SOUND + other + b"x", other, b"FYRSTATE" + other):
        with pytest.raises(BadInput):
            CODEC.decode(data, externals={})
        with pytest.raises(BadInput):
            label_of(data)


def _sealed(nodes: bytes, contents: bytes = b"") -> bytes:
    """Bytes with a right checksum around nodes that may be anything."""
    packed, head = zlib.compress(nodes, 1), SOUND[:42]
    body = struct.pack("<IQQQ", 2, len(packed), len(nodes), len(contents)) + b"{}" + packed + contents
    return head + hashlib.sha256(head + body).digest() + body


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-3, 40), st.floats(allow_nan=False), st.sampled_from(["<f8", "x"])),
    lambda some: st.one_of(st.lists(some, max_size=5), st.dictionaries(st.sampled_from("ifsx"), some, max_size=2)),
)


@given(st.lists(st.lists(JSON, min_size=1, max_size=6), max_size=8), JSON, st.binary(max_size=32))
def test_nodes_that_make_no_sense_are_refused_even_with_a_right_checksum(
    nodes: list[Any], root: Any, contents: bytes
) -> None:
    import orjson

    document = {"root": [root], "contents": [len(contents)], "nodes": nodes}
    try:
        CODEC.decode(_sealed(orjson.dumps(document), contents), externals={})
    except BadInput:
        return


@given(st.binary(max_size=60))
def test_bytes_that_are_no_nodes_are_refused(nodes: bytes) -> None:
    with pytest.raises(BadInput):
        CODEC.decode(_sealed(nodes), externals={})
