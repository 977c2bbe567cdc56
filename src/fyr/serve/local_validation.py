"""How a model did on this hospital's own patients: the place where a validation is looked up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from fyr.learn.validation_store import KeptValidation, ValidationStore
from fyr.serve.kept_validation import cohort_name, sample_of, words_of

__all__ = ["LocalValidation", "LocalValidations", "NeverValidated", "StoredValidations"]

_NEVER_OWN: Final = "never validated on this hospital's own patients"


@dataclass(frozen=True, slots=True)
class LocalValidation:
    """How one version of a model did here.

    Parameters
    ----------
    validated : bool
        Whether exactly this model, its digest too, was judged on patients of this hospital.
    words : str
        In a sentence, for whoever reads the number.
    validation : str or None
        The validation that the words are about.
    """

    validated: bool
    words: str
    validation: str | None = None


class LocalValidations(Protocol):
    """Knows of the validations on this hospital's own cohorts."""

    def of(self, name: str, version: str, digest: str) -> LocalValidation:
        """Return how exactly this model (its digest too) did here."""
        ...


class NeverValidated:
    """A hospital that has judged none of the models on its own patients."""

    def of(self, name: str, version: str, digest: str) -> LocalValidation:  # noqa: ARG002
        """Return that it was never validated here."""
        return LocalValidation(validated=False, words="never validated here")


class StoredValidations:
    """The validations that were kept in this hospital's home.

    Parameters
    ----------
    files : Path
        Where the record keeps its files.
    """

    def __init__(self, files: Path) -> None:
        self._store = ValidationStore(files)
        self._seen: tuple[tuple[str, int, int], ...] = ()
        self._found: tuple[KeptValidation, ...] = ()

    def of(self, name: str, version: str, digest: str) -> LocalValidation:
        """Return how exactly this model did on own patients, else on an open cohort, else that another version did."""
        of_name = [one for one in self._all() if one.model["name"] == name]
        exact = [one for one in of_name if one.model["digest"] == digest]
        own = next((one for one in exact if sample_of(one.document) is None), None)
        if own is not None:
            return LocalValidation(validated=True, words=words_of(own), validation=own.id)
        if exact:
            words = f"{_NEVER_OWN}; on an open cohort: {words_of(exact[0])}"
            return LocalValidation(validated=False, words=words, validation=exact[0].id)
        if not of_name:
            return NeverValidated().of(name, version, digest)
        newest = of_name[0]
        other = newest.model["version"]
        which = f"version {other}" if other != version else f"version {other} with other parameters"
        words = f"never validated here; {which} was, on {cohort_name(newest.document)}"
        return LocalValidation(validated=False, words=words, validation=newest.id)

    def _all(self) -> tuple[KeptValidation, ...]:
        """Return every validation, newest first, read again only when a file has come, gone or changed."""
        seen = self._store.signature()
        if seen != self._seen:
            self._found, self._seen = tuple(self._store.all()), seen
        return self._found
