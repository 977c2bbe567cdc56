"""Models that come with Fyr, as ``fyr watch train`` wrote them; how to make them again stands in the documents.

``early_warning_icu`` contains information from the eICU Collaborative Research Database demo, which is made available
under the Open Data Commons Open Database License 1.0.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, cast

from fyr.models.folders import load_model_folder
from fyr.watch.risk.model import EarlyWarningModel

__all__ = ["EARLY_WARNING_ICU"]

EARLY_WARNING_ICU: Final = cast("EarlyWarningModel", load_model_folder(Path(__file__).parent / "early_warning_icu"))
"""Death in intensive care, learnt from the first day of 961 stays in the United States: not from ward patients."""
