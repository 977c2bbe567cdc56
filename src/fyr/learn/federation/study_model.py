"""What a study trained, trees, a network or coefficients, as a model: card, answers, and the files of its folder."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.learn.federation.boosting.trees import Trees
from fyr.learn.federation.linear_score import REGRESSIONS, LinearScore, kept_coefficients
from fyr.learn.federation.neural.network import Network
from fyr.learn.federation.study import Study
from fyr.learn.logistic import probability
from fyr.models import Column, Model, ModelCard, ModelInput, ModelOutput
from fyr.models.card import CARD_TEXTS

__all__ = ["KEPT", "KIND", "StudyModel", "load", "model_files", "study_model"]

KIND: Final = "federated"
"""The entry point of the group ``fyr.model_loaders`` that reads these files."""

KEPT: Final = frozenset({"boosting", "fedadagrad", "fedadam", "fedavg", "fedprox", "fedyogi", *REGRESSIONS})
"""The methods whose result is a model that a folder holds."""

Floats = NDArray[np.float64]

_FILE: Final = "model.json"
_FORMS: Final[Mapping[str, Any]] = {
    "trees": Trees.from_dict,
    "network": Network.from_dict,
    "coefficients": LinearScore.from_dict,
}
_WORDS: Final = {"trees": "trees", "network": "a network", "coefficients": "a regression"}
_CITATIONS: Final = {
    "trees": "Trees boosted with Fyr from sums of histograms (Friedman 2001, Ann Stat 29:1189; Chen and Guestrin 2016, "
    "KDD; Ke et al. 2017, NeurIPS 30)",
    "network": "A network trained with Fyr by averaging over hospitals (McMahan et al. 2017, AISTATS 54; Reddi et al. "
    "2021, ICLR)",
    "coefficients": "Coefficients of the pooled rows, fitted with Fyr from sums over hospitals (Newton's method)",
}
_MISSING: Final = {
    "trees": "goes the way that the trees learned for a missing value",
    "network": "the model refuses: no row that it was trained on lacked it",
    "coefficients": "the model refuses: no row that it was trained on lacked it",
}
_SCORE: Final = ModelOutput(
    "score", "What the trees, the network or the coefficients add up to: log odds, or the log of a rate", "1"
)
_OUTPUTS: Final = {
    "logistic": (ModelOutput("risk", "Risk of the outcome", "1", low=0, high=1), _SCORE),
    "squared_error": (ModelOutput("mean", "Expected value of the outcome, in its own unit", "1"),),
    "poisson": (ModelOutput("rate", "Expected count of the outcome", "1", low=0), _SCORE),
    "cox": (ModelOutput("log_hazard", "Log hazard ratio, against a score of 0", "1", higher_is="worse"),),
}


class _Scorer(Protocol):
    @property
    def features(self) -> tuple[str, ...]: ...

    def score(self, rows: Floats) -> Floats: ...


class StudyModel(Model):
    """Trees, a network or a regression that hospitals made together.

    Parameters
    ----------
    card : ModelCard
        With the parameter `model`: form, objective, and the trees, the network or the coefficients.

    Raises
    ------
    BadInput
        If the parameters are not those of such a model.
    """

    def __init__(self, card: ModelCard) -> None:
        self.card = card
        try:
            self._model: Mapping[str, Any] = card.as_dict()["parameters"]["model"]
            self._objective = str(self._model["objective"])
            read = _FORMS[str(self._model["form"])]
            self._shift = float(self._model.get("outcome_centre", 0.0))
            self._unit = float(self._model.get("outcome_scale", 1.0))
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            raise BadInput(f"these are not the parameters of a federated model: {problem}") from None
        self._scorer: _Scorer = read(self._model)
        if self._objective not in _OUTPUTS:
            raise BadInput(f"there is no objective '{self._objective}'")
        if [entry.title for entry in card.inputs] != list(self._scorer.features):
            raise BadInput("the model has other inputs than its card")

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the prediction, and the score that it comes from where that is another number."""
        rows = np.column_stack([np.asarray(columns[entry.name], dtype=np.float64) for entry in self.card.inputs])
        score = self._scorer.score(rows)
        if self._objective == "logistic":
            return {"risk": probability(score), "score": score}
        if self._objective == "poisson":
            return {"rate": np.exp(np.minimum(score, 700.0)), "score": score}
        if self._objective == "squared_error":
            return {"mean": self._shift + self._unit * score}
        return {"log_hazard": score}


def study_model(
    study: Study,
    result: Mapping[str, Any],
    *,
    sites: Sequence[str] | None = None,
    transcript: str = "",
    licence: str = "",
) -> StudyModel:
    """Return the model of a study's result.

    Parameters
    ----------
    study : Study
    result : mapping
        Of a method among :data:`KEPT`.
    sites : sequence of str, optional
        The hospitals whose rows are in it; all of the study by default.
    transcript : str
        The digest of all that was asked and answered.
    licence : str
        Under what terms it may be used.

    Raises
    ------
    BadInput
        If the method trains no such model, a coefficient is of a category, or two features have the same name
        but for signs.
    """
    model = result.get("model")
    if study.method in REGRESSIONS and "coefficients" in result:
        model = kept_coefficients(study, result)
    if not isinstance(model, Mapping) or model.get("form") not in _FORMS:
        raise BadInput(f"the method '{study.method}' trains no model that can be kept as a folder", where=study.name)
    form, rows, among = str(model["form"]), int(result["rows"]), list(study.sites if sites is None else sites)
    outcome, places = str(study.options.get("outcome") or study.options.get("event")), ", ".join(among)
    card = ModelCard(
        name=_name(study.name, "-"),
        version="1",
        title=f"{outcome} by {_WORDS[form]}, trained at {len(among)} hospitals",
        intended_use=f"Research: {outcome} in patients like those of {places}.",
        not_for="Patients unlike those; any decision about a patient. Judge it on your own patients first "
        "(fyr learn validate), and mend its calibration there (fyr learn recalibrate).",
        inputs=tuple(_inputs(model["features"], form)),
        outputs=_OUTPUTS[str(model["objective"])],
        citation=f"{_CITATIONS[form]}. Method {study.method}, study {study.digest}"
        + (f", transcript {transcript}." if transcript else "."),
        licence=licence or "As the data that it was trained on; nobody has said what that is.",
        validity=f"Trained on {rows} rows at {places}. "
        "The range of each input is not known: a hospital tells no value.",
        explanation="Nothing.",
        parameters={"model": model, "study": study.digest, "sites": among, "rows": rows, "transcript": transcript},
    )
    return StudyModel(card)


def model_files(model: StudyModel) -> dict[str, bytes]:
    """Return the files that :func:`load` reads, by name."""
    card = model.card
    document = {**{text: getattr(card, text) for text in CARD_TEXTS}, "parameters": card.as_dict()["parameters"]}
    return {_FILE: (json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n").encode()}


def load(files: Mapping[str, bytes]) -> StudyModel:
    """Return the model of its files.

    Raises
    ------
    BadInput
        If they do not describe one.
    """
    try:
        document = json.loads(files[_FILE])
        model = document["parameters"]["model"]
        card = ModelCard(
            **{text: document[text] for text in CARD_TEXTS},
            inputs=tuple(_inputs(model["features"], str(model["form"]))),
            outputs=_OUTPUTS[str(model["objective"])],
            parameters=document["parameters"],
        )
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise BadInput(f"{_FILE} does not describe a federated model: {problem}") from None
    return StudyModel(card)


def _inputs(features: Iterable[Any], form: str) -> Iterable[ModelInput]:
    for one in features:
        title = str(one)
        name, needed = _name(title, "_"), form != "trees"
        yield ModelInput(name, title, "number", "1", required=needed, missing=_MISSING[form])


def _name(text: str, joint: str) -> str:
    """Return a text as a name.

    >>> _name("race_black or african american", "_"), _name("5-year", "_")
    ('race_black_or_african_american', 'x_5_year')
    """
    name = re.sub(r"[^a-z0-9]+", joint, text.lower()).strip(joint)
    return name if name[:1].isalpha() else f"x{joint}{name}"
