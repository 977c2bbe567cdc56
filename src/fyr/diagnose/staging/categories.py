"""T, N, M and stage as inputs, with the spellings that reports use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.models import Categories, Column, ModelInput, RowRefusal

__all__ = ["contradicted_stage", "no_such_group", "stage_input", "tnm_input"]

_PREFIXES: Final = ("c", "p", "yc", "yp")
"""Clinical, pathological, and either after treatment: the prefix says how it was found, not what."""


def tnm_input(name: str, title: str, categories: Mapping[str, Sequence[str]]) -> ModelInput:
    """Make the input of a T, N or M category.

    Parameters
    ----------
    name, title : str
    categories : mapping of str to sequence of str
        What the stage table tells apart, and the finer categories that count as each (``T1``: ``T1mi``, ``T1a`` ...).
    """
    aliases = {finer: category for category, several in categories.items() for finer in several}
    spelled = {word: word for word in categories} | aliases
    aliases |= {f"{prefix}{word}": category for word, category in spelled.items() for prefix in _PREFIXES}
    return ModelInput(name, title, "category", categories=tuple(categories), aliases=aliases)


def stage_input(stages: Iterable[str]) -> ModelInput:
    """Make the optional input of a stage that was given, to be held against T, N and M."""
    aliases = {f"stage {stage}": stage for stage in stages}
    return ModelInput(
        "stage_group",
        "The stage as it was reported, to be checked",
        "category",
        categories=tuple(stages),
        aliases=aliases,
        required=False,
        missing="not checked",
    )


def no_such_group(codes: NDArray[np.int64], names: tuple[str, ...]) -> RowRefusal:
    """Refuse rows whose T, N and M make no group (code -1)."""
    return RowRefusal(codes < 0, "the table has no stage for this combination of T, N and M", names)


def contradicted_stage(codes: NDArray[np.int64], reported: Column, names: tuple[str, ...]) -> RowRefusal:
    """Refuse rows whose reported stage is not the one that T, N and M make."""
    given = reported.codes if isinstance(reported, Categories) else np.full(len(codes), -1)
    return RowRefusal(
        (given >= 0) & (codes >= 0) & (given != codes),
        "the reported stage contradicts T, N and M",
        ("stage_group", *names),
    )
