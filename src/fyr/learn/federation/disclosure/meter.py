"""Sets of groups that were weighed, so that none is weighed twice: most rounds of a study sum the same groups again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.federation.disclosure.leak import isolable
from fyr.learn.federation.disclosure.row_keys import OTHERS

__all__ = ["Meter", "Weighed"]

_KEPT: Final = 8


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """What sums over some groups give away.

    Parameters
    ----------
    rows : int
        Patients of this hospital of whom anything was summed.
    alone, narrow : frozenset of bytes
        The keys of those who can be singled out, and of those only in a group below the minimum.
    """

    rows: int
    alone: frozenset[bytes]
    narrow: frozenset[bytes]


class Meter:
    """The leak meter of one site, with what it found last.

    What a set of groups gives away follows from who is in them alone, so it is found by the groups' digests.
    """

    def __init__(self) -> None:
        self._place: dict[bytes, int] = {}
        self._keys: list[bytes] = []
        self._members: dict[str, NDArray[np.int64]] = {}
        self._found: OrderedDict[tuple[frozenset[str], int], Weighed] = OrderedDict()

    def weigh(self, groups: Mapping[str, Sequence[bytes]], minimum: int) -> Weighed:
        """Return what sums over groups give away.

        Parameters
        ----------
        groups : mapping of str to sequence of bytes
            By a group's digest, the keys of who is in it.
        minimum : int
            As :func:`~.leak.isolable` takes it.
        """
        asked = (frozenset(groups), minimum)
        found = self._found.get(asked)
        if found is None:
            found = self._found[asked] = self._weighed(groups, minimum)
            if len(self._found) > _KEPT:
                self._found.popitem(last=False)
        self._found.move_to_end(asked)
        return found

    def _weighed(self, groups: Mapping[str, Sequence[bytes]], minimum: int) -> Weighed:
        places = [self._places(digest, members) for digest, members in groups.items()]
        whole = np.zeros((len(places), len(self._keys)), dtype=np.bool_)
        for row, those in zip(whole, places, strict=True):
            row[those] = True
        there = np.flatnonzero(whole.any(axis=0))
        alone, narrow = isolable(whole[:, there], minimum)
        rows = {self._keys[place] for place in there}.difference(OTHERS)
        return Weighed(len(rows), self._among(there[alone]), self._among(there[narrow]))

    def _places(self, digest: str, members: Sequence[bytes]) -> NDArray[np.int64]:
        if digest not in self._members:
            for key in members:
                if key not in self._place:
                    self._place[key] = len(self._keys)
                    self._keys.append(key)
            self._members[digest] = np.array([self._place[key] for key in members], dtype=np.int64)
        return self._members[digest]

    def _among(self, places: NDArray[np.int64]) -> frozenset[bytes]:
        return frozenset(self._keys[place] for place in places)
