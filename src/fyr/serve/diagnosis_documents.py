"""The documents of a patient's diagnosis as pydantic models."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from fyr.serve.documents import PatientSummary

__all__ = [
    "Assessment",
    "ChangedEstimate",
    "ChangedInput",
    "Checked",
    "Course",
    "Diagnoses",
    "Diagnosis",
    "DiagnosisRow",
    "EstimateDocument",
    "Fact",
    "FactProblem",
    "FactRequest",
    "FactsRequest",
    "FactsThat",
    "Family",
    "Here",
    "KeepRequest",
    "Kept",
    "Moved",
    "PathwayName",
    "Question",
    "Since",
    "Version",
]

PathwayName = Literal["breast", "lung"]
_Value = float | bool | str | None


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Fact(_Document):
    """A fact that the pathway asks for, and what is known of it; a null status: nothing was ever said."""

    name: str
    group: str
    title: str
    kind: Literal["number", "integer", "boolean", "category", "text"]
    unit: str | None = Field(description="UCUM")
    code: str | None
    low: float | None = Field(description="What is possible at all")
    high: float | None
    categories: list[str]
    meaning: str
    accepted: str
    models: list[str] = Field(description="Which take it")
    required_by: list[str] = Field(description="Which refuse without it")
    value: _Value
    status: Literal["present", "unknown", "not done", "imputed"] | None
    time: AwareDatetime | None
    source: str | None
    derived_from: list[str] = Field(description="Empty for what was observed")


class FactsThat(_Document):
    """Facts that contradict each other, or that call for a further test."""

    facts: list[str]
    what: str


class EstimateDocument(_Document):
    """One output of a model, with its interval where it has one."""

    output: str
    title: str
    value: float
    unit: str
    low: float | None
    high: float | None
    level: float | None
    category: str | None = Field(description="What is estimated, where it is no number")
    range: list[float | None]


class Here(_Document):
    """How a model did on this hospital's own patients."""

    validated: bool = Field(description="Whether exactly this model was judged on patients of this hospital")
    words: str
    validation: str | None = Field(description="What the words are about, as GET /api/validations/{id} has it")


class Version(_Document):
    """One version of a model: what it says, or why it says nothing."""

    model: str = Field(description="As GET /api/models has it")
    name: str
    version: str
    digest: str
    title: str
    citation: str
    available: bool
    refusal: str | None
    concerned: list[str] = Field(description="The inputs that the refusal is about")
    estimates: list[EstimateDocument]
    inputs: dict[str, Any] = Field(description="As the model saw them")
    explanation: dict[str, Any]
    has_course: bool = Field(description="Whether …/course tells of the years after")
    here: Here


class Family(_Document):
    """The versions of one model, side by side."""

    name: str
    versions: list[Version]


class Question(_Document):
    """What is asked, and the models that answer it."""

    question: str
    title: str
    models: list[Family]


class Assessment(_Document):
    """Everything that a pathway's models say."""

    pathway: PathwayName
    at: AwareDatetime | None
    facts: list[Fact]
    contradictions: list[FactsThat]
    needed: list[FactsThat]
    questions: list[Question]


class ChangedEstimate(_Document):
    """An output before and after."""

    output: str
    title: str
    unit: str
    before: float | str
    after: float | str


class ChangedInput(_Document):
    """An input before and after; null where nothing was known."""

    name: str
    title: str
    before: _Value
    after: _Value


class Moved(_Document):
    """An answer that is other than before, and the inputs that made it so."""

    model: str
    name: str
    version: str
    title: str
    before: str | None = Field(description="Why it refused then; null: it answered")
    after: str | None = Field(description="Why it refuses now; null: it answers")
    estimates: list[ChangedEstimate]
    inputs: list[ChangedInput]


class Since(_Document):
    """What is other than at an earlier time."""

    time: AwareDatetime
    moved: list[Moved]


class Diagnosis(_Document):
    """A patient's diagnosis: facts, models, what changed."""

    patient: PatientSummary
    now: AwareDatetime
    simulated: bool
    applies: list[PathwayName] = Field(description="Of which pathways the facts speak")
    assessment: Assessment
    since: Since | None = Field(description="Null: nothing was known earlier")
    kept: AwareDatetime | None = Field(description="When answers were last kept as findings")
    may_write: bool


class Course(_Document):
    """Survival over years with each treatment, and a hundred people."""

    model: str
    version: str
    years: list[int]
    steps: list[dict[str, Any]]
    people: list[dict[str, Any]]


class FactRequest(_Document):
    """A fact as a person gives it; without a value it is unknown or was not done."""

    name: Annotated[str, Field(max_length=100)]
    value: float | bool | Annotated[str, Field(max_length=200)] | None = None
    unit: Annotated[str, Field(max_length=40)] | None = None
    status: Literal["present", "unknown", "not done", "imputed"] = "present"
    time: AwareDatetime | None = Field(None, description="When it was true; null: now")


class FactsRequest(_Document):
    """Facts to check, or to keep."""

    pathway: PathwayName
    facts: Annotated[list[FactRequest], Field(min_length=1, max_length=200)]


class FactProblem(_Document):
    """Why a fact cannot be taken."""

    name: str
    what: str
    mend: str


class Checked(_Document):
    """What would be if these facts were kept: nothing is kept."""

    problems: list[FactProblem]
    assessment: Assessment
    moved: list[Moved] = Field(description="Compared with what is kept now")


class KeepRequest(_Document):
    """Which pathway's answers to keep."""

    pathway: PathwayName


class Kept(_Document):
    """How many findings were kept, and when."""

    findings: int
    time: AwareDatetime


class DiagnosisRow(_Document):
    """A patient of whom facts about a cancer are known."""

    id: str
    pseudonym: str
    age: int | None
    reason: str | None
    pathways: list[PathwayName]


class Diagnoses(_Document):
    """The patients of whom facts about a cancer are known."""

    patients: list[DiagnosisRow]
