"""What a client accepts, held against what can be given (PS3.18 section 8.7)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

__all__ = ["DICOM", "JSON", "MULTIPART", "OCTETS", "MediaType", "accepted", "media_type", "media_types"]

DICOM: Final = "application/dicom"
JSON: Final = "application/dicom+json"
OCTETS: Final = "application/octet-stream"
MULTIPART: Final = "multipart/related"

_PARAMETER: Final = re.compile(r';\s*([A-Za-z0-9_-]+)\s*=\s*(?:"([^"]*)"|([^;,\s]*))')
_ENTRY: Final = re.compile(r'(?:[^,"]|"[^"]*")+')


@dataclass(frozen=True, slots=True)
class MediaType:
    """A media type with its parameters.

    Parameters
    ----------
    name : str
        In lower case, for example ``multipart/related``.
    parameters : mapping of str to str
        By their names in lower case.
    """

    name: str
    parameters: Mapping[str, str]

    @property
    def quality(self) -> float:
        """How much it is wanted, 0 to 1."""
        try:
            return float(self.parameters.get("q", "1"))
        except ValueError:
            return 0.0

    @property
    def is_multipart(self) -> bool:
        """Whether it is a ``multipart/related`` of something."""
        return self.name == MULTIPART

    @property
    def part(self) -> str:
        """What it is, or what its parts are; ``*/*`` where it does not say."""
        return self.parameters.get("type", "*/*").lower() if self.is_multipart else self.name

    @property
    def transfer_syntax(self) -> str | None:
        """The transfer syntax that is wanted, ``*`` for the stored one, ``None`` where it says none."""
        return self.parameters.get("transfer-syntax")


def media_type(text: str) -> MediaType:
    """Read one media type, as a Content-Type has it."""
    name = text.partition(";")[0].strip().lower()
    found = {key.lower(): quoted or plain for key, quoted, plain in _PARAMETER.findall(text)}
    return MediaType(name, found)


def media_types(text: str | None) -> list[MediaType]:
    """Read what an Accept header says, the most wanted first; whatever there is, where it says nothing."""
    found = [media_type(entry) for entry in _ENTRY.findall(text or "") if entry.strip()]
    wanted = [one for one in found if one.quality > 0]
    return sorted(wanted, key=lambda one: -one.quality) if found else [MediaType("*/*", {})]


def accepted(text: str | None, offers: Sequence[str]) -> tuple[str, MediaType] | None:
    """Return the first of the offers that is accepted, with what the client said of it.

    Parameters
    ----------
    text : str or None
        The Accept header.
    offers : sequence of str
        Media types; ``multipart/related`` is accepted for any of them as their envelope.

    Returns
    -------
    tuple of str and MediaType, or None
        ``None`` where the client accepts none of them.
    """
    for wanted in media_types(text):
        for offer in offers:
            if _fits(wanted.part, offer):
                return offer, wanted
    return None


def _fits(wanted: str, offer: str) -> bool:
    return wanted in {"*/*", offer} or (wanted.endswith("/*") and offer.startswith(wanted[:-1]))
