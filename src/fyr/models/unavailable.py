"""A model that is known by name and cannot be given: its card says why, and every row is refused with that reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.models.answers import Answers, Column, RowRefusal
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

    def _answer(
        self,
        rows: int,
        answered: NDArray[np.bool_],  # noqa: ARG002
        columns: Mapping[str, Column],  # noqa: ARG002
        read: tuple[Any, ...],  # noqa: ARG002
    ) -> Answers:
        """Refuse every row for the one reason, whatever its inputs are: filling them in would help nobody."""
        refused = RowRefusal(np.ones(rows, dtype=np.bool_), f"not available, because {self.card.not_available}")
        nothing = dict.fromkeys(self.card.output_columns, np.zeros(0))
        return Answers(self.card, rows, np.zeros(rows, dtype=np.bool_), {}, nothing, (), (refused,), self.explain)

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return nothing: no row gets here."""
        return {name: np.full(len(next(iter(columns.values()))), np.nan) for name in self.card.output_columns}
