"""Dose reports of a folder as exposure, beside a plain walk of pydicom over the same files.

Ours is the whole of ``fyr treat exposure`` on a folder, its start, the grouping to examinations, the ledgers and the
document too. The peer opens each file with ``pydicom.dcmread`` and walks its content for the dose-length products and
dose-area products alone. Both must add up to the same.

Run it with ``python benchmarks/exposure.py [FILES] [FOLDER]``: without a folder reports are made (CT reports of four
events, about 6 kB, and fluoroscopy of thirty, about 40 kB, half of each) and not timed; with one, its reports are
copied under new UIDs until there are enough. One process on both sides: the figure is for one core.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

_X_RAY = "1.2.840.10008.5.1.4.1.1.88.67"

_PEER = """
import pydicom
def walk(item):
    total = 0.0
    for one in item.get("ContentSequence", []):
        if one.get("ValueType") == "NUM" and one.ConceptNameCodeSequence[0].CodeValue in ("113838", "122130"):
            total += float(one.MeasuredValueSequence[0].NumericValue)
        total += walk(one)
    return total
added = sum(walk(pydicom.dcmread(file)) for file in Path(folder).iterdir())
"""
_OURS = """
import contextlib, io, json
from fyr.cli.main import main
with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.suppress(SystemExit):
    main(["treat", "exposure", folder, "--processes", "1", "--json"])
document = json.loads(said.getvalue())
assert document["read"] == len(list(Path(folder).iterdir())), document["refused"][:3]
wanted = {"dose_length_product": 1.0, "dose_area_product": 1e-4}
added = sum(
    one["value"] * wanted.get(one["quantity"], 0.0)
    for exam in document["examinations"] for event in exam["events"] for one in event["quantities"]
)
"""
_AROUND = """
import sys, time, warnings
from pathlib import Path
warnings.simplefilter("ignore")
folder = sys.argv[1]
cpu = time.process_time()
{code}
print(time.process_time() - cpu, added)
"""


def main() -> None:
    """Make the reports, run both and print one line each."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    with tempfile.TemporaryDirectory() as folder:
        if len(sys.argv) > 2:
            _copied(Path(sys.argv[2]), Path(folder), count)
        else:
            _made(Path(folder), count)
        size = sum(file.stat().st_size for file in Path(folder).iterdir()) / count / 1024
        print(f"{count:,} dose reports, {size:.1f} KiB on average")
        took, sums = {}, {}
        for name, code in (("pydicom walk", _PEER), ("fyr treat exposure", _OURS)):
            said = subprocess.run(
                [sys.executable, "-c", _AROUND.format(code=code), folder], capture_output=True, text=True, check=True
            )
            took[name], sums[name] = map(float, said.stdout.split())
            rate = count / took[name] * 60
            print(f"  {name:<19} {took[name]:7.2f} CPU s   {rate:9,.0f} files a minute and core")
        first, second = sums.values()
        assert abs(first - second) <= 1e-9 * max(first, second), (first, second)
        print(f"  ratio {took['pydicom walk'] / took['fyr treat exposure']:.1f}")


def _copied(source: Path, folder: Path, count: int) -> None:
    """Copy the reports of a folder that are ones of X-ray dose, each copy with UIDs of its own."""
    reports = []
    for file in sorted(source.glob("*.dcm")):
        read = dcmread(file)
        titled = read.get("ConceptNameCodeSequence")
        if titled and titled[0].CodeValue == "113701":
            reports.append(read)
    for number in range(count):
        made = reports[number % len(reports)]
        made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = UID(f"1.2.826.0.1.{number}.1")
        made.StudyInstanceUID = UID(f"1.2.826.0.1.{number}.2")
        made.save_as(folder / f"{number}.dcm")


def _made(folder: Path, count: int) -> None:
    for number in range(count):
        content = _ct(number) if number % 2 else _fluoroscopy(number)
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = UID(_X_RAY), generate_uid()
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        made = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
        made.SOPClassUID, made.SOPInstanceUID = UID(_X_RAY), meta.MediaStorageSOPInstanceUID
        made.StudyInstanceUID, made.PatientID, made.StudyDate = generate_uid(), f"P{number % 500}", "20260101"
        made.Modality, made.Manufacturer = "SR", "Made"
        made.ConceptNameCodeSequence = [_code("DCM:113701", "X-Ray Radiation Dose Report")]
        made.ContentTemplateSequence = [_item(TemplateIdentifier="10011" if number % 2 else "10001")]
        made.ContentSequence = content
        dcmwrite(folder / f"{number}.dcm", made, enforce_file_format=True)


def _ct(number: int) -> list[Dataset]:
    doses = [10.0 + (number + event) % 300 for event in range(4)]
    content = [_held("DCM:113811", _number("DCM:113813", sum(doses), "mGy.cm"))]
    for event, dose in enumerate(doses):
        held = _held(
            "DCM:113829",
            _number("DCM:113830", dose / 30, "mGy"),
            _item(ValueType="CODE", name="DCM:113835", ConceptCodeSequence=[_code("DCM:113691", "IEC Body Phantom")]),
            _number("DCM:113838", dose, "mGycm"),
        )
        technique = [_number(code, 10.0, "mm") for code in ("DCM:113825", "DCM:113826", "DCM:113827")]
        content.append(_held("DCM:113819", _uid(number, event), _held("DCM:113822", *technique), held))
    return content


def _fluoroscopy(number: int) -> list[Dataset]:
    doses = [1e-6 * (1 + (number + event) % 40) for event in range(30)]
    content = [_held("DCM:113702", _number("DCM:113722", sum(doses), "Gym2"))]
    for event, dose in enumerate(doses):
        technique = [_number(f"DCM:{code}", 10.0, "mm") for code in (113750, 113748, 113751, 113752, 113753, 113758)]
        content.append(_held("DCM:113706", _uid(number, event), _number("DCM:122130", dose, "Gym2"), *technique))
    return content


def _uid(number: int, event: int) -> Dataset:
    return _item(ValueType="UIDREF", name="DCM:113769", UID=UID(f"1.2.826.0.1.3680043.{number}.{event}"))


def _number(code: str, value: float, unit: str) -> Dataset:
    measured = _item(NumericValue=f"{value:.10g}", MeasurementUnitsCodeSequence=[_code(f"UCUM:{unit}", unit)])
    return _item(ValueType="NUM", name=code, MeasuredValueSequence=[measured])


def _held(code: str, *content: Dataset) -> Dataset:
    return _item(ValueType="CONTAINER", name=code, ContentSequence=list(content))


def _code(code: str, meaning: str) -> Dataset:
    scheme, _, value = code.partition(":")
    return _item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)


def _item(name: str | None = None, **values: object) -> Dataset:
    made = Dataset()
    if name is not None:
        made.ConceptNameCodeSequence = [_code(name, name)]
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


if __name__ == "__main__":
    main()
