"""A snapshot: the whole state of the wards at one place in their journal, as bytes and back.

It holds nothing that the journal does not: reading it and what came after is the same as reading everything, only
sooner. It fits one partition of the journal, one policy, one version of Fyr and one set of models; every other is
refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from fyr.attention import Policy
from fyr.errors import BadInput
from fyr.record import PatientId
from fyr.record.state_codec import StateCodec, label_of
from fyr.record.state_shape import Shape
from fyr.serve.ward_shape import PARTS, classes_of, parts_of
from fyr.serve.ward_state import Sending, WardState
from fyr.version import __version__
from fyr.watch.engine import WardEngine
from fyr.watch.ranking import RiskRanking

__all__ = ["Externals", "Snapshot", "label_of_snapshot", "restored", "snapshot"]

_MEND: Final = "let the wards replay their journal"


@dataclass(frozen=True, slots=True)
class Externals:
    """What a snapshot does not hold: the parameters of :class:`WardState`, given again.

    Parameters
    ----------
    policy : Policy
    attributes : callable
    ranking : RiskRanking, optional
        New; nothing has been told to it.
    send : callable, optional
    """

    policy: Policy
    attributes: Callable[[PatientId], Mapping[str, Any]]
    ranking: RiskRanking | None = None
    send: Sending | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a snapshot gives back.

    Parameters
    ----------
    offset : int
        The journal's next entry: everything before it has been taken.
    state : WardState
    relayed : int
        Up to where the partition that another process writes for the wards has been taken; 0 where there is none.
    """

    offset: int
    state: WardState
    relayed: int = 0


def snapshot(state: WardState, *, partition: str, offset: int, relayed: int = 0) -> bytes:
    """Return the wards' state as bytes; the same state gives the same bytes.

    Parameters
    ----------
    state : WardState
    partition : str
        Of the journal.
    offset : int
        Where the journal's next entry is: everything before it has been taken, and nothing after; and every event that
        it caused is in the journal.
    relayed : int
        See :class:`Snapshot`.

    Raises
    ------
    FyrError
        If the state holds something that snapshots do not know.
    """
    state.history.put_in_place()
    parts = parts_of(state)
    memory = {name: PARTS[type(part)].memory(part) for name, part in parts.items()}
    label = _label(parts, state.policy, partition) | {
        "offset": offset,
        "relayed": relayed,
        "opened_us": state.opened_us,
    }
    codec = StateCodec(Shape(classes_of(state.policy, state._attributes), __version__))
    return codec.encode(memory, label=label, externals={"policy": state.policy})


def label_of_snapshot(data: bytes, *, where: str = "") -> dict[str, Any]:
    """Return what a snapshot says of itself: partition, offset, policy, version, models, when it was opened.

    Raises
    ------
    BadInput
        If it is none, or damaged.
    """
    label = label_of(data, where=where)
    if not all(isinstance(label.get(name), int) for name in ("offset", "relayed", "opened_us")):
        raise BadInput("this is no snapshot of wards", where=where, mend=_MEND)
    return label


def restored(data: bytes, externals: Externals, *, partition: str, where: str = "") -> Snapshot:
    """Return the state that a snapshot holds.

    Raises
    ------
    BadInput
        If it is none, damaged, of another partition, policy, version or model. Nothing has happened then: the ranking
        may be given to another state.
    """
    label = label_of_snapshot(data, where=where)
    state = WardState(externals.policy, externals.attributes, externals.ranking, externals.send)
    parts = parts_of(state)
    for name, mine in _label(parts, externals.policy, partition).items():
        if label.get(name) != mine:
            raise BadInput(f"the snapshot has another {name}: {label.get(name)}, not {mine}", where=where, mend=_MEND)
    codec = StateCodec(Shape(classes_of(externals.policy, externals.attributes), __version__))
    memory = codec.decode(data, externals={"policy": externals.policy}, where=where)
    _check(memory, parts, where)
    for name, part in parts.items():
        for attribute, value in memory[name].items():
            setattr(part, attribute, value)
    _make_again(state._engine)
    return Snapshot(label["offset"], state, label["relayed"])


def _label(parts: Mapping[str, object], policy: Policy, partition: str) -> dict[str, str | int]:
    references = (getattr(getattr(part, "model", None), "reference", None) for part in parts.values())
    models = [f"{one.name} {one.version} {one.digest}" for one in references if one is not None]
    return {
        "partition": partition,
        "policy": policy.digest,
        "version": __version__,
        "models": "; ".join(models),
    }


def _check(memory: Any, parts: Mapping[str, object], where: str) -> None:
    """Stop here unless every part is given what it remembers, in arrays of the types that it works on."""
    fits = isinstance(memory, dict) and memory.keys() == parts.keys()
    fits = fits and all(memory[name].keys() == set(PARTS[type(part)].kept) for name, part in parts.items())
    if fits:
        for name, part in parts.items():
            for attribute, value in memory[name].items():
                fits = fits and _is_like(value, getattr(part, attribute))
    if not fits:
        raise BadInput("the snapshot does not hold what this Fyr remembers", where=where, mend=_MEND)


def _is_like(value: Any, mine: Any) -> bool:
    if isinstance(mine, np.ndarray):
        return isinstance(value, np.ndarray) and value.dtype == mine.dtype and value.shape[1:] == mine.shape[1:]
    if isinstance(mine, tuple):
        return type(value) is type(mine) and len(value) == len(mine) and all(map(_is_like, value, mine))
    return True


def _make_again(engine: WardEngine) -> None:
    """Compile the rule tables of patients with limits of their own, and tell the scores whose inputs are others."""
    engine._variants.make_room(len(engine._by_row))
    for entry in engine._patients.values():
        engine._variants.resume(entry.row, entry.own.policy)
        engine._grid.use(entry.id, entry.own.policy)
