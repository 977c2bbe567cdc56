"""A patient whose facts change, and models to ask about her."""

from __future__ import annotations

import pytest
from tests.diagnose.small_models import EARLIER_US, Points, Ratio, closed, fact

from fyr.models import Model
from fyr.record import Observation


@pytest.fixture
def models() -> dict[str, Model]:
    """As the registry names them: two versions of one model, one that is not available, and one of the lung."""
    return {
        "predict-breast-10.0": Points("predict-breast", "10.0", 3.0),
        "predict-breast-2.2": Points("predict-breast", "2.2", 2.0),
        "ihc4": closed(),
        "brock": Ratio(),
    }


@pytest.fixture
def course() -> list[Observation]:
    """First a biopsy, ten days later the operation."""
    return [
        fact("tumour_size_mm", 18.0, EARLIER_US),
        fact("positive_nodes", 0.0, EARLIER_US),
        fact("her2_ihc", "1+", EARLIER_US),
        fact("tumour_size_mm", 22.0),
        fact("positive_nodes", 2.0),
    ]
