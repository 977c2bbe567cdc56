"""How long the dose in the ten structures of a real breast plan takes, beside dicompyler-core in its own environment.

Both start from the files on disk; the time that Fyr takes once the files are read is given too. dicompyler-core 0.5.6
needs pydicom < 3: name the Python of an environment that has both with ``--peer``. Without it Fyr is timed alone.

Run: ``python benchmarks/dvh.py [--data ../shared/data/treat/rt_dicom] [--peer /path/to/python]``
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import time
from pathlib import Path

from fyr.errors import BadInput
from fyr.exchange.dicom import read_dose, read_structure_set
from fyr.imaging.plane_stack import Between
from fyr.treat.dvh import dose_volume_histogram

PEER = """
import json, sys, time, warnings
warnings.filterwarnings("ignore")
from dicompylercore import dicomparser, dvhcalc
struct, dose = sys.argv[1:]
numbers = [one["id"] for one in dicomparser.DicomParser(struct).GetStructures().values()]
begin = time.process_time()
found = {}
for number in numbers:
    one = dvhcalc.get_dvh(struct, dose, number)
    found[one.name] = [float(one.volume), float(one.mean)]
print(json.dumps({"seconds": time.process_time() - begin, "found": found}))
"""


def once(struct: Path, dose: Path) -> tuple[float, float, dict[str, tuple[float, float]]]:
    """Return CPU seconds with reading and without, and volume and mean of each structure."""
    begin = time.process_time()
    structures, grid = read_structure_set(struct), read_dose(dose)
    read = time.process_time()
    found = {}
    for one in structures.structures:
        try:
            curve = dose_volume_histogram(one, grid, Between(single_plane_mm=3.0))
        except BadInput:
            continue
        found[one.name] = (curve.volume_cm3, curve.mean_gy)
    end = time.process_time()
    return end - begin, end - read, found


def main() -> None:
    """Time both and print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(__file__).parents[2] / "shared" / "data" / "treat" / "rt_dicom"
    parser.add_argument("--data", type=Path, default=default)
    parser.add_argument("--peer")
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    struct, dose = arguments.data / "dpc_rtss.dcm", arguments.data / "dpc_rtdose.dcm"
    once(struct, dose)  # compiles, or loads what was compiled
    runs = [once(struct, dose) for _ in range(arguments.repeats)]
    whole, taking = (statistics.median(run[number] for run in runs) for number in (0, 1))
    figures = {"structures": len(runs[0][2]), "cpu_s": round(taking, 3), "cpu_s_with_reading": round(whole, 3)}
    if arguments.peer:
        told = subprocess.run(
            [arguments.peer, "-c", PEER, str(struct), str(dose)], check=True, capture_output=True, text=True
        ).stdout
        peer = json.loads(told.strip().splitlines()[-1])
        figures |= {
            "dicompyler_cpu_s": round(peer["seconds"], 3),
            "ratio_with_reading": round(peer["seconds"] / whole, 1),
        }
        for name in ("Breast", "Heart", "Lt Lung", "Tumor Bed Block"):
            (volume, mean), (their_volume, their_mean) = runs[0][2][name], peer["found"][name]
            assert abs(volume - their_volume) < 0.015 * their_volume, name
            assert abs(mean - their_mean) < 0.01 * their_mean, name
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
