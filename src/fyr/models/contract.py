"""What every model is, whatever is inside it: a card, and one columnar computation.

A new calculator is one file, with a class and an instance of it:

>>> from fyr.models import Model, ModelCard, ModelInput, ModelOutput
>>> class BodyMassIndex(Model):
...     card = ModelCard(
...         name="body_mass_index",
...         version="1",
...         title="Body mass index",
...         intended_use="Adults.",
...         not_for="Children; pregnancy.",
...         inputs=(
...             ModelInput("weight", "Body weight", "number", "kg", "loinc:29463-7", low=20, high=400),
...             ModelInput("height", "Body height", "number", "m", low=1, high=2.5),
...         ),
...         outputs=(ModelOutput("index", "Body mass index", "kg/m2"),),
...         citation="Quetelet A. Recherches sur le poids de l'homme. 1832.",
...         licence="A published formula.",
...         validity="The ranges are limits of plausibility.",
...         explanation="Nothing: the formula is the explanation.",
...         parameters={"power": 2},
...     )
...
...     def compute(self, columns):
...         return {"index": columns["weight"] / columns["height"] ** self.card.parameters["power"]}
>>> BMI = BodyMassIndex()

Reading, ranges, missing values, refusals, single patients and tables follow from the card:

>>> BMI.predict({"weight": "81.0", "height": 1.8}).estimates["index"].value
25.0
>>> BMI.predict({"weight": 81, "height": 180}).reason
'height is 180 m, out of range (accepted: 1 to 2.5 m)'

An entry point makes it known (:mod:`fyr.models.registry`); :meth:`Model.decline` and :meth:`Model.explain` are there
for models that need them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput, FyrError
from fyr.models.answers import Answers, Column, Prediction, RowRefusal
from fyr.models.card import ModelCard
from fyr.models.categories import Categories
from fyr.models.reading import Problem, read_column
from fyr.models.signing import Signature
from fyr.record.finding import Finding, ModelReference, Refusal
from fyr.record.identity import PatientId

if TYPE_CHECKING:
    import polars

__all__ = ["Column", "Model"]


class Model(ABC):
    """A model: a card and a computation over columns.

    A subclass gives ``card`` and :meth:`compute`; it may give :meth:`decline` and :meth:`explain`.

    Attributes
    ----------
    card : ModelCard
    whole_tables : bool
        Whether rows of one table depend on each other (the hours of a stay), so that a table is never cut in parts.
    signature : fyr.models.signing.Signature or None
        Who vouches for the folder that it was loaded from; ``None`` for a model that is part of a package.
    """

    card: ModelCard
    signature: Signature | None = None
    whole_tables: ClassVar[bool] = False

    @abstractmethod
    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Compute the outputs of valid rows.

        Parameters
        ----------
        columns : mapping of str to ndarray, each of shape (rows,)
            Every input of the card, read and inside its range: numbers and integers as float64, booleans as bool,
            categories as :class:`~fyr.models.Categories`, which compare like text and which
            :func:`~fyr.models.looked_up` turns into numbers, objects as :class:`~fyr.models.GivenObject`, several
            numbers in one cell as an ndarray in an object array. Only an optional input can be missing: NaN for a
            number, ``""`` for a category, ``None`` for an object or several numbers, and an optional boolean is
            float64 1, 0 or NaN.

        Returns
        -------
        mapping of str to ndarray, each of shape (rows,)
            Every column of :attr:`ModelCard.output_columns`: numbers, or the codes of an output's categories. A value
            that is not finite, or no category, refuses its row.
        """

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:  # noqa: ARG002
        """Refuse valid rows for reasons of the model's own, such as inputs that contradict each other."""
        return ()

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:  # noqa: ARG002
        """Say what moved the answers: any nesting of mappings and lists.

        An array of shape (rows,) inside it holds one value for each row; everything else is the same for all rows.
        """
        return {}

    @property
    def reference(self) -> ModelReference:
        """Which model exactly: name, version and digest."""
        return ModelReference(self.card.name, self.card.version, self.card.digest)

    def predict_columns(self, columns: Mapping[str, Any], rows: int | None = None) -> Answers:
        """Answer for many rows at once: the one path that every other way of asking takes.

        Parameters
        ----------
        columns : mapping of str to column
            By input name: numpy arrays, sequences of Python values, or :class:`fyr.models.reading.Encoded`. A column
            that is absent is missing in every row; a column that the card does not name is ignored.
        rows : int, optional
            The number of rows; needed only where there may be no column at all.

        Raises
        ------
        BadInput
            If the columns differ in length.
        FyrError
            If the model itself breaks its contract.
        """
        known = {entry.name: columns.get(entry.name) for entry in self.card.inputs}
        if rows is None:
            lengths = [len(column) for column in known.values() if column is not None]
            if not lengths:
                raise BadInput("there is no input at all", where=self.card.name, mend=f"give {', '.join(known)}")
            rows = lengths[0]
        read = tuple(read_column(entry, known[entry.name], rows) for entry in self.card.inputs)
        answered = np.ones(rows, dtype=np.bool_)
        for column in read:
            if not column.clean:
                answered &= column.problems == Problem.NONE
        valid = {column.entry.name: column.values for column in read}
        if not answered.all():
            valid = {name: values[answered] for name, values in valid.items()}
        return self._answer(rows, answered, valid, read)

    def predict(self, evidence: Mapping[str, Any], at_us: int | None = None) -> Prediction | Refusal:
        """Answer for one patient.

        Parameters
        ----------
        evidence : mapping of str to object
            Values by input name; a name that is absent, or ``None``, is missing. Names that the card does not know
            are ignored, so that everything known about a patient can be given.
        at_us : int, optional
            The time in the patient's course that the answer is about, microseconds UTC.
        """
        columns = {entry.name: [evidence.get(entry.name)] for entry in self.card.inputs}
        return self.predict_columns(columns, rows=1).prediction(0, at_us)

    def predict_table(self, frame: polars.DataFrame, *, explain: bool = False) -> polars.DataFrame:
        """Answer for every row of a table.

        Parameters
        ----------
        frame : polars.DataFrame
            A column for each input; others pass through.
        explain : bool
            Whether to add a column `explanation`, JSON text.

        Returns
        -------
        polars.DataFrame
            The same rows in order with all their columns, then each output (null where refused), ``NAME_low`` and
            ``NAME_high`` where it has an interval, and `refusal` (null where answered).

        Raises
        ------
        BadInput
            If the table has a column of the answer's name.
        """
        from fyr.models.table import answer_table, with_answers

        return with_answers(frame, answer_table(self, frame), explain=explain)

    def findings(
        self, patient: PatientId, at_us: int, answer: Prediction | Refusal, evidence: Mapping[str, Any]
    ) -> tuple[Finding, ...]:
        """Turn an answer into findings: one for each estimate, or one refusal with the evidence that led to it.

        Parameters
        ----------
        patient : PatientId
        at_us : int
            The time in the patient's course that the answer is about, microseconds UTC.
        answer : Prediction or Refusal
        evidence : mapping of str to object
            What :meth:`predict` was given.
        """
        if isinstance(answer, Refusal):
            given = {entry.name: evidence.get(entry.name) for entry in self.card.inputs}
            return (Finding(patient, self.reference, at_us, answer, given),)
        return tuple(
            Finding(patient, self.reference, at_us, estimate, answer.inputs, answer.explanation)
            for estimate in answer.estimates.values()
        )

    def _answer(
        self, rows: int, answered: NDArray[np.bool_], columns: Mapping[str, Column], read: tuple[Any, ...]
    ) -> Answers:
        count = int(answered.sum())
        declined = list(self.decline(columns)) if count else []
        keep = np.ones(count, dtype=np.bool_)
        for decline in declined:
            keep &= ~decline.rows
        columns = columns if not declined or keep.all() else {name: values[keep] for name, values in columns.items()}
        outputs = self._outputs(columns, int(keep.sum()))
        finite = np.ones(int(keep.sum()), dtype=np.bool_)
        for values in outputs.values():
            finite &= ~values.missing if isinstance(values, Categories) else np.isfinite(values)
        if not finite.all():
            not_finite = np.zeros(count, dtype=np.bool_)
            not_finite[np.flatnonzero(keep)[~finite]] = True
            declined.append(RowRefusal(not_finite, "the model has no finite answer for these inputs"))
            keep &= ~not_finite
            columns = {name: values[finite] for name, values in columns.items()}
            outputs = {name: values[finite] for name, values in outputs.items()}
        places = np.flatnonzero(answered)
        final = np.zeros(rows, dtype=np.bool_)
        final[places[keep]] = True
        spread = tuple(RowRefusal(_spread(d.rows, places, rows), d.reason, d.inputs) for d in declined)
        return Answers(self.card, rows, final, columns, outputs, read, spread, self.explain)

    def _outputs(self, columns: Mapping[str, Column], count: int) -> dict[str, Column]:
        names = self.card.output_columns
        if not count:
            return {name: np.zeros(0) for name in names}
        with np.errstate(all="ignore"):  # what is not finite is refused, row by row
            computed = self.compute(columns)
        wrong = set(names) ^ set(computed)
        if wrong:
            raise FyrError(f"the model {self.card.name} does not give exactly its card's outputs: {sorted(wrong)}")
        outputs = {name: np.asarray(computed[name]) for name in names}
        for output in self.card.outputs:
            if output.categories:
                outputs[output.name] = Categories.of(outputs[output.name], output.categories)
        for name, values in outputs.items():
            if values.shape != (count,) or values.dtype.kind not in "fiu":
                raise FyrError(
                    f"the model {self.card.name} gave {values.shape} {values.dtype} as {name}, for {count} rows"
                )
        return outputs


def _spread(rows: NDArray[np.bool_], places: NDArray[np.intp], total: int) -> NDArray[np.bool_]:
    full = np.zeros(total, dtype=np.bool_)
    full[places[rows]] = True
    return full
