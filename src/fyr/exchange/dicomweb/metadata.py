"""An instance in the DICOM JSON model (PS3.18 annex F); what is large stands there as its address, and is had by it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from fyr.errors import BadInput
from fyr.exchange.dicom.head import head_of
from fyr.exchange.dicom.opening import parse, reading

if TYPE_CHECKING:
    from pathlib import Path

    from pydicom import DataElement, Dataset

__all__ = ["bulk_value", "instance_metadata", "path_of_bulk"]

_BULK_VRS: Final = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})
_BULK_BYTES: Final = 1024
"""A binary value of more than this is retrieved by its address."""
_GROUP_LENGTH: Final = 0


def instance_metadata(data: bytes, where: str | Path, url: str) -> dict[str, Any]:
    """Return the attributes of an instance; binary values of more than 1 KiB and pixels as ``BulkDataURI``.

    Parameters
    ----------
    data : bytes
        The object.
    where : str or Path
        What errors call it.
    url : str
        Of the instance: the addresses begin with it.

    Raises
    ------
    BadInput
        If it cannot be read.
    """
    from pathlib import Path

    with reading(where):
        head = head_of(Path(where), data, len(data))
        found = _plain(head.data_set(), f"{url}/bulkdata")
        if head.pixels is not None:
            vr = head.pixels.vr.decode("ascii", "replace") or "OW"
            name = f"{head.pixels.tag:08X}"
            found[name] = {"vr": vr, "BulkDataURI": f"{url}/bulkdata/{name}"}
        found["00083002"] = {"vr": "UI", "Value": [head.layout.syntax]}
        return found


def path_of_bulk(text: str) -> list[int]:
    """Read the path of a value: tags, and between them places in sequences, counted from 0.

    Raises
    ------
    BadInput
        If it is none.
    """
    steps = text.split("/")
    try:
        return [int(step, 16) if place % 2 == 0 else int(step) for place, step in enumerate(steps)]
    except ValueError:
        raise BadInput(f"'{text[:80]}' is no path of an attribute", mend="take it from the metadata") from None


def bulk_value(data: bytes, where: str | Path, path: list[int]) -> bytes | None:
    """Return the value at a path, ``None`` where there is none, or none that is binary; pixels are not found here.

    Raises
    ------
    BadInput
        If the object cannot be read.
    """
    with reading(where):
        dataset: Any = parse(data)
        for place, step in enumerate(path):
            if place % 2 == 0:
                if step not in dataset:
                    return None
                dataset = dataset[step].value
            elif not 0 <= step < len(dataset):
                return None
            else:
                dataset = dataset[step]
        return dataset if isinstance(dataset, bytes) else None


def _plain(dataset: Dataset, url: str) -> dict[str, Any]:
    return {
        f"{int(element.tag):08X}": said
        for element in _elements(dataset)
        if (said := _said(element, f"{url}/{int(element.tag):08X}")) is not None
    }


def _elements(dataset: Dataset) -> Iterator[DataElement]:
    """Yield the elements that can be read; one that is not as DICOM prescribes is left out."""
    for tag in sorted(set(dataset.keys())):
        try:
            element = dataset[tag]
        except Exception:  # noqa: BLE001, S112  pydicom raises whatever the value makes it raise
            continue
        if element.tag.element != _GROUP_LENGTH:
            yield element


def _said(element: DataElement, url: str) -> dict[str, Any] | None:
    if element.VR == "SQ":
        items = [_plain(item, f"{url}/{place}") for place, item in enumerate(element.value)]
        return {"vr": "SQ", "Value": items} if items else {"vr": "SQ"}
    if element.VR in _BULK_VRS and isinstance(element.value, bytes) and len(element.value) > _BULK_BYTES:
        return {"vr": element.VR, "BulkDataURI": url}
    try:
        return dict(element.to_json_dict(None, 1 << 62))
    except Exception:  # noqa: BLE001  as above
        return None
