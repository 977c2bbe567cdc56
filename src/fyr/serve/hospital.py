"""A hospital of one's own: whoever is admitted in the record lies on the board, and what is sent to it is watched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from fyr.attention import load_policy
from fyr.clock import SystemClock
from fyr.errors import BadInput
from fyr.exchange.outgoing import Sink
from fyr.record import Access
from fyr.record.record import Record
from fyr.serve.alarm_sender import AlarmSender
from fyr.serve.configuration import WatchdogSettings
from fyr.serve.demonstration import is_demonstration
from fyr.serve.installation import Installation
from fyr.serve.intake import Intake
from fyr.serve.interfaces import Interfaces, OpenSource
from fyr.serve.opening import assemble
from fyr.serve.outbox import Outbox
from fyr.serve.quarantine import Quarantine
from fyr.serve.register import RecordRegister
from fyr.serve.sample_source import NothingComes
from fyr.serve.ward_clock import WardClock
from fyr.serve.ward_inputs import Admitted
from fyr.serve.ward_service import WardService
from fyr.watch.arriving import DEFAULT_LATENESS_US
from fyr.watch.risk.live import LiveRisk
from fyr.watch.risk.trained import EARLY_WARNING_ICU

__all__ = ["open_hospital"]

_PARTITION: Final = "ward/hospital"
_THIS_HOSPITAL: Final = "local"


def open_hospital(
    home: Path | str,
    record: Record,
    *,
    policy: str,
    hospital: str,
    host_names: frozenset[str],
    nurses: int | None = None,
    per_nurse_hour: float | None = None,
    lateness_us: int = DEFAULT_LATENESS_US,
    hospital_id: str | None = None,
    sources: Sequence[OpenSource] = (),
    sinks: Sequence[tuple[Sink, str]] = (),
    watchdog: WatchdogSettings | None = None,
    required: frozenset[str] = frozenset(),
) -> Installation:
    """Open the wards of the hospital whose record is open in `home`.

    Parameters
    ----------
    home : Path or str
        Its folder, or the address of its database.
    record : Record
    policy : str
        A shipped policy's name, or a file.
    hospital : str
        The title on every screen.
    host_names : frozenset of str
        The names that the server answers to.
    nurses : int, optional
        How many are on duty on each ward: its alarm budget. As it was left by default; a new ward has none.
    per_nurse_hour : float, optional
        How many notifications one of them can take in an hour.
    lateness_us : int
        How late a sample may come and still be taken: what is added to the delay of every alarm.
    hospital_id : str, optional
        Whose patient numbers the sources mean; the hospital of the record where there is one only.
    sources : sequence of OpenSource
        Not started yet.
    sinks : sequence of (Sink, str)
        Where alarms are sent, with the kind of each.
    watchdog : WatchdogSettings, optional
        When the house's own troubles are told.
    required : frozenset of str
        The names of the sources without which the server is not ready.

    Raises
    ------
    BadInput
        If the home holds a demonstration: simulated patients are never shown unlabelled.
    """
    if isinstance(home, Path) and is_demonstration(home):
        raise BadInput(
            "this folder holds the demonstration", where=str(home), mend="use `fyr demo`, or name another --home"
        )
    house = record.on_behalf_of(Access("fyr serve", "software", "care"))
    clock = WardClock()
    outbox = Outbox(house.journal) if sinks else None
    here = assemble(
        house,
        policy=load_policy(policy),
        source=NothingComes(),
        partition=_PARTITION,
        clock=clock,
        hospital=hospital,
        simulated=False,
        host_names=host_names,
        lateness_us=lateness_us,
        ranker=LiveRisk(EARLY_WARNING_ICU),
        outbox=outbox,
    )
    here.wards.open()
    now_us = SystemClock().now_us()
    clock.set_off(max(now_us, here.wards.now_us))
    _put_everybody_in_bed(here.wards, house, now_us)
    if nurses is not None:
        for ward in here.wards.wards():
            here.wards.on_duty(ward, nurses, per_nurse_hour)
    intake = Intake(
        hospital_id or _only_hospital(house),
        here.wards.journal,
        here.wards.stays(),
        RecordRegister(house),
        Quarantine(house.journal),
        SystemClock(),
        lateness_us=lateness_us,
        on_taken=here.wards.wake,
        on_trouble=here.watchdog.journal_trouble,
    )
    here.watchdog.settings = watchdog or WatchdogSettings()
    here.watchdog.required = required
    places = record.storage.files / "sinks"
    senders = []
    if outbox is not None:
        places.mkdir(exist_ok=True)
        senders = [AlarmSender(sink, kind, outbox, places / f"{sink.name}.json") for sink, kind in sinks]
    return replace(here, take=intake.take, interfaces=Interfaces(intake, SystemClock(), sources, senders))


def _only_hospital(record: Record) -> str:
    """Return the hospital that the record's patients are of, if that is one, else a name for this one."""
    hospitals = {patient.hospital for patient in record.patients()}
    return hospitals.pop() if len(hospitals) == 1 else _THIS_HOSPITAL


def _put_everybody_in_bed(wards: WardService, record: Record, now_us: int) -> None:
    """Let the wards hold whoever the record says lies there: it may have been told more than the journal was."""
    stays = {stay.patient: stay for stay in record.encounters(at_us=now_us)}
    gone = [occupant.patient for some in wards.wards().values() for occupant in some if occupant.patient not in stays]
    wards.discharge(gone, now_us)
    wards.admit([Admitted(stay.patient, stay.ward, stay.bed, stay.start_us) for stay in stays.values()])
