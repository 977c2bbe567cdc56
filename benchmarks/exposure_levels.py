"""A department's reference levels over many dose reports: the first look, which reads them, and the looks after it.

Reports are made as in ``exposure.py`` (half CT of four events, half fluoroscopy of thirty) and put as objects into a
folder. The first look reads and keeps each; the second finds what is kept, in a new reader as after a restart. Both
then group the reports to examinations and make the document of the page; the index of the record is not asked.

Run it with ``python benchmarks/exposure_levels.py [FILES] [FOLDER]``: with a folder its reports are taken as they are.
One process: the figures are of one core.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
import time
from pathlib import Path

from exposure import _made
from fyr.record import PatientId
from fyr.record.dicom_index import DicomInstance, DicomSeries, DicomStudy
from fyr.record.object_store import StoredObject
from fyr.serve.configuration import ExposureSettings
from fyr.serve.exposures.department import department_document
from fyr.serve.exposures.kept import KeptReadings
from fyr.serve.exposures.patient import exposed
from fyr.serve.viewing import Viewing

_X_RAY = "1.2.840.10008.5.1.4.1.1.88.67"


def main() -> None:
    """Make the reports, look twice and print one line each."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        made, files = Path(folder, "made"), Path(folder, "files")
        files.mkdir()
        if len(sys.argv) > 2:
            made = Path(sys.argv[2])
        else:
            made.mkdir()
            _made(made, count)
        instances = [_put(file, files, number) for number, file in enumerate(sorted(made.iterdir())[:count])]
        viewing = Viewing(processes=0)
        documents = []
        for name in ("first look", "second look"):
            cpu, wall = time.process_time(), time.perf_counter()
            readings = KeptReadings(files, viewing)
            found = exposed(readings, instances)
            documents.append(department_document(found.examinations(), ExposureSettings(), "protocol", str))
            took = time.process_time() - cpu, time.perf_counter() - wall
            print(
                f"  {name:<12} {took[0]:7.2f} CPU s  {took[1]:7.2f} s, {documents[-1]['examinations']:,} examinations"
            )
        viewing.close()
        kept = sum(file.stat().st_size for file in (files / "derived").iterdir())
        assert documents[0] == documents[1]
        print(f"  kept: {kept / len(instances) / 1024:.1f} KiB a report")


def _put(file: Path, files: Path, number: int) -> DicomInstance:
    data = file.read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    place = files / StoredObject(sha256, "application/dicom", len(data)).place
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)
    study = DicomStudy(PatientId("made", str(number % 3000)), f"1.2.826.0.1.{number}", "20260101")
    series = DicomSeries(study, f"1.2.826.0.1.{number}.1", "SR")
    return DicomInstance(series, f"1.2.826.0.1.{number}.2", sha256, _X_RAY, "1.2.840.10008.1.2.1", size=len(data))


if __name__ == "__main__":
    main()
