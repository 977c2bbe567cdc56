"""Open a DICOM file: whole, of the kind that is wanted, and with one kind of error whatever is wrong with it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from fyr.errors import BadInput, FyrError
from fyr.exchange.dicom.jpeg_decoder import prepare
from fyr.exchange.dicom.layout import BIG_ENDIAN, IMPLICIT, Element, Layout, file_layout

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = ["check_kind", "file_bytes", "open_file", "parse", "parse_without", "reading"]


@contextmanager
def reading(where: Path | str) -> Iterator[None]:
    """Name the file in every error, and let nothing but an error of Fyr's own out.

    pydicom converts a value when it is first asked for, so that damage shows anywhere in a reader; and it warns where a
    value breaks the standard and then carries on. A reader here checks each value that it uses, so the warnings say
    nothing that it does not.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except FyrError as problem:
            inner = f": {problem.where}" if problem.where else ""
            raise type(problem)(problem.what, where=f"{where}{inner}", mend=problem.mend) from problem.__cause__
        except OSError as problem:
            raise BadInput(
                f"the file cannot be read ({problem.strerror or problem})",
                where=str(where),
                mend="check path and rights",
            ) from None
        except Exception as problem:
            said = " ".join(str(problem).split())[:200]
            raise BadInput(
                f"the file is damaged, or not as DICOM prescribes ({type(problem).__name__}: {said})",
                where=str(where),
                mend="take the file again from where it was made",
            ) from problem


def file_bytes(path: Path) -> bytes:
    """Return what a file holds.

    Raises
    ------
    BadInput
        If there is no such file.
    """
    if path.is_dir():
        raise BadInput("this is a folder, not a file", mend="name a file in it")
    if not path.is_file():
        raise BadInput("there is no such file", mend="check the path")
    return path.read_bytes()


def open_file(path: Path, *, kinds: dict[str, str] | None = None) -> Dataset:
    """Read a whole file; to be called within :func:`reading`.

    Parameters
    ----------
    path : Path
    kinds : dict of str to str, optional
        The SOP classes that are wanted, with what each is called.

    Raises
    ------
    BadInput
        If the file is not whole, not DICOM, or of another kind.
    """
    dataset = parse(file_bytes(path))
    if kinds is not None:
        check_kind(dataset, kinds)
    return dataset


def parse(data: bytes) -> Dataset:
    """Parse the bytes of a whole file; every element must lie within what holds it."""
    layout = file_layout(data)
    layout.check()
    return _dataset(data, layout)


def parse_without(layout: Layout, left_out: Element) -> Dataset:
    """Parse a file but for one of the data set's own elements; to be called after ``layout.check()``."""
    from pydicom.dataset import FileMetaDataset
    from pydicom.filereader import read_dataset
    from pydicom.uid import UID

    prepare()
    elements = list(layout.elements())
    place = elements.index(left_out)
    begin, end = layout.begin(left_out), layout.size
    if place + 1 < len(elements):
        end = layout.begin(elements[place + 1])
    kept = layout.data[layout.start : begin] + layout.data[end : layout.size]
    dataset = read_dataset(
        BytesIO(kept),
        is_implicit_VR=layout.syntax == IMPLICIT,
        is_little_endian=layout.syntax != BIG_ENDIAN,
    )
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = UID(layout.syntax)
    return dataset


def check_kind(dataset: Dataset, kinds: dict[str, str]) -> None:
    """Refuse a data set that is of none of these SOP classes."""
    from pydicom.uid import UID

    found = str(dataset.get("SOPClassUID", "") or "")
    if found not in kinds:
        name = UID(found).name if found else "an object that does not say what it is"
        raise BadInput(f"this is {name}, not {' or '.join(kinds.values())}", mend="give the file that was meant")


def _dataset(data: bytes, layout: Layout) -> Dataset:
    from pydicom import dcmread
    from pydicom.filereader import read_dataset
    from pydicom.uid import UID

    if layout.has_header:
        return dcmread(BytesIO(data))
    from pydicom.dataset import FileMetaDataset

    explicit = layout.syntax != "1.2.840.10008.1.2"
    dataset = read_dataset(BytesIO(data), is_implicit_VR=not explicit, is_little_endian=True)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = UID(layout.syntax)
    return dataset
