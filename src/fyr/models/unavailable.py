"""A model that is known by name and cannot be given: its card says why, and every row is refused with that reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from fyr.errors import BadInput
from fyr.models.answers import Column, RowRefusal
from fyr.models.card import ModelCard
from fyr.models.contract import Model

__all__ = ["UnavailableModel"]


class UnavailableModel(Model):
    """A published model whose numbers could not be verified, so that Fyr does not compute it.

    Parameters
    ----------
    card : ModelCard
        With :attr:`~fyr.models.ModelCard.not_available`.

    Raises
    ------
    BadInput
        If the card does not say why the model is not available.
    """

    def __init__(self, card: ModelCard) -> None:
        if not card.not_available:
            raise BadInput("the card does not say why the model is not available", where=f"model card '{card.name}'")
        self.card = card

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        """Refuse every row."""
        rows = len(next(iter(columns.values())))
        yield RowRefusal(np.ones(rows, dtype=np.bool_), f"not available, because {self.card.not_available}")

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return nothing: no row gets here."""
        return {name: np.full(len(next(iter(columns.values()))), np.nan) for name in self.card.output_columns}
