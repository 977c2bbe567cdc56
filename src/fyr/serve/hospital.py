"""A hospital of one's own: whoever is admitted in the record lies on the board, and what is sent to it is watched.

It is one process that does everything, or a *front* with *workers*: the front answers people and takes what devices
send, the workers watch the wards. Either way the same parts are put together here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from fyr.attention import load_policy
from fyr.clock import SystemClock
from fyr.errors import BadInput
from fyr.exchange.outgoing import Sink
from fyr.record import Access
from fyr.record.journal import Journal
from fyr.record.record import Record
from fyr.serve.alarm_sender import AlarmSender
from fyr.serve.configuration import Configuration
from fyr.serve.configuration_check import receiver_of
from fyr.serve.demonstration import is_demonstration
from fyr.serve.image_intake import ImageIntake
from fyr.serve.image_line import ImageLine
from fyr.serve.installation import Installation
from fyr.serve.intake import InputKeeper, Intake
from fyr.serve.interfaces import Interfaces, OpenSource
from fyr.serve.log_setup import PatientWords
from fyr.serve.opening import assemble
from fyr.serve.outbox import Outbox
from fyr.serve.quarantine import Quarantine
from fyr.serve.register import RecordRegister
from fyr.serve.sample_source import NothingComes
from fyr.serve.shards import ShardedInputs, own_partition, relayed_partition, shard_of
from fyr.serve.stays import Place, Stays
from fyr.serve.ward_clock import WardClock
from fyr.serve.ward_inputs import Admitted, Discharged
from fyr.serve.ward_service import WardService
from fyr.watch.risk.live import LiveRisk
from fyr.watch.risk.trained import EARLY_WARNING_ICU

__all__ = ["House", "open_front", "open_hospital", "open_worker"]

_PARTITION: Final = "ward/hospital"
_FRONT: Final = "house/front"
_THIS_HOSPITAL: Final = "local"


@dataclass(frozen=True, slots=True)
class House:
    """What a hospital is opened with.

    Parameters
    ----------
    home : Path or str
        Its folder, or the address of its database.
    record : Record
        Open in that home.
    configuration : Configuration
    host_names : frozenset of str
        The names that the server answers to.
    patient_words : PatientWords
        What keeps patients out of the log.
    sources : sequence of OpenSource
        Not started yet.
    sinks : sequence of (Sink, str)
        Where alarms are sent, with the kind of each.
    """

    home: Path | str
    record: Record
    configuration: Configuration
    host_names: frozenset[str]
    patient_words: PatientWords
    sources: Sequence[OpenSource] = ()
    sinks: Sequence[tuple[Sink, str]] = ()


def open_hospital(house: House) -> Installation:
    """Open all wards in this process.

    Raises
    ------
    BadInput
        If the home holds a demonstration: simulated patients are never shown unlabelled.
    """
    outbox = Outbox(house.record.journal) if house.sinks else None
    here, record = _watched(house, _PARTITION, outbox=outbox)
    _put_everybody_in_bed(here.wards, record, lambda _: True)
    _staff(here.wards, house.configuration)
    intake = _intake(house, record, here, here.wards.journal, here.wards.stays())
    images = _images(house, record, intake)
    interfaces = Interfaces(intake, SystemClock(), house.sources, _senders(house, outbox, ""), images)
    return replace(here, take=intake.take, interfaces=interfaces, images=images.intake)


def open_worker(house: House, journal: Journal, shard: int) -> Installation:
    """Open the wards of one worker.

    Parameters
    ----------
    house : House
        Its sources are the front's affair.
    journal : Journal
        Where the front puts what is for this worker, and where the worker keeps what it did.
    shard : int
        Its number, from 0.

    Raises
    ------
    BadInput
        As :func:`open_hospital`.
    """
    shards = house.configuration.journal.workers
    outbox = Outbox(house.record.journal, f"house/outbox/{shard + 1} of {shards}") if house.sinks else None
    here, record = _watched(
        house, own_partition(shard, shards), outbox=outbox, journal=journal, relayed=relayed_partition(shard, shards)
    )
    here.wards.take_relayed()  # a move that stands there is not to be found out a second time
    _put_everybody_in_bed(here.wards, record, lambda ward: shard_of(ward, shards) == shard)
    _staff(here.wards, house.configuration)
    intake = _intake(house, record, here, here.wards.journal, here.wards.stays())
    senders = _senders(house, outbox, f" {shard + 1} of {shards}")
    return replace(here, interfaces=Interfaces(intake, SystemClock(), (), senders))


def open_front(house: House, journal: Journal) -> tuple[Installation, ShardedInputs]:
    """Open what stands before the workers: sources, signing in, the page. It watches nobody itself.

    Returns
    -------
    tuple of Installation and ShardedInputs
        The latter knows which worker has whom.

    Raises
    ------
    BadInput
        As :func:`open_hospital`.
    """
    here, record = _watched(house, _FRONT)
    stays = _stays_of(record)
    inputs = ShardedInputs(journal.append, house.configuration.journal.workers, stays)
    intake = _intake(house, record, here, inputs, stays)
    images = _images(house, record, intake)
    interfaces = Interfaces(intake, SystemClock(), house.sources, images=images)
    return replace(here, take=intake.take, interfaces=interfaces, images=images.intake), inputs


def _watched(
    house: House,
    partition: str,
    *,
    outbox: Outbox | None = None,
    journal: Journal | None = None,
    relayed: str | None = None,
) -> tuple[Installation, Record]:
    """Put the parts together and open the wards of a partition; return them with the record as the software's own."""
    if isinstance(house.home, Path) and is_demonstration(house.home):
        raise BadInput(
            "this folder holds the demonstration", where=str(house.home), mend="use `fyr demo`, or name another --home"
        )
    record = house.record.on_behalf_of(Access("fyr serve", "software", "care"))
    said, clock = house.configuration, WardClock()
    here = assemble(
        record,
        policy=load_policy(said.hospital.policy),
        source=NothingComes(),
        partition=partition,
        clock=clock,
        hospital=said.hospital.title,
        simulated=False,
        host_names=house.host_names,
        lateness_us=said.hospital.lateness_us,
        ranker=LiveRisk(EARLY_WARNING_ICU),
        outbox=outbox,
        journal=journal,
        relayed=relayed,
        snapshot_every_us=said.journal.snapshot_every_us,
    )
    here.wards.open()
    clock.set_off(max(SystemClock().now_us(), here.wards.now_us))
    here.watchdog.settings = said.watchdog
    here.watchdog.required = frozenset(one.name for one in said.sources if one.required)
    return replace(
        here, patient_words=house.patient_words, image_origins=said.dicom.web_origins, exposures=said.exposures
    ), record


def _intake(house: House, record: Record, here: Installation, keeper: InputKeeper, stays: Stays) -> Intake:
    return Intake(
        house.configuration.hospital.id or _only_hospital(record),
        keeper,
        stays,
        RecordRegister(record, house.patient_words.know),
        Quarantine(record.journal),
        SystemClock(),
        lateness_us=house.configuration.hospital.lateness_us,
        on_taken=here.wards.wake,
        on_trouble=here.watchdog.journal_trouble,
    )


def _images(house: House, record: Record, intake: Intake) -> ImageLine:
    dicom = house.configuration.dicom
    hospital = house.configuration.hospital.id or _only_hospital(record)
    images = ImageIntake(hospital, intake.quarantine, SystemClock(), on_patient=house.patient_words.know)
    return ImageLine(images, record, receiver_of(dicom) if dicom.receive else None)


def _senders(house: House, outbox: Outbox | None, suffix: str) -> list[AlarmSender]:
    if outbox is None:
        return []
    places = house.record.storage.files / "sinks"
    places.mkdir(exist_ok=True)
    return [AlarmSender(sink, kind, outbox, places / f"{sink.name}{suffix}.json") for sink, kind in house.sinks]


def _staff(wards: WardService, configuration: Configuration) -> None:
    nurses = configuration.hospital.nurses
    if nurses is not None:
        for ward in wards.wards():
            wards.on_duty(ward, nurses, configuration.hospital.per_nurse_hour)


def _only_hospital(record: Record) -> str:
    """Return the hospital that the record's patients are of, if that is one, else a name for this one."""
    hospitals = {patient.hospital for patient in record.patients()}
    return hospitals.pop() if len(hospitals) == 1 else _THIS_HOSPITAL


def _stays_of(record: Record) -> Stays:
    """Return who lies where, and lay where, as the record has it."""
    stays = Stays()
    for stay in record.encounters():
        stays.begin(stay.patient, Place(stay.ward, stay.bed), stay.start_us)
        if stay.end_us is not None:
            stays.end(stay.patient, stay.end_us)
    return stays


def _put_everybody_in_bed(wards: WardService, record: Record, is_here: Callable[[str], bool]) -> None:
    """Let the wards hold whoever the record says lies there: it may have been told more than the journal was."""
    now_us = SystemClock().now_us()
    everywhere = {stay.patient: stay for stay in record.encounters(at_us=now_us)}
    stays = {patient: stay for patient, stay in everywhere.items() if is_here(stay.ward)}
    gone = [occupant.patient for some in wards.wards().values() for occupant in some if occupant.patient not in stays]
    wards.discharge([Discharged(one, now_us, everywhere[one].ward if one in everywhere else "") for one in gone])
    left = {
        stay.patient: stay.ward
        for stay in record.encounters()
        if stay.patient in stays and stay.end_us == stays[stay.patient].start_us and not is_here(stay.ward)
    }
    wards.admit(
        [
            Admitted(stay.patient, stay.ward, stay.bed, stay.start_us, left.get(stay.patient, ""))
            for stay in stays.values()
        ]
    )
