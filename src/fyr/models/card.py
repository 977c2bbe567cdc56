"""The card of a model: what it is for, what it takes, what it gives, and the numbers inside it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal, get_args

from fyr.errors import BadInput
from fyr.record.clinical_fact import folded_word

__all__ = ["CARD_TEXTS", "InputKind", "ModelCard", "ModelInput", "ModelOutput"]

InputKind = Literal["number", "integer", "boolean", "category", "object", "numbers"]
"""What a value may be. A kind is read by one function of :mod:`fyr.models.reading`."""

CARD_TEXTS: Final = (
    "name",
    "version",
    "title",
    "intended_use",
    "not_for",
    "citation",
    "licence",
    "validity",
    "explanation",
    "evidence",
)
"""The fields of a card that a model kept as a file writes as they are."""

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_MODEL_NAME: Final = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*")
_CODE: Final = re.compile(r"(loinc:\d+-\d|snomed:\d+|fyr:[a-z0-9_]+)")
_RESERVED: Final = frozenset({"refusal", "explanation"})


@dataclass(frozen=True, slots=True)
class ModelInput:
    """One thing that a model must, or may, be told.

    Parameters
    ----------
    name : str
        Lower case with underscores: the column of a table, the key of the evidence.
    title : str
        As a person reads it.
    kind : {"number", "integer", "boolean", "category", "object", "numbers"}
        An object (a scan, a slide) is given as :class:`~fyr.models.GivenObject`; numbers are a column of them in one
        cell (the doses of a histogram): a list, or text such as ``0;1.5;3``.
    unit : str or None
        UCUM; every number, integer and list of numbers has one (``1`` where it has no dimension), nothing else does.
    code : str or None
        ``loinc:8867-4`` or ``snomed:…``, where one exists.
    low, high : float or None
        The accepted range of a number, or of each of several, ends included.
    categories : tuple of str
        The accepted categories, as the model sees them.
    aliases : mapping of str to str
        Other spellings: alias to category; for a boolean, alias to ``"true"`` or ``"false"``. Upper and lower case
        are the same.
    media_types : tuple of str
        The accepted media types of an object: ``application/dicom``.
    required : bool
        A row that lacks a required input is refused.
    missing : str
        What a missing value means: for a required input what to do about it, else how the model takes it.
    usual_median : tuple of float and float, optional
        Between what the median of any sensible group of patients lies. A file whose median lies elsewhere is answered
        with a warning that its unit may be another: a range for one patient cannot see centimetres for millimetres.

    Attributes
    ----------
    spellings : mapping of str to str
        Every accepted spelling, folded, to what the model sees.

    Raises
    ------
    BadInput
        If the parts contradict each other.
    """

    name: str
    title: str
    kind: InputKind
    unit: str | None = None
    code: str | None = None
    low: float | None = None
    high: float | None = None
    categories: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    required: bool = True
    missing: str = "the model refuses: it does not guess"
    usual_median: tuple[float, float] | None = None
    media_types: tuple[str, ...] = ()
    spellings: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "categories", tuple(self.categories))
        object.__setattr__(self, "aliases", MappingProxyType(dict(self.aliases)))
        accepted = dict(zip(self.categories, self.categories, strict=True)) | dict(self.aliases)
        object.__setattr__(self, "spellings", {folded_word(word): target for word, target in accepted.items()})
        for wrong, complaint in self._contradictions():
            if wrong:
                raise BadInput(complaint, where=f"model input '{self.name}'")

    def _contradictions(self) -> Iterable[tuple[bool, str]]:
        numeric = self.kind in ("number", "integer", "numbers")
        targets = self.categories if self.kind == "category" else ("true", "false")
        yield not _NAME.fullmatch(self.name), "the name is not lower case letters, digits and underscores"
        yield self.name in _RESERVED, "that name is taken by a column of the answer"
        yield self.kind not in get_args(InputKind), f"'{self.kind}' is not one of {', '.join(get_args(InputKind))}"
        yield numeric and not self.unit, "a number needs a UCUM unit ('1' where it has no dimension)"
        yield not numeric and self.unit is not None, f"a {self.kind} has no unit"
        yield not numeric and (self.low, self.high) != (None, None), f"a {self.kind} has no range"
        yield None not in (self.low, self.high) and float(self.low or 0) > float(self.high or 0), "low is above high"
        yield (self.kind == "category") != bool(self.categories), "a category, and nothing else, lists its categories"
        yield len(self.spellings) < len(self.categories) + len(self.aliases), "a category or alias is listed twice"
        yield numeric and bool(self.aliases), "a number has no aliases"
        strangers = [target for target in self.aliases.values() if target not in targets]
        yield bool(strangers), f"an alias points to '{strangers[0] if strangers else ''}', which is not accepted"
        yield self.code is not None and not _CODE.fullmatch(self.code), f"'{self.code}' is not loinc:N-N or snomed:N"
        yield not self.missing, "it does not say what a missing value means"
        yield (self.kind == "object") != bool(self.media_types), "an object, and nothing else, lists its media types"
        yield self.usual_median is not None and self.kind not in ("number", "integer"), f"a {self.kind} has no median"

    @property
    def accepted(self) -> str:
        """What is accepted, in words: ``10 to 350 /min``, ``A, C, V, P or U``.

        >>> ModelInput("age", "Age", "number", "a", low=18, high=110).accepted
        '18 to 110 a'
        """
        if self.kind in ("number", "integer"):
            return self._accepted_numbers()
        if self.kind == "numbers":
            return f"a list such as 0;1.5;3, each {self._accepted_numbers()}"
        if self.kind == "object":
            return f"an object of the record: {_one_of(self.media_types)}"
        return _one_of(self.categories if self.kind == "category" else ("true", "false", *self.aliases))

    def _accepted_numbers(self) -> str:
        unit = "" if self.unit in (None, "1") else f" {self.unit}"
        whole = "a whole number" if self.kind == "integer" else "a number"
        if self.low is None and self.high is None:
            return f"{whole}{f' in{unit}' if unit else ''}"
        if self.high is None:
            return f"{self.low:g}{unit} or more"
        if self.low is None:
            return f"{self.high:g}{unit} or less"
        between = "or" if self.kind == "integer" and self.high - self.low == 1 else "to"
        return f"{self.low:g} {between} {self.high:g}{unit}"

    def as_dict(self) -> dict[str, Any]:
        """Return the input as JSON-able values."""
        return {
            "name": self.name,
            "title": self.title,
            "kind": self.kind,
            "unit": self.unit,
            "code": self.code,
            "low": self.low,
            "high": self.high,
            "categories": list(self.categories),
            "aliases": dict(self.aliases),
            "required": self.required,
            "missing": self.missing,
            "accepted": self.accepted,
            **({} if self.usual_median is None else {"usual_median": list(self.usual_median)}),
            **({"media_types": list(self.media_types)} if self.media_types else {}),
        }


@dataclass(frozen=True, slots=True)
class ModelOutput:
    """One number that a model gives.

    Parameters
    ----------
    name : str
        The column of a table; ``NAME_low`` and ``NAME_high`` stand beside it where there is an interval.
    title : str
        As a person reads it.
    unit : str
        UCUM; ``1`` for probabilities, ``{score}`` for points.
    interval : bool
        Whether the model gives an interval.
    level : float
        Coverage of that interval.
    code : str or None
        ``loinc:…`` or ``snomed:…``, where one exists.
    low, high : float or None
        The range that the output can take, where it has one.
    categories : tuple of str
        What the answer may be, in order, where it is a category (a stage) and no number; the unit is then ``1``.
    higher_is : {"", "worse", "better"}
        Which way a number ranks patients, where it is no probability of something that its name says.
    """

    name: str
    title: str
    unit: str
    interval: bool = False
    level: float = 0.95
    code: str | None = None
    low: float | None = None
    high: float | None = None
    categories: tuple[str, ...] = ()
    higher_is: Literal["", "worse", "better"] = ""

    def __post_init__(self) -> None:
        place = f"model output '{self.name}'"
        if not _NAME.fullmatch(self.name) or self.name in _RESERVED:
            raise BadInput("the name is taken, or is not lower case letters, digits and underscores", where=place)
        if not self.unit:
            raise BadInput("it has no UCUM unit ('1' where it has no dimension)", where=place)
        if self.categories and (self.unit != "1" or self.interval):
            raise BadInput("a category has the unit '1' and no interval", where=place)
        if not 0 < self.level < 1:
            raise BadInput(f"a coverage of {self.level} is not between 0 and 1", where=place)
        if self.code is not None and not _CODE.fullmatch(self.code):
            raise BadInput(f"'{self.code}' is not loinc:N-N or snomed:N", where=place)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that this output fills: its name, and the ends of its interval."""
        return (self.name, f"{self.name}_low", f"{self.name}_high") if self.interval else (self.name,)

    def as_dict(self) -> dict[str, Any]:
        """Return the output as JSON-able values."""
        return {
            "name": self.name,
            "title": self.title,
            "unit": self.unit,
            "code": self.code,
            "interval": self.interval,
            "level": self.level if self.interval else None,
            "low": self.low,
            "high": self.high,
            "categories": list(self.categories),
            **({"higher_is": self.higher_is} if self.higher_is else {}),
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ModelCard:
    """Everything that must be known about a model before a number of it is believed.

    Parameters
    ----------
    name : str
        Lower case, its words joined by underscores or hyphens; the same in every version.
    version : str
        The version of the model, its formula included: a changed formula is a new version.
    title : str
        As a person reads it.
    intended_use, not_for : str
        For whom and when; for whom and when not.
    inputs : sequence of ModelInput
    outputs : sequence of ModelOutput
    citation : str
        Where the model was published, with the acknowledgement that its owner asks for.
    licence : str
        Under what terms the model may be used.
    validity : str
        Where the accepted ranges come from, and in whom the model was studied.
    explanation : str
        What the explanation of an answer contains.
    parameters : mapping
        Every number inside the model, as JSON-able values.
    evidence : str
        How well it did, where, with the source.
    not_available : str
        Why Fyr does not compute the model, as the end of "not available, because …"; empty for a model that it does.

    Attributes
    ----------
    digest : str
        SHA-256 (hexadecimal) over version, parameters, inputs and outputs in canonical JSON. Wording (titles, texts,
        codes) is left out: it cannot change an answer.

    Raises
    ------
    BadInput
        If a name is used twice or a part is empty or not JSON-able.
    """

    name: str
    version: str
    title: str
    intended_use: str
    not_for: str
    inputs: tuple[ModelInput, ...]
    outputs: tuple[ModelOutput, ...]
    citation: str
    licence: str
    validity: str
    explanation: str
    parameters: Mapping[str, Any]
    evidence: str = ""
    not_available: str = ""
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "inputs", tuple(self.inputs))
        object.__setattr__(self, "outputs", tuple(self.outputs))
        object.__setattr__(self, "parameters", _frozen(self.parameters))
        place = f"model card '{self.name}'"
        if not _MODEL_NAME.fullmatch(self.name):
            raise BadInput("the name is not lower case letters and digits, joined by _ or -", where=place)
        texts = ("version", "title", "intended_use", "not_for", "citation", "licence", "validity", "explanation")
        empty = [text for text in texts if not getattr(self, text).strip()]
        if empty or not self.inputs or not self.outputs:
            raise BadInput(f"nothing is said about {(empty or ['inputs or outputs'])[0]}", where=place)
        names = [entry.name for entry in self.inputs]
        names += [column for output in self.outputs for column in output.columns]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise BadInput(f"'{twice[0]}' names two inputs or outputs", where=place)
        try:
            object.__setattr__(self, "digest", self._digest())
        except (TypeError, ValueError) as problem:
            raise BadInput(f"the parameters cannot be written as JSON: {problem}", where=place) from None

    @property
    def output_columns(self) -> tuple[str, ...]:
        """The columns of an answer: each output, and the ends of its interval."""
        return tuple(column for output in self.outputs for column in output.columns)

    def input(self, name: str) -> ModelInput:
        """Return the input of that name.

        Raises
        ------
        BadInput
            If the model has no such input.
        """
        for entry in self.inputs:
            if entry.name == name:
                return entry
        known = ", ".join(entry.name for entry in self.inputs)
        raise BadInput(f"{self.name} has no input '{name}'", mend=f"it takes {known}")

    def as_dict(self) -> dict[str, Any]:
        """Return the whole card as JSON-able values."""
        return {
            "name": self.name,
            "version": self.version,
            "digest": self.digest,
            "title": self.title,
            "available": not self.not_available,
            "not_available_because": self.not_available or None,
            "intended_use": self.intended_use,
            "not_for": self.not_for,
            "inputs": [entry.as_dict() for entry in self.inputs],
            "outputs": [output.as_dict() for output in self.outputs],
            "validity": self.validity,
            "explanation": self.explanation,
            "evidence": self.evidence,
            "citation": self.citation,
            "licence": self.licence,
            "parameters": _plain(self.parameters),
        }

    def _digest(self) -> str:
        content = {
            "version": self.version,
            "parameters": _plain(self.parameters),
            "inputs": [_what_decides(entry) for entry in self.inputs],
            "outputs": [
                [output.name, output.unit, output.level if output.interval else None, *output.categories]
                for output in self.outputs
            ],
        }
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
        return hashlib.sha256(text.encode("ascii")).hexdigest()


def _what_decides(entry: ModelInput) -> list[Any]:
    low, high = (None if end is None else float(end) for end in (entry.low, entry.high))
    spellings = sorted(entry.spellings.items())
    return [entry.name, entry.kind, entry.unit, low, high, list(entry.categories), spellings, entry.required]


def _one_of(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return MappingProxyType({key: _frozen(entry) for key, entry in value.items()})
    if isinstance(value, (list, tuple)):
        return tuple(_frozen(entry) for entry in value)
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, tuple):
        return [_plain(entry) for entry in value]
    return value
