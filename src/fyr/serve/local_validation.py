"""How a model did on this hospital's own patients: the place where a validation is looked up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

__all__ = ["LocalValidation", "LocalValidations", "NeverValidated"]


@dataclass(frozen=True, slots=True)
class LocalValidation:
    """How one version of a model did here.

    Parameters
    ----------
    validated : bool
    words : str
        In a sentence, for whoever reads the number.
    """

    validated: bool
    words: str


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
