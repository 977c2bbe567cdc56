"""An object as the input of a model: a scan, a slide, a waveform, read only when the model asks for its bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from fyr.record.object_store import StoredObject

__all__ = ["GivenObject"]


@dataclass(frozen=True, slots=True)
class GivenObject:
    """What a model is given for an input of the kind ``object``.

    Parameters
    ----------
    stored : StoredObject
        Which object it is, of which media type, whose, of which study. Its SHA-256 stands among the answer's inputs.
    read : callable
        Returns the bytes; raises :class:`~fyr.errors.BadInput` where they are gone or are no longer those that were
        stored.

    Examples
    --------
    >>> from functools import partial
    >>> def given(record, patient):
    ...     return [GivenObject(one, partial(record.object, one.sha256)) for one in record.objects(patient)]
    """

    stored: StoredObject
    read: Callable[[], bytes] = field(repr=False, compare=False)

    def __str__(self) -> str:
        return f"{self.stored.media_type} {self.stored.sha256[:12]}"
