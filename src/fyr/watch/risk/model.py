"""A trained early-warning model as a value: card, parameters, answers with what moved them, and its files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.learn.logistic import probability
from fyr.models import Column, Model, ModelCard, ModelInput, ModelOutput, RowRefusal
from fyr.watch.risk.ensemble import Ensemble
from fyr.watch.risk.features import feature_table, known_features
from fyr.watch.risk.hours import Hours
from fyr.watch.risk.standing_alarm import highest_of_hours
from fyr.watch.risk.targets import Target
from fyr.watch.risk.variables import KEYS, STATIC, VARIABLES

__all__ = ["KIND", "EarlyWarningModel", "early_warning_card", "load", "model_files"]

KIND: Final = "early_warning_trees"
"""The entry point of the group ``fyr.model_loaders`` that reads these files."""

_FILE: Final = "model.json"
_TEXTS: Final = ("name", "version", "title", "intended_use", "not_for", "citation", "licence", "validity", "evidence")
_MOVERS: Final = 8
_DERIVED_FROM: Final = {
    "si": "hr sbp",
    "news5": "hr resp o2sat sbp temp",
    "saps2": "age hr sbp temp bun wbc k na bicar bili",
    "oxygenation": "po2 fio2",
    "saturation": "o2sat fio2",
    "anion": "na cl bicar",
}


class EarlyWarningModel(Model):
    """Boosted trees and signed lines over the hours of a stay.

    A row is an hour; the earlier rows of the same stay in the same table are its history, so the rows are answered
    together: :attr:`whole_tables`.

    Parameters
    ----------
    card : ModelCard
        With the parameters `features`, `ensemble`, `slope`, `intercept`, `threshold` and `held_h`.

    Attributes
    ----------
    features : tuple of str
        What is made of the hours, in the order of a row.

    Raises
    ------
    BadInput
        If the parameters are not those of such a model.
    """

    whole_tables = True

    def __init__(self, card: ModelCard) -> None:
        self.card = card
        parameters = card.as_dict()["parameters"]
        try:
            self.features = tuple(str(name) for name in parameters["features"])
            self._slope, self._intercept = float(parameters["slope"]), float(parameters["intercept"])
            threshold = parameters["threshold"]
            self._threshold = None if threshold is None else float(threshold)
            self._held_h = int(parameters["held_h"])
            self._ensemble = Ensemble.from_dict(parameters["ensemble"])
        except (KeyError, TypeError, ValueError) as problem:
            raise BadInput(f"these are not the parameters of an early-warning model: {problem}") from None
        strange = sorted(set(self.features) - set(known_features()))
        if strange or len(self.features) != self._ensemble.features:
            raise BadInput(
                f"the model uses a feature that this version of Fyr does not make: {(strange or ['?'])[0]}",
                mend="use the version that it was trained with",
            )

    @property
    def target(self) -> str:
        """What is predicted: a name of :data:`fyr.watch.risk.targets.TARGETS`."""
        return str(self.card.parameters["target"])

    def risk(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the calibrated risk of rows of features, in the order of the card's; shape (rows,)."""
        return probability(self._intercept + self._slope * self._ensemble.score(features))

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        """Refuse an hour that is there twice, and hours up to which nothing was measured."""
        order, hours, twice = self._hours(columns)
        said = np.zeros(len(order), dtype=np.bool_)
        said[order] = twice
        if said.any():
            yield RowRefusal(said, "this hour of the stay is there twice or more", ("stay_id", "time"))
            return
        silent = np.zeros(len(order), dtype=np.bool_)
        silent[order] = ~hours.measured_so_far()
        if silent.any():
            yield RowRefusal(silent, "no usable signal: nothing was measured in this stay up to this hour")

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the calibrated risk, and for an hourly target whether an alarm stands."""
        order, hours, _ = self._hours(columns)
        found = self.risk(feature_table(hours, self.features))
        answers = {"risk": np.empty(len(order))}
        answers["risk"][order] = found
        if self._threshold is not None:
            highest = highest_of_hours(hours.stay, hours.hour, found, self._held_h)
            answers["alarm"] = np.empty(len(order), dtype=np.int64)
            answers["alarm"][order] = highest >= self._threshold
        return answers

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:  # noqa: ARG002
        """Return the log odds of an average patient and what the features that moved a row most added to them."""
        order, hours, _ = self._hours(columns)
        back = np.argsort(order)
        return self.explain_features(feature_table(hours, self.features)[back])

    def explain_features(self, table: NDArray[np.float64]) -> dict[str, Any]:
        """Return the same for rows of features, shape (rows, features), in the order of the card's."""
        added, base = self._ensemble.contributions(table)
        added *= self._slope
        top = np.argsort(-np.abs(added), axis=1, kind="stable")[:, :_MOVERS]
        names = np.array(self.features, dtype=object)
        score = self._intercept + self._slope * base + added.sum(axis=1)
        shown = np.take_along_axis(added, top, axis=1)
        values = np.take_along_axis(table, top, axis=1)
        return {
            "method": "Shapley values, in log odds (of trees path-dependent, of lines against a stay of which nothing "
            "is known)",
            "base": self._intercept + self._slope * base,
            "log_odds": score,
            "moved_by": [
                {
                    "feature": names[top[:, place]],
                    "value": _or_none(values[:, place]),
                    "log_odds": shown[:, place],
                }
                for place in range(top.shape[1])
            ],
            "others": added.sum(axis=1) - shown.sum(axis=1),
        }

    def _hours(self, columns: Mapping[str, Column]) -> tuple[NDArray[np.intp], Hours, NDArray[np.bool_]]:
        """Return rows sorted by stay and time; an hour that is there twice is moved behind its twin by a hair."""
        given = columns["stay_id"]
        alone = ~np.isfinite(given)
        code = np.where(alone, -1.0, given)
        distinct, place = np.unique(code, return_inverse=True)
        stay = np.where(alone, len(distinct) + np.arange(len(code)), place).astype(np.int64)
        order = np.lexsort((columns["time"], stay))
        stay, hour = stay[order], columns["time"][order].astype(np.float64)
        same = np.append(False, (stay[1:] == stay[:-1]) & (hour[1:] == hour[:-1]))
        twice = same | np.append(same[1:], False)
        nothing = np.full(len(order), np.nan)
        values = {entry.name: columns[entry.name][order] if entry.name in columns else nothing for entry in VARIABLES}
        if twice.any():
            stay = np.where(twice, stay.max() + 1 + np.arange(len(stay)), stay)
            again = np.argsort(stay, kind="stable")
            return order[again], Hours(stay[again], hour[again], {n: v[again] for n, v in values.items()}), twice[again]
        return order, Hours(stay, hour, values), twice


def early_warning_card(
    target: Target,
    *,
    name: str,
    ensemble: Ensemble,
    slope: float,
    intercept: float,
    threshold: float | None,
    version: str,
    trained_on: str,
    evidence: str,
    credit: str | None = None,
) -> ModelCard:
    """Return the card of a trained model.

    Parameters
    ----------
    target : Target
    name : str
        What the model is called.
    ensemble : Ensemble
    slope, intercept : float
        Of the calibration.
    threshold : float or None
    version : str
    trained_on : str
        Who was seen in training, in words.
    evidence : str
        How well such a model does in stays that it has not seen, in words.
    credit : str, optional
        Whose data it was made from and on what terms, as their licence asks it to be said.
    """
    which = "" if target.hourly else "; a row has the risk as seen from that hour, the stay's answer is its last row's"
    outputs = [ModelOutput("risk", f"{target.output}{which}", "1", low=0, high=1)]
    if threshold is not None:
        back = "" if target.held_h == 1 else f" or in one of the {target.held_h - 1} hours before it"
        told = f"1 where the risk of this row{back} is {threshold:.6f} or more, else 0"
        outputs.append(ModelOutput("alarm", f"{told}; a refused row has no alarm", "1", low=0, high=1))
    when = "for each hour" if target.hourly else "for each hour, meant for the end of the first 24 hours"
    return ModelCard(
        name=name,
        version=version,
        title=target.title,
        intended_use=f"Research: ranks adult intensive-care patients by the risk of this outcome, {when}, from hourly "
        "vital signs and laboratory values. A row is an hour; the rows of the same stay_id with an earlier time, in "
        "the same table, are its history.",
        not_for="Ward patients: it has seen intensive care only, where patients are sicker and measured more often, "
        "and its risks will be wrong on a ward. Not for children, not for any decision about a patient, not for "
        "silencing an alarm: it only ranks.",
        inputs=(*KEYS, *_inputs(target)),
        outputs=tuple(outputs),
        citation="Trained with Fyr on data in the form of YAIB (van de Water et al., ICLR 2024); trees grown with "
        "LightGBM (Ke et al., NeurIPS 2017).",
        licence=credit
        or "As the data that it was trained on; the open demonstration data (eICU-CRD, MIMIC-III) are under the "
        "Open Data Commons Open Database License 1.0.",
        validity=f"Trained on {trained_on}: intensive-care patients, not ward patients. The ranges are Fyr's own wide "
        "limits of plausibility: a row with a value outside them is refused and is no part of the history of later "
        f"rows. The risk is calibrated {'over all hours' if target.hourly else 'in the last hour of the first day'}; "
        "the fewer hours of history, the less it knows.",
        explanation="What the features that moved the answer most added to the log odds (Shapley values), the base to "
        "which all contributions add, and the sum of the others.",
        parameters={
            "target": target.name,
            "features": list(target.features),
            "slope": slope,
            "intercept": intercept,
            "threshold": threshold,
            "held_h": target.held_h,
            "ensemble": ensemble.as_dict(),
        },
        evidence=evidence,
    )


def model_files(model: EarlyWarningModel) -> dict[str, bytes]:
    """Return the files that :func:`load` reads, by name."""
    card = model.card
    document = {
        **{text: getattr(card, text) for text in _TEXTS},
        "explanation": card.explanation,
        "inputs": [entry.name for entry in card.inputs],
        "outputs": [{"name": one.name, "title": one.title} for one in card.outputs],
        "parameters": card.as_dict()["parameters"],
    }
    return {_FILE: _as_lines(document).encode()}


def _as_lines(document: Mapping[str, Any]) -> str:
    """Write an object with one member a line, so that a person can look at it and numbers stay together."""
    lines = [
        f" {json.dumps(key)}: {json.dumps(value, ensure_ascii=False, allow_nan=False)}"
        for key, value in document.items()
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def load(files: Mapping[str, bytes]) -> EarlyWarningModel:
    """Return the model of its files.

    Raises
    ------
    BadInput
        If they do not describe one.
    """
    known = {entry.name: entry for entry in (*KEYS, *VARIABLES)}
    try:
        document = json.loads(files[_FILE])
        card = ModelCard(
            **{text: document[text] for text in _TEXTS},
            explanation=document["explanation"],
            inputs=tuple(known[name] for name in document["inputs"]),
            outputs=tuple(ModelOutput(one["name"], one["title"], "1", low=0, high=1) for one in document["outputs"]),
            parameters=document["parameters"],
        )
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise BadInput(f"{_FILE} does not describe an early-warning model: {problem}") from None
    return EarlyWarningModel(card)


def _inputs(target: Target) -> tuple[ModelInput, ...]:
    words = {part for feature in target.features for part in feature.split("_")}
    needed = {one for word, names in _DERIVED_FROM.items() if word in words for one in names.split()}
    static = {entry.name for entry in STATIC} & set(target.features)
    return tuple(
        entry
        for entry in VARIABLES
        if entry.name in needed | static or any(name.startswith(f"{entry.name}_") for name in target.features)
    )


def _or_none(values: NDArray[np.float64]) -> NDArray[Any]:
    shown = values.astype(object)
    shown[np.isnan(values)] = None
    return shown
