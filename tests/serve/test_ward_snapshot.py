"""Snapshots of the wards: read again they go on as if nothing had happened, whatever the wards went through before."""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from itertools import islice
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.serve.ward_history import POLICIES, History, attributes, new_ranking, run

from fyr.attention import AlarmEventKind, Policy
from fyr.clock import DAY_US, HOUR_US
from fyr.errors import BadInput, FyrError
from fyr.models import Model
from fyr.record.state_shape import Kept
from fyr.serve import ward_snapshot
from fyr.serve.outgoing_alarms import outgoing
from fyr.serve.ward_inputs import Input
from fyr.serve.ward_shape import PARTS, classes_of, parts_of
from fyr.serve.ward_snapshot import Externals, label_of_snapshot, restored, snapshot
from fyr.serve.ward_state import WardState
from fyr.watch.variants import RuleVariants

PARTITION = "ward of the tests"


def _live(policy: Policy, seed: int, hours: float, ranked: bool = True) -> tuple[WardState, History]:
    state = WardState(policy, attributes, new_ranking() if ranked else None, outgoing)
    history = History(np.random.default_rng(seed), policy)
    for entry in history.begin():
        state.feed(entry)
    run(state, history, hours)
    return state, history


def _externals(policy: Policy, ranked: bool = True) -> Externals:
    return Externals(policy, attributes, new_ranking() if ranked else None, outgoing)


def _again(state: WardState, ranked: bool = True) -> WardState:
    data = snapshot(state, partition=PARTITION, offset=5)
    back = restored(data, _externals(state.policy, ranked), partition=PARTITION)
    assert back.offset == 5
    return back.state


def _seen(state: WardState) -> Any:
    """Everything that anybody can ask the wards."""
    patients = list(state.occupants)
    traces = [
        (signal, state.history.trace(patient, signal, 0, 2**62))
        for patient in patients
        for signal in state.history.signals(patient)
    ]
    return (
        state.occupants,
        [state.view(patient) for patient in patients],
        [state.risk(patient) for patient in patients],
        [state.own_limits(patient) for patient in patients],
        [state._engine.usage(patient) for patient in patients],
        [(signal, one.period_us, one.time_us.tobytes(), one.value.tobytes()) for signal, one in traces],
        [state.alarms(patient).since(0) for patient in patients],
        [(budget.waiting, budget.capacity, budget.load(state.now_us)) for budget in _budgets(state)],
        state.devices,
        state.lateness_us,
        state.stays.present,
        state._whose,
        state._recalled,
        state._to_send,
        (state.now_us, state.opened_us, state.digest.count, state.digest.hexdigest()),
    )


def _budgets(state: WardState) -> list[Any]:
    return [budget for ward in ("north", "south") if (budget := state.budget(ward)) is not None]


@pytest.mark.parametrize("name", POLICIES)
@given(seed=st.integers(0, 2**32), hours=st.floats(0, 3), more=st.floats(0.2, 2), ranked=st.booleans())
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_restored_ward_goes_on_as_if_nothing_had_happened(
    name: str, seed: int, hours: float, more: float, ranked: bool
) -> None:
    policy = POLICIES[name]
    live, history = _live(policy, seed, hours, ranked)
    step = history.step(live)
    for entry in islice(step, int(history.rng.integers(5))):  # in the middle of a round, too
        live.feed(entry)
    other = _again(live, ranked)
    assert _seen(other) == _seen(live)
    end_us = history.now_us + int(more * HOUR_US)
    while history.now_us < end_us:
        for entry in step:
            assert other.feed(entry) == live.feed(entry)
        assert other.take_findings() == live.take_findings()
        assert other.take_alarms() == live.take_alarms()
        assert _seen(other) == _seen(live)
        step = history.step(live)
    assert snapshot(other, partition=PARTITION, offset=9) == snapshot(live, partition=PARTITION, offset=9)


def test_the_random_histories_go_through_everything_that_an_alarm_can() -> None:
    """Else the test above would prove little."""
    kinds: set[AlarmEventKind] = set()
    for name in POLICIES:
        for seed in (1, 2, 3):
            live, _ = _live(POLICIES[name], seed, 8, ranked=False)
            kinds |= {event.kind for log in live._logs.values() for one in log.since(0).raised for event in one.history}
            kinds |= {event.kind for log in live._logs.values() for event in log.since(0).suppressed}
    assert kinds >= set(AlarmEventKind) - {
        AlarmEventKind.ONSET,
        AlarmEventKind.NOT_ASSESSABLE,
        AlarmEventKind.ASSESSABLE,
        AlarmEventKind.OVERRIDDEN,
    }


@pytest.mark.parametrize("name", POLICIES)
def test_a_snapshot_of_a_snapshot_over_and_over_is_the_same_as_none(name: str) -> None:
    live, history = _live(POLICIES[name], 11, 0.5)
    other = live
    for _ in range(6):
        other = _again(other)
        entries: list[Input] = [entry for _ in range(4) for entry in history.step(other)]
        for entry in entries:
            assert other.feed(entry) == live.feed(entry)
    assert _seen(other) == _seen(live)


def _children(one: Any) -> Iterator[tuple[str, Any]]:
    """What an object consists of, however it keeps it."""
    if isinstance(one, Mapping):
        for place, (key, value) in enumerate(one.items()):
            yield f"key {place}", key
            yield f"[{key}]", value
    elif isinstance(one, list | tuple | deque):
        yield from ((f"[{place}]", value) for place, value in enumerate(one))
    elif isinstance(one, set | frozenset):
        yield from ((f"{{{value}}}", value) for value in sorted(one, key=repr))
    elif not isinstance(one, Enum | np.ndarray | str | int | float | bytes | None):
        names = {*getattr(one, "__dict__", ())}
        for cls in type(one).__mro__:
            names |= {*getattr(cls, "__slots__", ())} - {"__weakref__"}
        yield from ((f".{name}", getattr(one, name)) for name in sorted(names) if hasattr(one, name))


def _is_given(one: Any) -> bool:
    """What a snapshot is given again: the policy, models, functions."""
    return isinstance(one, Model | type) or (callable(one) and not dataclasses.is_dataclass(one))


_ONLY_SAVE_TIME = (
    "._newest_rows",
    "._newest_watched",
    "._watched_rows",
    "._newest_numbers",
    "._newest_named",
    "._newest_heard",
    "._patient_ranks",
    ".history._newest",
    ".history._column_of",
)
"""What was looked up last, by what it was looked up for: looked up anew it is the same."""


def test_the_whole_graph_is_equal_also_what_is_made_again() -> None:
    for name in POLICIES:
        live, _ = _live(POLICIES[name], 5, 3)
        again = _again(live)
        assert live.history._newest.waiting() == again.history._newest.waiting() == []
        seen: set[tuple[int, int]] = set()
        todo: list[tuple[str, Any, Any]] = [("state", live, again)]
        compared = 0
        while todo:
            path, one, other = todo.pop()
            if path.endswith(_ONLY_SAVE_TIME) or (id(one), id(other)) in seen or one is other or _is_given(one):
                continue
            seen.add((id(one), id(other)))
            assert type(one) is type(other), path
            compared += 1
            if isinstance(one, RuleVariants):  # in what order tables were compiled is of no consequence
                for entry in live._engine._patients.values():
                    assert one.of(entry.row).rules == other.of(entry.row).rules
                    assert (one.of(entry.row).rule_table == other.of(entry.row).rule_table).all()
                continue
            if isinstance(one, np.ndarray):
                assert (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes()), path
                continue
            mine, its = list(_children(one)), list(_children(other))
            assert [key for key, _ in mine] == [key for key, _ in its], path
            if not mine:
                assert one == other or (one != one and other != other), path  # noqa: PLR0124  NaN
            todo += [(path + key, a, b) for (key, a), (_, b) in zip(mine, its, strict=True)]
        assert compared > 500


def test_no_class_and_no_attribute_of_the_live_wards_is_unknown() -> None:
    """Whoever adds one to the wards must say in ward_shape whether it is kept; until then this fails."""
    plain = {type(None), bool, int, float, str, bytes, list, tuple, dict, set, frozenset, deque, np.ndarray}
    for name, policy in POLICIES.items():
        live, _ = _live(policy, 21, 4)
        known = {entry.cls: entry for entry in classes_of(policy, attributes)}
        todo: list[tuple[str, Any]] = [(part, one) for part, one in parts_of(live).items()]
        seen: set[int] = set()
        while todo:
            path, one = todo.pop()
            if id(one) in seen or one is policy:
                continue
            seen.add(id(one))
            if type(one) in PARTS:
                part = PARTS[type(one)]
                assert vars(one).keys() == {*part.kept, *part.made}, f"{name}: {path}"
                todo += [(f"{path}.{key}", getattr(one, key)) for key in part.kept]
                continue
            assert type(one) in plain or type(one) in known, f"{name}: {path} is a {type(one).__qualname__}"
            entry = known.get(type(one))
            if isinstance(entry, Kept) and not isinstance(one, Enum):
                names = {key.removeprefix(".") for key, _ in _children(one)}
                assert names == {*entry.fields, *entry.rebuilt}, f"{name}: {path}"
            if entry is None or isinstance(entry, Kept):
                todo += [(path + key, value) for key, value in _children(one)]


@pytest.mark.parametrize(
    "find",
    [
        lambda state: state,
        lambda state: state._engine,
        lambda state: state._engine._grid,
        lambda state: state._ward,
        lambda state: state._ward._arrival,
        lambda state: state._ranking,
        lambda state: state._ranking._ranker,
        lambda state: state.history,
        lambda state: state.stays,
        lambda state: state.digest,
        lambda state: next(iter(state._engine._patients.values())).alarms,
        lambda state: next(iter(state._engine._patients.values())).alarms._book,
        lambda state: next(iter(state._engine._patients.values())).alarms._technical,
        lambda state: next(iter(state._engine._patients.values())).own,
        lambda state: next(iter(state._logs.values())),
    ],
)
def test_an_attribute_that_nobody_has_decided_about_stops_the_snapshot(find: Callable[[WardState], Any]) -> None:
    live, _ = _live(POLICIES["fyr-ward"], 1, 0.5)
    find(live).something_new = 1
    with pytest.raises(FyrError, match="something_new"):
        snapshot(live, partition=PARTITION, offset=0)


def test_a_snapshot_that_does_not_fit_is_refused_and_the_ranking_untouched(monkeypatch: pytest.MonkeyPatch) -> None:
    live, _ = _live(POLICIES["fyr-ward"], 1, 0.5)
    data = snapshot(live, partition=PARTITION, offset=3)
    assert label_of_snapshot(data)["offset"] == 3
    externals = _externals(POLICIES["fyr-ward"])
    for wrong, partition, what in (
        (externals, "another", "another partition"),
        (_externals(POLICIES["haahr2022"]), PARTITION, "another policy"),
        (Externals(POLICIES["fyr-ward"], attributes), PARTITION, "another models"),
    ):
        with pytest.raises(BadInput, match=what):
            restored(data, wrong, partition=partition)
    with pytest.raises(BadInput, match="checksum"):
        restored(data[:-1] + bytes([data[-1] ^ 1]), externals, partition=PARTITION)
    assert externals.ranking is not None
    assert PARTS[type(externals.ranking)].memory(externals.ranking)["_patients"] == set()
    assert restored(data, externals, partition=PARTITION).state.digest.count == live.digest.count
    monkeypatch.setattr(ward_snapshot, "__version__", "0.0.1")
    with pytest.raises(BadInput, match="another version"):
        restored(data, externals, partition=PARTITION)


def test_what_is_known_about_a_patient_is_asked_anew_and_stands_in_no_snapshot() -> None:
    live, _ = _live(POLICIES["haahr2022"], 2, 0.2)
    data = snapshot(live, partition=PARTITION, offset=0)
    asked = Externals(live.policy, lambda patient: {"pseudonym": "corrected"}, new_ranking())
    back = restored(data, asked, partition=PARTITION).state
    assert {one.attributes["pseudonym"] for one in back.occupants.values()} == {"corrected"}


def test_old_traces_go_when_they_would_have_gone() -> None:
    live, _ = _live(POLICIES["thresholds"], 2, 0.2)
    other = _again(live)
    for state in (live, other):
        column = next(iter(state.history._columns.values()))
        times = column.newest_us + np.arange(1, 40_000) * 10_000_000
        for part in np.array_split(times, 50):
            column.append(part, np.ones(len(part)), DAY_US)
    assert _seen(other) == _seen(live)
