"""What models reach on real, open cohorts: each is chosen by cross-validation in the training part, and judged once.

Nothing of a held-out cohort is looked at before the model stands: neither to choose it nor to stop. What was tried is
printed. Intervals are percentiles over resamples of patients. A goal that is not reached is called missed.

The data are not part of the project: a folder with METABRIC, Rotterdam, GBSG, LORIS and TCGA-LUAD as docs/explanation/
real-cohorts.md names them, by default ../shared/data, or FYR_DATA. DeepSurv's files need h5py (``pip install h5py``).

Run: ``python benchmarks/cohorts.py [metabric gbsg gbsg-grade predict immunotherapy luad]`` (two minutes for all)
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small matrices: threads would wait for each other
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from benchmarks.real_cohorts.adenocarcinoma import luad  # noqa: E402
from benchmarks.real_cohorts.breast import metabric, predict, rotterdam_to_gbsg  # noqa: E402
from benchmarks.real_cohorts.choosing import said  # noqa: E402
from benchmarks.real_cohorts.immunotherapy import immunotherapy  # noqa: E402

STUDIES: dict[str, Callable[[Path], dict[str, Any]]] = {
    "metabric": metabric,
    "gbsg": lambda folder: rotterdam_to_gbsg(folder, with_grade=False),
    "gbsg-grade": lambda folder: rotterdam_to_gbsg(folder, with_grade=True),
    "predict": predict,
    "immunotherapy": immunotherapy,
    "luad": luad,
}


def tell(name: str, study: dict[str, Any], seconds: float) -> None:
    """Print what a study found."""
    print(f"\n== {name} ({seconds:.0f} s)")
    for one in study.get("tried", ()):
        print(f"   cv {one.concordance:.4f}  {one.gain:+.4f} ({one.gain_error:.4f})  {one.name}")
    if "chosen" in study:
        print(f"   rows {study['rows']}, events {study['events']}; chosen: {study['chosen']}")
        print(f"   concordance {said(study['concordance'])}; plain {said(study['plain'])}; gain {said(study['gain'])}")
        print(f"   goal {study['goal']}: {'met' if study['met'] else 'MISSED'}")
    for line in study.get("lines", ()):
        print(f"   {line}")


def main() -> None:
    """Run the studies that were asked for, or all."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("studies", nargs="*", choices=[[], *STUDIES], metavar="study")
    asked = options.parse_args().studies or list(STUDIES)
    folder = Path(os.environ.get("FYR_DATA", ROOT.parent / "shared/data")) / "diagnose"
    if not folder.is_dir():
        print(f"no cohorts at {folder}; set FYR_DATA to the folder that holds them")
        return
    found = {}
    for name in asked:
        if name == "metabric" and importlib.util.find_spec("h5py") is None:
            print("\n== metabric: DeepSurv's split is an HDF5 file, which needs h5py (pip install h5py)")
            continue
        begun = time.perf_counter()
        found[name] = STUDIES[name](folder)
        tell(name, found[name], time.perf_counter() - begun)
    print(json.dumps(found, default=asdict))


if __name__ == "__main__":
    main()
