"""Compile what histograms, the gamma index, margins and the viewer run on, so that nobody's first command waits.

The compiled code lies where numba keeps it: beside the sources, or in the folder that NUMBA_CACHE_DIR names. It is made
by taking each once of a small cube, with arrays of the types that the readers return. Run it again after an upgrade;
where it was not run, the first command compiles.
"""

from __future__ import annotations

import time

import numpy as np

from fyr.imaging.grid import Grid
from fyr.imaging.margin import Margin
from fyr.imaging.masks import occupancy
from fyr.imaging.structure_algebra import grow
from fyr.imaging.structure_set import Contour, Structure
from fyr.imaging.structure_shape import structure_shape
from fyr.imaging.volume import DoseGrid
from fyr.treat.dvh import dose_volume_histogram
from fyr.treat.gamma import gamma_index
from fyr.treat.isodose import isodose_cm3
from fyr.treat.isodose_lines import isodose_lines
from fyr.treat.voxel_doses import voxel_doses


def main() -> None:
    """Take each once, and say how long that took."""
    begin = time.process_time()
    k, j, i = np.indices((6, 8, 8), dtype=np.float32)
    dose = DoseGrid(Grid.along_axes((6, 8, 8), spacing_mm=(3, 2, 2)), 1 + k + j + i)
    square = np.array([[4.0, 4.0], [10.0, 4.0], [10.0, 10.0], [4.0, 10.0]])
    contours = tuple(Contour(np.column_stack([square, np.full(4, z)])) for z in (3.0, 6.0, 9.0, 12.0))
    cube = Structure(1, "cube", contours)
    dose_volume_histogram(cube, dose)
    shape = structure_shape(cube)
    shape.outlines(1, 7.0)
    isodose_lines(dose, 2, 5.0, [10.0])
    voxel_doses(shape, dose.grid, dose).between(5.0, 10.0)
    isodose_cm3(dose, 10.0)
    gamma_index(dose, dose)
    grow(cube, Margin(1, 1, 1, 1, 1, 2))
    occupancy(cube, dose.grid)
    print(f"compiled the kernels of treat in {time.process_time() - begin:.0f} s of processor time")


if __name__ == "__main__":
    main()
