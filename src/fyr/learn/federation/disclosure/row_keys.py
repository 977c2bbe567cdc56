"""Patients in a hospital's ledger: keyed digests that mean nothing without the secret that the hospital alone holds."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from typing import Final

from fyr.learn.federation.site_table import SiteTable

__all__ = ["OTHERS", "SIZE", "patient_key", "row_keys"]

SIZE: Final = 16
"""Bytes of a key: two of a million patients are the same with a chance below 1e-26."""

OTHERS: Final = tuple(hashlib.sha256(b"patients of other hospitals %d" % at).digest()[:SIZE] for at in range(64))
"""Stand for the patients with whom a masked total was of: they hide a small hospital, and cancel in a difference."""


def patient_key(secret: bytes, patient: str) -> bytes:
    """Return the key of a patient by the identifier that the hospital knows them by."""
    return _key(secret, f"patient\n{patient}")


def row_keys(table: SiteTable, secret: bytes) -> list[bytes]:
    """Return the key of each row: of the patient, or of all its values where the table does not say who it is.

    Rows of one patient, or of the same values, are told apart by their order; which is which does not matter.
    """
    if table.patients is not None:
        texts = [str(patient) for patient in table.patients]
        return [
            patient_key(secret, text if at == 1 else f"{text}\n{at}")
            for text, at in zip(texts, _places(texts), strict=True)
        ]
    names = sorted(table.columns)
    columns = [table.columns[name].tolist() for name in names]
    texts = [repr(list(zip(names, values, strict=True))) for values in zip(*columns, strict=True)]
    return [_key(secret, f"row {at}\n{text}") for text, at in zip(texts, _places(texts), strict=True)]


def _places(texts: list[str]) -> list[int]:
    seen: Counter[str] = Counter()
    found = []
    for text in texts:
        seen[text] += 1
        found.append(seen[text])
    return found


def _key(secret: bytes, text: str) -> bytes:
    return hmac.digest(secret, text.encode(), hashlib.sha256)[:SIZE]
