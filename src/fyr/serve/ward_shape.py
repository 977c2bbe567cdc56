"""What a snapshot of the wards holds: every class of their state, and of each attribute whether it is kept or rebuilt.

The wards' state hangs together of *parts*, of which there is one each (the engine, its minute grid, the arrival of
samples): a new :class:`WardState` has them all, made from policy and model, and a snapshot gives them their memory
back. What there are many of (patients, notifications, events) is made anew from the snapshot.

Who adds a class or an attribute to the wards decides here what becomes of it: until then no snapshot can be made, and
a test fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from fyr.attention import (
    AlarmBudget,
    AlarmEvent,
    AlarmEventKind,
    EscalationStep,
    Limit,
    Notification,
    NotificationKind,
    NotificationState,
    Operator,
    Override,
    OxygenScale,
    PatientAlarms,
    Policy,
    Priority,
    Release,
    Revocation,
    Rule,
    ScoreInput,
    Tier,
    TurnOff,
)
from fyr.attention.alarm_book import AlarmBook
from fyr.attention.alarms import HeldOnset
from fyr.attention.budget import Waiting
from fyr.attention.technical import TechnicalAlarms
from fyr.errors import FyrError
from fyr.exchange.outgoing import OutgoingAlarm
from fyr.models import Prediction
from fyr.record import (
    Estimate,
    Finding,
    ModelReference,
    Observation,
    PatientId,
    Quality,
    Refusal,
    SampleBatch,
    Status,
)
from fyr.record.state_shape import Kept, Translated, kept
from fyr.serve.alarm_log import AlarmLog, NotAssessable, RaisedAlarm
from fyr.serve.stays import Place, Stay, Stays
from fyr.serve.tiles import Occupant
from fyr.serve.vitals_history import TraceColumn, VitalsHistory
from fyr.serve.ward_journal import EventDigest
from fyr.serve.ward_state import WardState
from fyr.watch.agenda import Agenda
from fyr.watch.arrival import Arrival, ArrivalCounts, ArrivedRows, ArrivingDevice, ClockEvent, ClockState
from fyr.watch.arriving import ArrivingWard
from fyr.watch.derived import Baselines
from fyr.watch.engine import WardEngine
from fyr.watch.grid import MinuteGrid
from fyr.watch.kernel import State
from fyr.watch.minutes import RecentMinutes
from fyr.watch.own_policy import OwnPolicy
from fyr.watch.ranking import RankedRisk, RiskRanking
from fyr.watch.risk.live import LiveRisk
from fyr.watch.risk.live import Stay as StayOfRisk
from fyr.watch.scoring import Score
from fyr.watch.variants import RuleVariants
from fyr.watch.view import ScoreInputUsed, ScoreView
from fyr.watch.watched_patient import WatchedPatient

__all__ = ["PARTS", "Inputs", "Part", "classes_of", "parts_of"]


@dataclass(frozen=True, slots=True)
class Part:
    """What of a part is memory, and what a new one has already.

    Parameters
    ----------
    kept, made : tuple of str
        Its attributes.
    """

    kept: tuple[str, ...]
    made: tuple[str, ...]

    def memory(self, part: object) -> dict[str, Any]:
        """Return what a part remembers.

        Raises
        ------
        FyrError
            If it has an attribute that nobody has decided about.
        """
        odd = sorted(vars(part).keys() ^ {*self.kept, *self.made})
        if odd:
            raise FyrError(
                f"a snapshot does not know these attributes of {type(part).__name__}: {', '.join(odd)}",
                mend="say in fyr.serve.ward_shape whether they are kept",
            )
        return {name: getattr(part, name) for name in self.kept}


PARTS: Final[Mapping[type, Part]] = {
    WardState: Part(
        kept=(
            "stays",
            "occupants",
            "digest",
            "now_us",
            "opened_us",
            "_to_send",
            "_logs",
            "_whose",
            "_recalled",
        ),
        made=("policy", "history", "_attributes", "_send", "_engine", "_ranking", "_ward"),
    ),
    VitalsHistory: Part(kept=("_keep_us", "_columns"), made=("_newest", "_column_of", "_late", "_lates")),
    WardEngine: Part(
        kept=("now_us", "_passed_us", "_budgets", "_turn_us", "_patients", "_by_row", "_agenda", "_state"),
        made=(
            "policy",
            "assumed_response_us",
            "_variants",
            "_compiled",
            "_signal_index",
            "_grid",
            "_computed",
            "_comes_computed",
            "_newest_rows",
            "_newest_watched",
            "_watched_rows",
        ),
    ),
    MinuteGrid: Part(
        kept=("findings", "new_findings", "next_us"),
        made=("policy", "_scores", "_signal", "_baselines", "_depth", "_recent", "_forgets_after_us"),
    ),
    Score: Part(kept=("views",), made=("policy", "model", "_own")),
    Baselines: Part(kept=("_learned", "_level"), made=("policy", "_needed")),
    RecentMinutes: Part(kept=("_standing", "_age", "_means", "_sum", "_count"), made=("_signals", "_depth", "_held")),
    RuleVariants: Part(kept=(), made=("ward", "_number", "_tables", "_signal_of_rule", "_of_row", "_anybody_differs")),
    ArrivingWard: Part(
        kept=("_observations", "_batches", "_patients_of", "_strangers", "_clocks"),
        made=("engine", "ranking", "_arrival", "_newest_heard"),
    ),
    Arrival: Part(
        kept=(
            "lateness_us",
            "silence_us",
            "skew_us",
            "offsets_us",
            "now_us",
            "complete_us",
            "_devices",
            "_patients",
            "_signals",
            "_held",
            "_clock_events",
        ),
        made=("_newest_numbers", "_newest_named", "_patient_ranks"),
    ),
    RiskRanking: Part(kept=("_risks", "_patients", "_next_us", "_findings"), made=("_ranker", "_output")),
    LiveRisk: Part(kept=("_stays",), made=("model",)),
}
"""Which attributes of each part are kept. Rule tables and whose they are follow from the patients' own policies."""

_CLASSES: Final[tuple[Kept | Translated, ...]] = (
    *map(
        kept,
        (
            AlarmEvent,
            AlarmEventKind,
            ArrivalCounts,
            ArrivingDevice,
            ClockEvent,
            ClockState,
            EscalationStep,
            Estimate,
            Finding,
            HeldOnset,
            Limit,
            ModelReference,
            NotAssessable,
            Notification,
            NotificationKind,
            NotificationState,
            Observation,
            Operator,
            OutgoingAlarm,
            Override,
            OxygenScale,
            PatientId,
            Place,
            Prediction,
            Priority,
            Quality,
            RaisedAlarm,
            RankedRisk,
            Refusal,
            Release,
            Revocation,
            Rule,
            SampleBatch,
            ScoreInput,
            ScoreInputUsed,
            ScoreView,
            Status,
            Stay,
            StayOfRisk,
            Tier,
            TurnOff,
            Waiting,
            WatchedPatient,
        ),
    ),
    kept(Agenda, "_due_us", "_entries", "_changed"),
    kept(AlarmBook, "patient", "budget", "live", "_sequence", "_named"),
    kept(
        AlarmBudget,
        *("per_nurse_hour", "max_wait_us", "now_us", "nurses"),
        *("_told_us", "_known", "_exempt", "_waiting", "_releases"),
    ),
    kept(AlarmLog, "_keep_us", "_live", "_raised", "_suppressed", "_not_assessable"),
    kept(EventDigest, "value", "count"),
    kept(
        OwnPolicy,
        *("ward", "patient", "overrides", "due_us", "_codes", "_models", "_observations", "_findings"),
        *("_problem", "_holding", "policy", "_since_us"),
    ),
    kept(
        PatientAlarms,
        *("patient", "policy", "assumed_response_us", "now_us", "_book", "_technical"),
        *("_present", "_held", "_refractory_until_us"),
    ),
    kept(Stays, "_now", "_in_bed", "_ended"),
    kept(TechnicalAlarms, "_book", "_lost_since_us", "_due"),
    Translated(TraceColumn, TraceColumn.packed, TraceColumn.of_packed),
    Translated(ArrivedRows, tuple, lambda columns: ArrivedRows(*columns)),
    Translated(State, tuple, lambda arrays: State(*arrays)),
)


def classes_of(policy: Policy, attributes: Callable[[PatientId], Mapping[str, Any]]) -> list[Kept | Translated]:
    """Return every class that a snapshot holds instances of.

    Parameters
    ----------
    policy : Policy
        The wards' own. A patient's is kept as what makes it another.
    attributes : callable
        What is known about a patient beside the monitoring is asked anew, as a replay asks it.
    """
    return [
        *_CLASSES,
        Translated(Policy, lambda own: _difference(policy, own), lambda said: _bent(policy, *said)),
        Translated(
            Occupant,
            lambda one: (one.patient, one.ward, one.bed, one.since_us, one.moved_from, one.watched_since_us),
            lambda said: Occupant(said[0], said[1], said[2], said[3], attributes(said[0]), said[4], said[5]),
        ),
    ]


def parts_of(state: WardState) -> dict[str, object]:
    """Return the parts of the wards' state by name, the same for each state of a policy and a model.

    Raises
    ------
    FyrError
        If the risk score that ranks keeps its memory in a way that a snapshot does not know.
    """
    engine, ward, ranking = state._engine, state._ward, state._ranking
    grid = engine._grid
    parts: dict[str, object] = {
        "state": state,
        "history": state.history,
        "engine": engine,
        "variants": engine._variants,
        "grid": grid,
        **{f"score {score.policy.name}": score for score in grid._scores},
        **{f"baselines {name}": baselines for name, baselines in grid._baselines.items()},
        "recent": grid._recent,
        "ward": ward,
        "arrival": ward._arrival,
    }
    if ranking is not None:
        parts |= {"ranking": ranking, "ranker": ranking._ranker}
    for part in parts.values():
        if type(part) not in PARTS:
            raise FyrError(f"what a {type(part).__name__} remembers cannot be kept", mend="go without snapshots")
    return parts


Inputs = tuple[str, tuple[tuple[str, ScoreInput], ...]]
"""The name of a score, and its inputs in a patient's own policy."""


def _difference(ward: Policy, own: Policy) -> tuple[str, tuple[Rule, ...], tuple[Inputs, ...]]:
    """Return what makes a patient's own policy another than the ward's: digest, rules, inputs of scores."""
    other = tuple(
        (name, tuple(score.inputs.items()))
        for name, score in own.scores.items()
        if score.inputs != ward.scores[name].inputs
    )
    return own.digest, own.rules, other


def _bent(ward: Policy, digest: str, rules: tuple[Rule, ...], inputs: tuple[Inputs, ...]) -> Policy:
    """Return the ward's policy with another digest, other rules, and other inputs of scores."""
    scores = dict(ward.scores)
    for name, entries in inputs:
        scores[name] = replace(scores[name], inputs=dict(entries))
    return replace(ward, rules=rules, scores=scores if inputs else ward.scores, digest=digest)
