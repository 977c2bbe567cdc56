"""A recalibrated model as a value: which model it stands on, the map of its risk, and on whom the map was made.

The base model is named by its name, version and digest. It is looked up where it is installed; a base that is itself a
folder goes along, its files under names that begin with ``base.``. A base of another digest is refused: its risks would
be others, and the map would no longer fit them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from importlib.metadata import entry_points
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.learn.abstention import Abstention
from fyr.learn.conformal import SETS, ConformalSets
from fyr.learn.recalibration.maps import Band, Recalibration
from fyr.learn.spans import span_words
from fyr.models.answers import RowRefusal
from fyr.models.card import CARD_TEXTS, ModelCard, ModelOutput
from fyr.models.contract import Column, Model

__all__ = ["BASE", "FILE", "KIND", "RecalibratedModel", "load", "model_files", "output_name"]

KIND: Final = "recalibrated"
"""The entry point of the group ``fyr.model_loaders`` that reads these files."""

FILE: Final = "recalibration.json"
BASE: Final = "base."
"""What the names of the base model's files begin with, where they go along."""

_MANIFEST: Final = "manifest.json"


class RecalibratedModel(Model):
    """A model whose risk is mapped to the risk in a cohort.

    Parameters
    ----------
    base : Model
    document : mapping
        ``card`` (its texts) and ``parameters``: ``base``, ``recalibration``, ``band``, ``horizon_years``, ``outcome``,
        ``cohort``, ``conformal`` and ``abstention`` (or None).

    Raises
    ------
    BadInput
        If the base has another digest than the one that the map was fitted to, or the document is none of these.
    """

    def __init__(self, base: Model, document: Mapping[str, Any]) -> None:
        try:
            texts, parameters = document["card"], document["parameters"]
            stated = parameters["base"]
            self._check_base(base, stated)
            self._map = Recalibration.from_dict(parameters["recalibration"])
            self._band = Band.from_dict(parameters["band"])
            sets, rule = parameters["conformal"], parameters["abstention"]
            self._sets = None if sets is None else ConformalSets.from_dict(sets)
            self._rule = None if rule is None else Abstention.from_dict(rule)
            self._from, self._per = str(stated["output"]), float(stated["per"])
            self._survival = stated["reading"] == "survival"
            self._name = output_name(parameters["horizon_years"])
            self.card = ModelCard(
                inputs=base.card.inputs,
                outputs=self._outputs_of(str(parameters["outcome"]), parameters["horizon_years"]),
                parameters=parameters,
                **{name: str(texts[name]) for name in CARD_TEXTS},
            )
        except (KeyError, TypeError, ValueError) as problem:
            raise BadInput(f"this is not a recalibrated model: {type(problem).__name__} {problem}") from None
        self.base = base

    @staticmethod
    def _check_base(base: Model, stated: Mapping[str, Any]) -> None:
        if base.card.digest != stated["digest"]:
            raise BadInput(
                f"the base model {base.card.name} {base.card.version} has the digest {base.card.digest[:12]} here, and "
                f"the map was fitted to {str(stated['digest'])[:12]}",
                mend="recalibrate the base model that is here, or install the one that the map was fitted to",
            )
        if stated["output"] not in base.card.output_columns:
            raise BadInput(f"the base model {base.card.name} has no output '{stated['output']}'")
        if base.whole_tables:
            raise BadInput(f"{base.card.name} answers whole tables, a row an hour, and not patients")

    def _outputs_of(self, outcome: str, horizon_years: float | None) -> tuple[ModelOutput, ...]:
        by = "" if horizon_years is None else f" within {span_words(horizon_years)}"
        outputs = [
            ModelOutput(
                self._name,
                f"Probability of {outcome}{by}, recalibrated; the interval is that of the recalibration",
                "1",
                interval=True,
                level=self._band.level,
                low=0,
                high=1,
            )
        ]
        if self._sets is not None:
            title = f"What cannot be ruled out at {self._sets.level:.0%} ({outcome}{by})"
            outputs.append(ModelOutput("conformal_set", title, "1", categories=SETS))
        return tuple(outputs)

    def risk_of_base(self, columns: Mapping[str, Column]) -> NDArray[np.float64]:
        """Return the base model's probability of the event, shape (rows,); NaN where it gives no probability."""
        with np.errstate(all="ignore"):
            share = np.asarray(self.base.compute(columns)[self._from], dtype=np.float64) / self._per
            risk = 1 - share if self._survival else share
            found: NDArray[np.float64] = np.where((risk > -1e-9) & (risk < 1 + 1e-9), np.clip(risk, 0, 1), np.nan)
        return found

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        """Refuse what the base model refuses, and the patients of whom the model was told to be silent."""
        yield from self.base.decline(columns)
        if self._rule is None:
            return
        near = self._rule.leaves_out(self._map.apply(self.risk_of_base(columns)))
        if near.any():
            low, high = 0.5 - self._rule.distance, 0.5 + self._rule.distance
            yield RowRefusal(
                near,
                f"left out on purpose: among the {self._rule.share:.0%} of whom the model is least sure "
                f"(a risk between {max(low, 0):.3f} and {min(high, 1):.3f})",
            )

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the recalibrated risk with its interval, and the conformal set where the model has one."""
        before = self.risk_of_base(columns)
        risk = self._map.apply(before)
        low, high = self._band.at(before, risk)
        answers = {self._name: risk, f"{self._name}_low": low, f"{self._name}_high": high}
        if self._sets is not None:
            answers["conformal_set"] = self._sets.place(before).astype(np.float64)
        return answers

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:  # noqa: ARG002
        """Return the risk before, whether the cohort held such a risk, and the base model's explanation of its own."""
        before = self.risk_of_base(columns)
        seen = self._band.risk
        return {
            "risk_before": before,
            "beyond_the_cohort": (before < seen[0]) | (before > seen[-1]),
            "method": self._map.method,
            "base": self.base.explain(columns, self.base.compute(columns)),
        }


def output_name(horizon_years: float | None) -> str:
    """Return the name of the recalibrated risk: ``risk_10y``, ``risk_30mo``, or ``risk`` without a horizon.

    >>> output_name(10.0), output_name(2.5), output_name(None)
    ('risk_10y', 'risk_30mo', 'risk')
    """
    if horizon_years is None:
        return "risk"
    months = round(12 * horizon_years)
    if months % 12 == 0:
        return f"risk_{months // 12}y"
    return f"risk_{months}mo" if abs(months / 12 - horizon_years) < 1e-3 else f"risk_{round(365.25 * horizon_years)}d"


def model_files(document: Mapping[str, Any], base_files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files of a recalibrated model: its document, and the base model's where that is a folder."""
    text = json.dumps(document, indent=1, allow_nan=False) + "\n"
    return {FILE: text.encode(), **{f"{BASE}{name}": content for name, content in base_files.items()}}


def load(files: Mapping[str, bytes]) -> RecalibratedModel:
    """Read the model from its files: the entry point of the kind.

    Raises
    ------
    BadInput
        If the files are none, or the base model is not there or not the same.
    """
    try:
        document = json.loads(files[FILE])
        stated = document["parameters"]["base"]
        name, version = str(stated["name"]), str(stated["version"])
    except (KeyError, TypeError, ValueError):
        raise BadInput(f"'{FILE}' is missing or not a recalibrated model", mend="take the folder again") from None
    return RecalibratedModel(_base(files, name, version), document)


def _base(files: Mapping[str, bytes], name: str, version: str) -> Model:
    own = {file.removeprefix(BASE): content for file, content in files.items() if file.startswith(BASE)}
    if not own:
        from fyr.models import registry

        try:
            return registry.model(f"{name}-{version}")
        except BadInput as problem:
            raise BadInput(
                f"the base model {name} {version} is not here: {problem.what}", mend=f"install {name} {version}"
            ) from None
    try:
        kind = str(json.loads(own[_MANIFEST])["kind"])
    except (KeyError, TypeError, ValueError):
        raise BadInput("the base model's manifest is missing or damaged", mend="take the folder again") from None
    loaders = {entry.name: entry for entry in entry_points(group="fyr.model_loaders")}
    if kind not in loaders:
        raise BadInput(f"nothing installed reads the base model, of the kind '{kind}'", mend="install what does")
    base: Model = loaders[kind].load()({file: content for file, content in own.items() if file != _MANIFEST})
    return base
