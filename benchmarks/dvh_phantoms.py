"""How far histograms of bodies in closed form are from the truth, from DICOM files to figures.

Spheres (radius 20, 10 and 5 mm), a cylinder, a cone and a torus are drawn on planes 3 mm apart, wherever the planes may
fall; the dose rises along x or z, on grids along the patient's axes and turned about two of them. Both are written as
RTSTRUCT and RTDOSE, read, and taken as ``fyr treat dvh`` takes them. What ends bluntly is drawn with its ends half a
spacing beyond the planes, and, as ``, ends anywhere``, wherever they fall: nothing in the contours tells that. Printed
are the greatest errors of the volume, of D2% to D98%, and of V at five doses. Goal: 0.5 %.

Run: ``python benchmarks/dvh_phantoms.py`` (in the folder of the checkout; it uses the bodies of the tests)
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.treat.analytic import BODIES, Body
from tests.treat.phantom_files import GRIDS, histogram_of_files

PARTS = np.array([0.02, 0.05, 0.1, 0.5, 0.9, 0.95, 0.98])
LEVELS = np.linspace(-45, 45, 3601)
OFFSETS = (0.0, 0.6, 1.0, 1.5, 2.2)
BLUNT = ("cylinder", "cone")


def errors(body: Body, offset: float, axis: int, grid: str, folder: Path) -> tuple[float, float, float]:
    """Return the errors of volume and of the worst D in percent, and of the worst V in percent of the volume."""
    found = histogram_of_files(body, offset, axis, grid, folder)
    volume, beyond = body.share_above(axis, LEVELS)
    dose = 40 + 0.5 * np.interp(-PARTS, -beyond, LEVELS)
    at = np.quantile(LEVELS[(beyond > 0.02) & (beyond < 0.98)], [0.1, 0.3, 0.5, 0.7, 0.9])
    shares = np.asarray(found.volume_at(40 + 0.5 * at)) / found.volume_cm3
    return (
        100 * (found.volume_cm3 * 1000 / volume - 1),
        float(np.abs(100 * (found.dose_to(PARTS * found.volume_cm3) / dose - 1)).max()),
        float(np.abs(100 * (shares - np.interp(at, LEVELS, beyond))).max()),
    )


def main() -> None:
    """Print a table and one JSON line."""
    document = {}
    cases = [(name, body, (1.5,) if name in BLUNT else OFFSETS) for name, body in BODIES.items()]
    cases += [(f"{name}, ends anywhere", BODIES[name], OFFSETS) for name in BLUNT]
    print(f"{'body':<24}{'dose grid':<18}{'volume %':>16}{'D %':>8}{'V points':>10}")
    with tempfile.TemporaryDirectory() as folder:
        for name, body, offsets in cases:
            for grid in GRIDS:
                found = np.array(
                    [errors(body, offset, axis, grid, Path(folder)) for offset in offsets for axis in (0, 2)]
                )
                low, high = found[:, 0].min(), found[:, 0].max()
                dose, share = found[:, 1].max(), found[:, 2].max()
                print(f"{name:<24}{grid:<18}{low:>6.2f} to {high:>6.2f}{dose:>8.2f}{share:>10.2f}")
                document[f"{name}, {grid}"] = {
                    "volume_percent": [low, high],
                    "dose_percent": dose,
                    "volume_at_dose_points": share,
                }
    print(json.dumps(document))


if __name__ == "__main__":
    main()
