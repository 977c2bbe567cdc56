"""``fyr record deidentify``: DICOM files into a new folder, without their patients' identity."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from fyr.cli.output import as_json, json_option, progress
from fyr.errors import BadInput

if TYPE_CHECKING:
    from fyr.exchange.dicom.deidentify import Key, Options, OutFolder

__all__ = ["deidentify"]

_SHOWN: Final = 20
_METHOD: Final = "DICOM PS3.15 Annex E, Basic Application Level Confidentiality Profile"


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A new folder, or the one to go on with.")
@click.option(
    "--key-file",
    required=True,
    type=click.Path(path_type=Path),
    help="The secret that pseudonyms are made with; a new one is made where there is no such file. Keep it, and apart.",
)
@click.option(
    "--dates",
    type=click.Choice(["remove", "shift", "keep"]),
    default="remove",
    show_default=True,
    help="shift: by a number of days of each patient's own, made with the key.",
)
@click.option("--patient-characteristics", is_flag=True, help="Keep sex, age, size, weight, smoking status.")
@click.option("--device-identity", is_flag=True, help="Keep station names, serial numbers, treatment machines.")
@click.option(
    "--structure-names",
    type=click.Choice(["keep", "number"]),
    default="keep",
    show_default=True,
    help="keep: those that hold none of the patient's own identifiers; they are listed.",
)
@click.option(
    "--risky-pixels",
    type=click.Choice(["leave-out", "write"]),
    default="leave-out",
    show_default=True,
    help="Files whose pixels probably show words: captures, ultrasound, photographs and the like.",
)
@json_option
def deidentify(
    paths: tuple[Path, ...], out: Path, key_file: Path, risky_pixels: str, json_wanted: bool, **kept: Any
) -> None:
    """Write the DICOM files of PATHS into a new folder, without their patients' identity.

    By the Basic Profile of DICOM PS3.15 Annex E. UIDs, pseudonyms and shifted dates are the same in every file
    and every run with one key. Pixels are not looked at: of each file it is said how likely they show words or a face.
    Run again, it goes on where it was.
    """
    from fyr.exchange.dicom.deidentify import Options, make_key, open_folder, read_key
    from fyr.exchange.dicom.scan import dicom_files

    files = dicom_files(paths)
    _apart(paths, out, key_file)
    options = Options(**kept)
    is_new = not key_file.exists()
    key = make_key(key_file) if is_new else read_key(key_file)
    if is_new:
        click.echo(f"made a new key in {key_file}: keep it, and apart from the files", err=True)
    run = _Run(open_folder(out, key, options), key, options, leave_out=risky_pixels == "leave-out")
    with progress("deidentifying", len(files)) as done:
        for file in files:
            run.take(file)
            done(1)
    document = {**run.document(paths), "new_key": is_new}
    if not document["written"] and not document["there_already"] and not run.left_out:
        raise _nothing(run.refused, paths)
    if json_wanted:
        as_json(document)
    else:
        click.echo("\n".join(_as_text(document)))


def _apart(paths: Sequence[Path], out: Path, key_file: Path) -> None:
    """Refuse a folder that would be read again, and a key that would leave with the files."""
    whole = out.resolve()
    for path in paths:
        if whole.is_relative_to(path.resolve()) or path.resolve().is_relative_to(whole):
            raise BadInput("what is read and what is written lie in one another", where=str(out), mend="name another")
    if key_file.resolve().is_relative_to(whole):
        raise BadInput(
            "the key would lie among the files that it protects", where=str(key_file), mend="keep it elsewhere"
        )


@dataclass(slots=True)
class _Run:
    """One run of the verb, and what came of each file."""

    folder: OutFolder
    key: Key
    options: Options
    leave_out: bool
    files: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[dict[str, Any]] = field(default_factory=list)
    refused: list[BadInput] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    there: int = 0
    _seen: dict[Path, str] = field(default_factory=dict)

    def take(self, path: Path) -> None:
        """Treat one file; what is wrong with it stops no other."""
        from fyr.exchange.dicom.opening import reading
        from fyr.exchange.dicom.scan import is_dicom

        try:
            if not is_dicom(path):
                self.skipped.append(str(path))
                return
            with reading(path):
                self._take(path)
        except BadInput as problem:
            self.refused.append(problem)

    def _take(self, path: Path) -> None:
        from fyr.exchange.dicom.deidentify import deidentified, patient_of
        from fyr.exchange.dicom.head import read_head
        from fyr.exchange.dicom.opening import file_bytes
        from fyr.exchange.dicom.scan import scanned

        said = scanned(read_head(path))
        patient = self.key.pseudonym(patient_of(said.patient, said.study))
        place = self.folder.place(patient, self.key.uid(said.series), self.key.uid(said.uid))
        data = file_bytes(path)
        digest = hashlib.sha256(data).hexdigest()
        before = self._seen.setdefault(place, digest)
        if before != digest:
            raise BadInput(f"another file says that it is {said.uid} too, and differs", mend="take one of them out")
        if place.exists():
            self.there += 1
            return
        made = deidentified(data, self.key, self.options)
        about = {
            "source": str(path),
            "output": str(place),
            "patient": made.patient,
            "pixel_risk": asdict(made.risk),
            "elements": dict(made.counts),
            "names_kept": list(made.names_kept),
            "flags": list(made.flags),
        }
        if made.risk.is_high and self.leave_out:
            self.left_out.append({"source": str(path), "reasons": list(made.risk.reasons)})
            return
        self.folder.write(place, made.data)
        self.files.append(about)

    def document(self, paths: Sequence[Path]) -> dict[str, Any]:
        """Return what is said as JSON; it names the sources, so that it is as confidential as they are."""
        faces = Counter(one["pixel_risk"]["face"] for one in self.files)
        return {
            "sources": [str(path) for path in paths],
            "out": str(self.folder.root),
            "method": _METHOD,
            "options": asdict(self.options),
            "key": self.key.fingerprint,
            "written": len(self.files),
            "patients": len({one["patient"] for one in self.files}),
            "there_already": self.there,
            "faces": {level: faces[level] for level in ("high", "possible", "low")},
            "names_kept": sorted({name for one in self.files for name in one["names_kept"]}),
            "files": self.files,
            "left_out": self.left_out,
            "refused": [{"where": one.where, "reason": one.what, "mend": one.mend} for one in self.refused],
            "skipped": [{"name": name, "reason": "no DICOM file"} for name in self.skipped],
        }


def _nothing(refused: Sequence[BadInput], paths: Sequence[Path]) -> BadInput:
    if not refused:
        return BadInput("there is no DICOM file", where=" ".join(map(str, paths)), mend="check the path")
    more = f" (and {len(refused) - 1:,} more files were refused)" if len(refused) > 1 else ""
    return BadInput(f"{refused[0].what}{more}", where=refused[0].where, mend=refused[0].mend)


def _as_text(document: dict[str, Any]) -> Iterator[str]:
    yield f"wrote {document['written']:,} files of {document['patients']:,} patients to {document['out']}"
    if document["there_already"]:
        yield f"{document['there_already']:,} were there already"
    yield from _some("left out", [f"{one['source']}: {'; '.join(one['reasons'])}" for one in document["left_out"]])
    yield from _some("refused", [f"{one['where']}: {one['reason']}; {one['mend']}" for one in document["refused"]])
    if document["skipped"]:
        yield f"skipped {len(document['skipped']):,} files that are no DICOM"
    flags = Counter(flag for one in document["files"] for flag in one["flags"])
    yield from (f"flag: {flag} ({count:,} files)" for flag, count in flags.items())
    if document["names_kept"]:
        yield f"names kept: {', '.join(document['names_kept'])}"
    faces = document["faces"]
    if faces["high"] or faces["possible"]:
        yield f"a face may be seen in {faces['high']:,} files, and perhaps in {faces['possible']:,} that do not say"
    yield "no pixel was looked at: a person must, before the files leave"


def _some(label: str, lines: Sequence[str]) -> Iterator[str]:
    yield from (f"{label}: {line}" for line in lines[:_SHOWN])
    if len(lines) > _SHOWN:
        yield f"{label}: ... and {len(lines) - _SHOWN:,} more: --json has them all"
