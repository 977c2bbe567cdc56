"""A CT of a thousand slices as one volume, and imported into a record, beside a plain loop of pydicom over the files.

The import is the whole of ``fyr record import``, its start too: every file read, checked, hashed, kept durably and
indexed, and the series examined. The loop reads the same files into one volume, and keeps nothing.

Run it with ``python benchmarks/dicom_series.py [SLICES]``; the slices are noise, written first and not timed. Each side
runs in a process of its own, so that its peak of memory is its own.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

_CT = "1.2.840.10008.5.1.4.1.1.2"

_PEER = """
import numpy as np, pydicom
slices = [pydicom.dcmread(file) for file in Path(folder).iterdir()]
slices.sort(key=lambda one: float(one.ImagePositionPatient[2]))
rescaled = lambda one: one.pixel_array.astype(np.int16) * int(one.RescaleSlope) + int(one.RescaleIntercept)
volume = np.stack([rescaled(one) for one in slices])
"""
_OURS = """
from fyr.exchange.dicom import read_series
volume = read_series(folder).values
"""
_IMPORT = """
import contextlib, io, numpy as np
from fyr.cli.main import main
with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.suppress(SystemExit):
    main(["record", "import", folder, "--home", folder + ".home", "--json"])
assert f'"objects": {len(list(Path(folder).iterdir()))}' in said.getvalue(), said.getvalue()[:500]
volume = np.zeros(0)
"""
_AROUND = """
import resource, sys, time
from pathlib import Path
folder = sys.argv[1]
cpu, wall = time.process_time(), time.perf_counter()
{code}
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(time.process_time() - cpu, time.perf_counter() - wall, peak, int(volume.sum(dtype='int64')))
"""


def main() -> None:
    """Write the slices, run both and print one line each."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as around:
        folder = f"{around}/slices"
        Path(folder).mkdir()
        _write(Path(folder), count)
        sums = set()
        for name, code in (("fyr", _OURS), ("pydicom loop", _PEER), ("fyr import", _IMPORT)):
            done = subprocess.run(
                [sys.executable, "-c", _AROUND.replace("{code}", code), folder],
                stdout=subprocess.PIPE,
                stderr=None,
                text=True,
                check=True,
            )
            cpu, wall, peak, total = done.stdout.split()
            if code != _IMPORT:
                sums.add(total)
            said = f"{float(cpu):6.2f} CPU s {float(wall):7.2f} s, peak {float(peak):6.0f} MiB"
            print(f"{name:<14} {count} slices of 512 by 512: {said}")
        assert len(sums) == 1, f"the two do not agree: {sums}"


def _write(folder: Path, count: int) -> None:
    noise = np.random.default_rng(0).integers(0, 3000, (512, 512)).astype(np.uint16).tobytes()
    series, frame = generate_uid(), generate_uid()
    for k in range(count):
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID, meta.TransferSyntaxUID = UID(_CT), ExplicitVRLittleEndian
        meta.MediaStorageSOPInstanceUID = generate_uid()
        made = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
        made.SOPClassUID, made.SOPInstanceUID = UID(_CT), meta.MediaStorageSOPInstanceUID
        made.Modality, made.PatientID = "CT", "P"
        made.StudyInstanceUID, made.SeriesInstanceUID, made.FrameOfReferenceUID = series, series, frame
        made.ImagePositionPatient, made.ImageOrientationPatient = [0, 0, k], [1, 0, 0, 0, 1, 0]
        made.PixelSpacing, made.Rows, made.Columns = [1, 1], 512, 512
        made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
        made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 16, 16, 15, 0
        made.RescaleSlope, made.RescaleIntercept = 1, -1024
        made.add_new(0x7FE00010, "OW", noise)
        made.save_as(folder / f"{(k * 7919) % 10007:05d}.dcm", enforce_file_format=True)


if __name__ == "__main__":
    main()
