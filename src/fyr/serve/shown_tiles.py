"""Which tiles have changed since they were last shown: only those are sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from fyr.clock import MINUTE_US
from fyr.record import PatientId
from fyr.serve.live import BedGone, TileChange
from fyr.serve.tiles import Occupant, spark_documents, tile_document
from fyr.serve.ward_state import WardState

__all__ = ["ShownTiles"]


class ShownTiles:
    """Builds tiles and remembers what was shown of each bed."""

    def __init__(self, state: WardState) -> None:
        self._state = state
        self._shown: dict[PatientId, bytes] = {}
        self._beds: dict[tuple[str, str], PatientId] = {}
        self._sparks: dict[PatientId, tuple[int, Mapping[str, Any]]] = {}

    def tile(self, occupant: Occupant, now_us: int) -> dict[str, Any]:
        """Return a bed's tile."""
        view = self._state.view(occupant.patient)
        spark, risk = self._spark(occupant.patient, now_us), self._state.risk(occupant.patient)
        return tile_document(occupant, view, self._state.policy, spark, now_us, risk)

    def changed(self, patients: Iterable[PatientId], now_us: int) -> list[TileChange | BedGone]:
        """Return the tiles that say something else than when they were last returned; a mere age is no change.

        Beds that their patients have left come first.
        """
        changes: list[TileChange | BedGone] = [*self._left()]
        for patient in patients:
            occupant = self._state.occupants[patient]
            self._beds[occupant.ward, occupant.bed] = patient
            tile = self.tile(occupant, now_us)
            fingerprint = _without_ages(tile)
            if self._shown.get(patient) != fingerprint:
                self._shown[patient] = fingerprint
                changes.append(TileChange(occupant.ward, occupant.bed, tile))
        return changes

    def _left(self) -> list[BedGone]:
        gone = []
        for (ward, bed), patient in self._beds.items():
            occupant = self._state.occupants.get(patient)
            if occupant is None or (occupant.ward, occupant.bed) != (ward, bed):
                gone.append((ward, bed))
                self._shown.pop(patient, None)
            if occupant is None:
                self._sparks.pop(patient, None)
        for place in gone:
            del self._beds[place]
        return [BedGone(ward, bed) for ward, bed in gone]

    def _spark(self, patient: PatientId, now_us: int) -> Mapping[str, Any]:
        minute = now_us // MINUTE_US
        known = self._sparks.get(patient)
        if known is None or known[0] != minute:
            known = self._sparks[patient] = (minute, spark_documents(self._state.history, patient, now_us))
        return known[1]


def _without_ages(tile: Mapping[str, Any]) -> bytes:
    signals = {name: {**value, "age_s": None} for name, value in tile["signals"].items()}
    return orjson.dumps({**tile, "signals": signals})
