"""A stack read slice by slice is the volume that is read as a whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.exchange.dicom.made import AXIAL, slices, write_all

from fyr.errors import BadInput
from fyr.exchange.dicom import read_series
from fyr.exchange.dicom.head import read_head
from fyr.exchange.dicom.slice_stack import open_stack

RANDOM = np.random.default_rng(17)
VALUES = RANDOM.integers(-1000, 3000, (6, 7, 9)).astype(np.int16)
CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)
FEET_FIRST = (-1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
OBLIQUE = (1.0, 0.0, 0.0, 0.0, float(np.cos(0.3)), float(np.sin(0.3)))


def shown(stack):
    planes = np.stack([stack.coded(place) for place in range(stack.grid.shape[0])])
    return planes * stack.coding.slope + stack.coding.intercept


@pytest.mark.parametrize("directions", [AXIAL, CORONAL, FEET_FIRST, OBLIQUE])
def test_it_is_the_volume_in_every_direction(tmp_path: Path, directions: tuple[float, ...]) -> None:
    folder = write_all(slices(VALUES, directions=directions), tmp_path / "slices")
    stack, volume = open_stack(sorted(folder.iterdir())), read_series(folder)
    assert stack.grid.same_as(volume.grid, 1e-9)
    assert np.array_equal(shown(stack), volume.values)
    assert (stack.unit, stack.modality, stack.missing) == (volume.unit, volume.modality, ())


def test_bytes_that_were_read_already_give_the_same(tmp_path: Path) -> None:
    folder = write_all(slices(VALUES), tmp_path / "slices")
    stack = open_stack(sorted(folder.iterdir()))
    for place in range(6):
        path = stack.path(place)
        assert path is not None
        assert np.array_equal(stack.coded(place), stack.coded(place, path.read_bytes()))


def test_heads_that_were_read_already_give_the_same_without_a_file(tmp_path: Path) -> None:
    folder = write_all(slices(VALUES), tmp_path / "slices")
    files = sorted(folder.iterdir())
    whole = open_stack(files)
    heads = {file: read_head(file) for file in files}
    kept = {file: file.read_bytes() for file in files}
    for file in files:
        file.unlink()
    stack = open_stack(files, heads)
    assert stack.grid.same_as(whole.grid, 1e-12)
    place = stack.path(3)
    assert place is not None
    coded = stack.coded(3, kept[place])
    assert np.array_equal(coded * stack.coding.slope + stack.coding.intercept, VALUES[3])


def test_slices_that_are_missing_are_places_without_a_file(tmp_path: Path) -> None:
    made = slices(VALUES)
    folder = write_all([made[0], made[1], made[4], made[5]], tmp_path / "slices")
    with pytest.raises(BadInput, match="missing"):
        read_series(folder)
    stack = open_stack(sorted(folder.iterdir()))
    whole = open_stack(sorted(write_all(made, tmp_path / "whole").iterdir()))
    assert stack.missing == (2, 3)
    assert [stack.path(place) for place in (2, 3)] == [None, None]
    assert stack.grid.same_as(whole.grid, 1e-9)
    assert np.array_equal(np.delete(shown(stack), (2, 3), axis=0), np.delete(VALUES, (2, 3), axis=0))


@pytest.mark.parametrize("moved", [0.4, 1.6])
def test_slices_out_of_step_are_none(tmp_path: Path, moved: float) -> None:
    made = slices(VALUES)
    x, y, z = made[3].ImagePositionPatient
    made[3].ImagePositionPatient = [x, y, z + moved]
    folder = write_all(made, tmp_path / "slices")
    with pytest.raises(BadInput, match="not evenly spaced"):
        open_stack(sorted(folder.iterdir()))


def test_the_window_of_the_files_is_kept(tmp_path: Path) -> None:
    made = slices(VALUES)
    for one in made:
        one.WindowCenter, one.WindowWidth = [40, 300], [400, 1500]
    assert open_stack(sorted(write_all(made, tmp_path / "slices").iterdir())).window == (40, 400)
