"""The identifiers that a file names, looked for in the words that are kept."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fyr.exchange.dicom.values import items, text, words

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = ["Identifiers", "holds_long_number", "identifiers_of"]

_NAMES: Final = (
    *("PatientName", "OtherPatientNames", "PatientBirthName", "PatientMotherBirthName", "ReferringPhysicianName"),
    *("PerformingPhysicianName", "OperatorsName", "PhysiciansOfRecord", "NameOfPhysiciansReadingStudy"),
    *("RequestingPhysician", "ReviewerName", "ResponsiblePerson", "ConsultingPhysicianName"),
)
_NUMBERS: Final = ("PatientID", "OtherPatientIDs", "AccessionNumber", "AdmissionID", "PatientTelephoneNumbers")
_TITLES: Final = frozenset("anon anonymous dr med mr mrs prof patient test von van unknown".split())  # noqa: SIM905
_ANATOMY: Final = frozenset(
    "abdomen bladder body bone boost bowel brain breast chest cord external eye head heart kidney liver lung neck node "  # noqa: SIM905
    "nodes pelvis prostate rectum skin spine thorax tumor tumour".split()
)
"""Words that name a structure whoever the patient is: sets are often given such a word for a name."""
_WRITTEN_OUT: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae", "ß": "ss"})
_LONG: Final = 5
_LONG_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Identifiers:
    """Words, in small letters without accents, and numbers that point to a person.

    Parameters
    ----------
    words : frozenset of str
        Parts of names.
    numbers : frozenset of str
        Letters and digits of identifiers, and of the date of birth in its usual orders.
    """

    words: frozenset[str]
    numbers: frozenset[str]

    def are_in(self, said: str) -> bool:
        """Tell whether a text holds one of them.

        >>> found = Identifiers(frozenset({"muller"}), frozenset({"4711a"}))
        >>> [found.are_in(said) for said in ("PTV Müller", "GTVmuller2", "x 47-11A", "Lung_L")]
        [True, True, True, False]
        """
        folded = _folded(said)
        for spelling in _spellings(said):
            parts = set(re.findall(r"[^\W\d_]+", spelling))
            if parts & self.words or any(len(word) >= _LONG and word in spelling for word in self.words):
                return True
        joined = re.sub(r"[\W_]+", "", folded)
        return any(number in joined for number in self.numbers)


def holds_long_number(said: str) -> bool:
    """Tell whether six or more digits stand in a row, points and strokes between them left out: a date, or a number.

    >>> [holds_long_number(said) for said in ("PTV 1.2.1950", "PTV 01.02.50", "GTV 66 Gy 33", "x123456")]
    [True, True, False, True]
    """
    return re.search(rf"\d{{{_LONG_DIGITS},}}", re.sub(r"(?<=\d)[./-](?=\d)", "", said)) is not None


def identifiers_of(dataset: Dataset) -> Identifiers:
    """Return the identifiers that a data set names."""
    named: set[str] = set()
    for keyword in _NAMES:
        for one in text(dataset, keyword, "").split("\\"):
            for spelling in _spellings(one):
                named.update(re.findall(r"[^\W\d_]+", spelling))
    numbers = {re.sub(r"[\W_]+", "", _folded(one)) for keyword in _NUMBERS for one in words(dataset, keyword)}
    for item in items(dataset, "OtherPatientIDsSequence"):
        numbers.add(re.sub(r"[\W_]+", "", _folded(text(item, "PatientID", ""))))
    born = text(dataset, "PatientBirthDate", "")
    if len(born) == 8 and born.isdigit():
        year, month, day = born[:4], born[4:6], born[6:]
        numbers |= {born, day + month + year, month + day + year, year[2:] + month + day, day + month + year[2:]}
    return Identifiers(
        frozenset(
            word for word in named if word not in _TITLES | _ANATOMY and len(word) >= (3 if word.isascii() else 2)
        ),
        frozenset(number for number in numbers if len(number) >= 4),
    )


def _spellings(said: str) -> tuple[str, str]:
    """Return a text without accents, and as those write it who have no accents: Möller as moller and moeller."""
    return _folded(said), _folded(said.casefold().translate(_WRITTEN_OUT))


def _folded(said: str) -> str:
    plain = unicodedata.normalize("NFKD", said).casefold()
    return "".join(letter for letter in plain if not unicodedata.combining(letter))
