from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import highdicom
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.exchange.dicom import made

from fyr.errors import BadInput
from fyr.exchange.dicom import read_segmentation, read_series, write_segmentation
from fyr.imaging.grid import Grid
from fyr.imaging.segmentation import Code, Segment, Segmentation

SHAPE = (5, 6, 7)
OBLIQUE = (0.8, 0.6, 0.0, -0.36, 0.48, 0.8)


def pictures(folder: Path, directions: tuple[float, ...] = made.AXIAL) -> tuple[list[Path], Grid]:
    found = made.slices(np.zeros(SHAPE, np.int16), directions=directions)
    made.write_all(found, folder)
    return sorted(folder.iterdir()), read_series(folder).grid


def random_parts(seed: int, count: int) -> list[np.ndarray]:
    generator = np.random.default_rng(seed)
    parts = [generator.random(SHAPE) < 0.3 for _ in range(count)]
    for part in parts:
        part[generator.integers(0, SHAPE[0])] = False  # a slice that has no frame
    return parts


@pytest.mark.parametrize("directions", [made.AXIAL, OBLIQUE])
def test_binary_masks_come_back(tmp_path: Path, directions: tuple[float, ...]) -> None:
    files, grid = pictures(tmp_path / "ct", directions)
    parts = random_parts(1, 3)
    lung = Code("39607008", "SCT", "Lung")
    segments = tuple(
        Segment(n, f"S{n}", part, concept=lung, algorithm="AUTOMATIC", algorithm_name="net")
        for n, part in enumerate(parts, 1)
    )
    uid = write_segmentation(Segmentation(grid, segments, label="my seg"), tmp_path / "seg.dcm", files)
    read = read_segmentation(tmp_path / "seg.dcm", grid)
    assert (read.kind, read.uid, read.label, read.image_series_uid) == ("binary", uid, "MY_SEG", made.SERIES)
    for one, part in zip(read.segments, parts, strict=True):
        assert one.part.dtype == bool
        np.testing.assert_array_equal(one.part, part)
        assert (one.concept, one.algorithm, one.algorithm_name) == (lung, "AUTOMATIC", "net")
    # Another program sees the same voxels in the same places.
    volume = highdicom.seg.segread(tmp_path / "seg.dcm").get_volume(combine_segments=False)
    index = np.argwhere(volume.array[..., 1])
    places = volume.map_indices_to_reference(index)
    mine = grid.to_mm(np.argwhere(parts[1]))
    np.testing.assert_allclose(places[np.lexsort(places.round(3).T)], mine[np.lexsort(mine.round(3).T)], atol=1e-3)


def test_parts_and_labels_come_back(tmp_path: Path) -> None:
    files, grid = pictures(tmp_path / "ct")
    part = np.random.default_rng(4).random(SHAPE).astype(np.float32)
    part[1] = 0
    fractional = Segmentation(grid, (Segment(1, "PTV", part),), "occupancy")
    write_segmentation(fractional, tmp_path / "part.dcm", files)
    read = read_segmentation(tmp_path / "part.dcm", grid)
    assert read.kind == "occupancy"
    np.testing.assert_allclose(read.segments[0].part, part, atol=0.5 / 255 + 1e-6)
    one, two = part > 0.7, part < 0.2
    labels = Segmentation(grid, (Segment(3, "A", one), Segment(9, "B", two)), "labels")
    write_segmentation(labels, tmp_path / "labels.dcm", files)
    read = read_segmentation(tmp_path / "labels.dcm", grid)
    assert (read.kind, [segment.label for segment in read.segments]) == ("labels", ["A", "B"])
    np.testing.assert_array_equal(read.segments[0].part, one)
    np.testing.assert_array_equal(read.segments[1].part, two)
    with pytest.raises(BadInput, match="'B' overlaps"):
        write_segmentation(
            replace(labels, segments=(Segment(1, "A", one), Segment(2, "B", one))), tmp_path / "x.dcm", files
        )


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 4))
def test_any_masks_come_back_on_their_own_grid_too(
    tmp_path_factory: pytest.TempPathFactory, seed: int, count: int
) -> None:
    folder = tmp_path_factory.mktemp("seg")
    files, grid = pictures(folder / "ct")
    parts = random_parts(seed, count)
    write_segmentation(
        Segmentation(grid, tuple(Segment(n, f"S{n}", part) for n, part in enumerate(parts, 1))), folder / "s.dcm", files
    )
    alone = read_segmentation(folder / "s.dcm")
    for one, part in zip(alone.segments, parts, strict=True):
        here = np.rint(grid.to_index(alone.grid.to_mm(np.argwhere(one.part)))).astype(int)
        wanted = np.argwhere(part)
        np.testing.assert_array_equal(here[np.lexsort(here.T)], wanted[np.lexsort(wanted.T)])


def test_missing_frames_and_their_own_grid(tmp_path: Path) -> None:
    _, grid = pictures(tmp_path / "ct")
    file = made.write(made.segmentation([109.0, 103.0, 103.0], [1, 1, 2]), tmp_path / "s.dcm")
    read = read_segmentation(file, grid)
    assert [one.part.any(axis=(1, 2)).tolist() for one in read.segments] == [
        [False, True, False, True, False],
        [False, True, False, False, False],
    ]
    alone = read_segmentation(file)
    assert alone.grid.shape == (3, 6, 7)
    assert alone.grid.to_mm([[2, 0, 0]]).tolist() == [[-10, 5, 109]]
    assert alone.segments[0].part.any(axis=(1, 2)).tolist() == [True, False, True]
    single = read_segmentation(made.write(made.segmentation([103.0], [1]), tmp_path / "one.dcm"))
    assert (single.grid.shape, single.grid.spacing_mm) == ((1, 6, 7), (3.0, 2.0, 1.0))


def test_what_is_refused(tmp_path: Path) -> None:
    _, grid = pictures(tmp_path / "ct")
    part = made.segmentation([103.0], [1])
    part.ConcatenationUID = "1.2.9"
    shifted = made.segmentation([103.0], [1])
    shifted.PerFrameFunctionalGroupsSequence[0].PlanePositionSequence[0].ImagePositionPatient = [-9.5, 5, 103]
    coarse = made.segmentation([103.0], [1])
    coarse.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].PixelSpacing = [2.0, 1.1]
    unknown = made.segmentation([103.0], [1])
    unknown.PerFrameFunctionalGroupsSequence[0].SegmentIdentificationSequence[0].ReferencedSegmentNumber = 5
    short = made.segmentation([103.0, 106.0], [1, 1])
    short.PixelData = short.PixelData[:-4]
    odd = made.segmentation([103.0], [1])
    odd.SegmentationType = "OTHER"
    for name, (file, said) in {
        "frame": (made.segmentation([103.0], [1], frame="1.2.3.9"), "another frame of reference"),
        "between": (made.segmentation([104.5], [1]), "1.5 mm from the nearest slice"),
        "beyond": (made.segmentation([130.0], [1]), "outside the picture"),
        "twice": (made.segmentation([103.0, 103.0], [1, 1]), "two frames are slice 2 of segment 1"),
        "part": (part, "concatenation"),
        "shifted": (shifted, "0.5 mm from"),
        "coarse": (coarse, "0.6 mm from"),
        "unknown": (unknown, "segment 5, which is not described"),
        "short": (short, r"are 11 bytes, and there are 8"),
        "odd": (odd, "no kind of segmentation"),
    }.items():
        path = made.write(file, tmp_path / f"{name}.dcm")
        with pytest.raises(BadInput, match=said):
            read_segmentation(path, grid)
    files, _ = pictures(tmp_path / "ct2")
    empty = Segmentation(grid, (Segment(1, "A", np.zeros(SHAPE, bool)),))
    with pytest.raises(BadInput, match="nothing is in"):
        write_segmentation(empty, tmp_path / "e.dcm", files)
    moved = Grid(grid.shape, grid.affine + np.array([[0, 0, 0, 1.0]] + [[0] * 4] * 3), grid.frame_of_reference)
    full = Segmentation(moved, (Segment(1, "A", np.ones(SHAPE, bool)),))
    with pytest.raises(BadInput, match="another grid"):
        write_segmentation(full, tmp_path / "e.dcm", files)
    (tmp_path / "there.dcm").write_bytes(b"kept")
    with pytest.raises(BadInput, match="such a file already"):
        write_segmentation(replace(full, grid=grid), tmp_path / "there.dcm", files)
