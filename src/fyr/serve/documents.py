"""The documents of the API as pydantic models: they describe it in OpenAPI, and the tests hold every answer to them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from fyr.serve.budget_documents import Budget

__all__ = [
    "AcknowledgeRequest",
    "ActRequest",
    "Alarms",
    "Audit",
    "Board",
    "ContextItem",
    "Done",
    "FindingDocument",
    "Findings",
    "Health",
    "HouseNotice",
    "Line",
    "ModelName",
    "ModelSummary",
    "Models",
    "NotificationDocument",
    "OwnLimit",
    "PatientPage",
    "PatientRow",
    "PatientSummary",
    "Patients",
    "PauseRequest",
    "PersonDocument",
    "PolicyName",
    "Problem",
    "ProblemText",
    "Raised",
    "Ready",
    "Risk",
    "RuleDocument",
    "Score",
    "SeriesDocument",
    "SessionDocument",
    "SignInRequest",
    "SignalValue",
    "Spark",
    "Stay",
    "Step",
    "Suppressed",
    "Tile",
    "Told",
    "Unassessable",
    "Ward",
    "Wards",
    "WatchedAnew",
]

Urgency = Literal["act_now", "look_soon", "fine", "cannot_tell"]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ProblemText(_Document):
    """What was found, where, and how to mend it."""

    what: str
    where: str
    mend: str


class Problem(_Document):
    """Every error."""

    error: ProblemText


class Health(_Document):
    """Whether the server lives and the ward's engine keeps up."""

    status: Literal["ok", "lagging", "failed"]
    version: str
    simulated: bool
    engine_behind_s: float = Field(description="Seconds since the engine last finished its round")
    problem: str | None = None


class Ready(_Document):
    """Whether the server can be relied on, and if not, why."""

    ready: bool
    reason: str


class PersonDocument(_Document):
    """Who is signed in."""

    name: str
    title: str
    role: str


class SessionDocument(_Document):
    """The session of this browser; `person` is null until somebody signs in."""

    person: PersonDocument | None
    permissions: list[str]
    csrf_token: str = Field(description="Send it as X-CSRF-Token with every POST")
    hospital: str
    simulated: bool
    open_patients: list[str] = Field(description="Among simulated patients: open samples of real people")
    version: str
    roles: list[str]


class SignInRequest(_Document):
    """Name and password."""

    name: Annotated[str, Field(max_length=64)]
    password: Annotated[str, Field(max_length=1024)]


class Ward(_Document):
    """A ward."""

    ward: str
    title: str
    beds: int


class Wards(_Document):
    """All wards; `hint` says what to do when there is none."""

    wards: list[Ward]
    hint: str | None = None


class PatientSummary(_Document):
    """A patient as the board shows one."""

    id: str = Field(examples=["demo/17"])
    pseudonym: str
    age: int | None
    sex: str | None
    reason: str | None


class SignalValue(_Document):
    """The newest value of a signal, with its age."""

    title: str
    abbreviation: str
    value: float | None
    unit: str
    time: AwareDatetime | None
    age_s: float | None
    status: Literal["present", "stale", "lost", "unknown"]


class Spark(_Document):
    """A line of the last two hours: the median of each step, null where nothing was measured."""

    start: AwareDatetime
    step_s: int
    values: list[float | None]


class ModelName(_Document):
    """Which model exactly."""

    name: str
    version: str
    digest: str


class Score(_Document):
    """NEWS2, or why there is none."""

    model: ModelName
    inputs: Any
    score: float | None = None
    band: str | None = None
    explanation: Any = None
    refusal: str | None = None


class Risk(_Document):
    """What the risk score last said, and what moved it; or why it said nothing. It orders the equally urgent only."""

    time: AwareDatetime
    model: ModelName
    value: float | None = None
    unit: str | None = None
    low: float | None = None
    high: float | None = None
    explanation: Any = None
    inputs: Any = None
    refusal: str | None = None


class NotificationDocument(_Document):
    """What staff are told."""

    id: str
    patient: str
    bed: str
    rule: str
    title: str
    kind: Literal["physiological", "technical"]
    priority: Literal["high", "medium", "low"]
    tier: Literal["safety", "rules"]
    state: Literal["raised", "waiting", "acknowledged", "paused", "latched", "escalated", "cleared"]
    alarm_state: Literal["inactive", "active", "latched"] = Field(description="In the words of IHE ACM")
    raised_at: AwareDatetime
    changed_at: AwareDatetime
    paused_until: AwareDatetime | None
    by: str | None
    condition_present: bool
    assessable: bool
    unanswered_since: AwareDatetime = Field(description="From when escalation counts")
    escalated_to: str | None
    escalation_step: int
    escalates_at: AwareDatetime | None = Field(description="When it goes one step further if nobody takes it")
    escalates_to: str | None
    evidence: dict[str, Any]


class Suppressed(_Document):
    """What staff were not told, and why."""

    time: AwareDatetime
    end: AwareDatetime
    rule: str
    title: str
    reason: str
    evidence: dict[str, Any]


class OwnLimit(_Document):
    """Why this patient's limits are others than the ward's; GET …/overrides has all of it."""

    by: str
    reason: str
    until: AwareDatetime | None


class WatchedAnew(_Document):
    """Since when a patient is watched here of whom another worker knew more, and from which ward the patient came."""

    moved_from: str
    since: AwareDatetime


class Tile(_Document):
    """One bed."""

    bed: str
    patient: PatientSummary | None
    state: Urgency
    rank: float = Field(description="Smaller needs someone sooner; the risk decides between equals alone")
    signals: dict[str, SignalValue]
    spark: dict[str, Spark]
    news2: Score | None
    risk: Risk | None = Field(description="Null where no risk score runs, or none was asked yet")
    notifications: list[NotificationDocument]
    technical: list[NotificationDocument]
    suppressed_last_hour: list[Suppressed]
    own_limits: list[OwnLimit]
    watched_anew: WatchedAnew | None = Field(description="Null: nothing was lost by a move in the last day")


class PolicyName(_Document):
    """Which policy exactly."""

    name: str
    version: str
    title: str
    digest: str


class HouseNotice(_Document):
    """A trouble of the house itself: a source, the engine, the disk. It names no patient."""

    id: str
    title: str
    detail: str
    since: AwareDatetime
    priority: Literal["high", "medium", "low"]


class Board(_Document):
    """All beds of a ward."""

    ward: str
    title: str
    hospital: str
    simulated: bool
    policy: PolicyName
    now: AwareDatetime
    cursor: str
    budget: Budget | None = Field(description="Null where the ward has none: everything is told at once")
    notices: list[HouseNotice] = Field(description="What stands of the house's own troubles, the oldest first")
    beds: list[Tile]


class PatientRow(_Document):
    """A patient in the list."""

    id: str
    pseudonym: str
    ward: str | None
    bed: str | None
    state: Urgency


class Patients(_Document):
    """All patients that the person may see."""

    patients: list[PatientRow]


class Stay(_Document):
    """Where the patient lies."""

    ward: str
    bed: str
    start: AwareDatetime
    end: AwareDatetime | None


class ContextItem(_Document):
    """Something known about the patient."""

    code: str
    title: str
    value: float | str | bool | None
    unit: str | None
    status: str
    time: AwareDatetime | None
    source: str | None


class RuleDocument(_Document):
    """A rule of the policy, as drawn into the time line."""

    rule: str
    title: str
    signal: str
    op: str
    threshold: float
    duration_s: float | None
    readings: int | None
    priority: str
    group: str


class PatientPage(_Document):
    """One patient."""

    patient: PatientSummary
    encounter: Stay | None
    tile: Tile | None
    context: list[ContextItem]
    policy: PolicyName
    rules: list[RuleDocument]


class Line(_Document):
    """One signal; a null value breaks the line."""

    title: str
    unit: str
    period_s: float | None
    time: list[float] = Field(description="Seconds since 1970-01-01T00:00:00Z")
    value: list[float | None]


class SeriesDocument(_Document):
    """The vital signs of the last hours."""

    start: AwareDatetime
    end: AwareDatetime
    series: dict[str, Line]


class Step(_Document):
    """One thing that happened to a notification."""

    time: AwareDatetime
    kind: str
    phase: str | None = Field(description="IHE ACM's: start, continue, update, escalate, de-escalate, end")
    by: str | None
    reason: str | None = Field(description="Why; of acted_on, what was done")
    to: str | None = Field(description="Of escalated and de_escalated: the role; empty is the bedside")
    until: AwareDatetime | None = Field(description="Of paused")
    done_at: AwareDatetime | None = Field(description="Of acted_on: when it was done")


class Told(_Document):
    """Who heard of it, when and why: the bedside staff, or a role of the policy's escalation."""

    time: AwareDatetime
    to: str
    why: str | None


class Done(_Document):
    """What a person did about it: took it, paused it, or wrote down what was done."""

    time: AwareDatetime
    by: str
    kind: Literal["acknowledged", "paused", "acted_on"]
    what: str | None
    done_at: AwareDatetime


class Raised(NotificationDocument):
    """A notification with all that happened to it."""

    history: list[Step]
    told: list[Told]
    done: list[Done]


class Unassessable(_Document):
    """A stretch in which a signal could not be assessed."""

    signal: str
    start: AwareDatetime
    end: AwareDatetime | None


class Alarms(_Document):
    """What was raised, what was held back and why, what could not be assessed."""

    raised: list[Raised]
    suppressed: list[Suppressed]
    not_assessable: list[Unassessable]


class FindingDocument(_Document):
    """One answer of one model."""

    time: AwareDatetime
    model: ModelName
    answer: dict[str, Any]
    inputs: dict[str, Any]
    explanation: dict[str, Any]


class Findings(_Document):
    """What models said about the patient, newest first."""

    findings: list[FindingDocument]


class ModelSummary(BaseModel):
    """A model in the list; GET /api/models/{name} has the whole card."""

    name: str
    version: str
    title: str
    digest: str
    intended_use: str


class Models(_Document):
    """All models, and those that could not be loaded."""

    models: list[ModelSummary]


class AcknowledgeRequest(_Document):
    """An acknowledgement may carry a note."""

    note: Annotated[str, Field(max_length=500)] = ""


class ActRequest(_Document):
    """What was done about it, and when if that was earlier; whoever acts has also taken it."""

    what: Annotated[str, Field(min_length=1, max_length=500)]
    done_at: AwareDatetime | None = None


class PauseRequest(_Document):
    """For how long, and why."""

    minutes: Annotated[float, Field(gt=0, le=240)]
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class Audit(_Document):
    """The newest entries of the audit trail, and whether the chain holds."""

    entries: list[dict[str, Any]]
    verdict: dict[str, Any]
