"""Puts an installation together from its record, its policy and where its samples come from."""

from __future__ import annotations

from collections.abc import Sequence

from fyr.attention import Policy
from fyr.clock import Clock
from fyr.record import Finding, Observation, PatientId
from fyr.record.journal import Journal
from fyr.record.record import Record
from fyr.serve.accounts import LocalAccounts
from fyr.serve.credential_store import StoredAccounts, StoredSessions
from fyr.serve.installation import Installation
from fyr.serve.live import LiveChannel, LiveHub
from fyr.serve.local_validation import StoredValidations
from fyr.serve.machine_tokens import MachineTokens, StoredTokens
from fyr.serve.metrics import Metrics
from fyr.serve.notices import NoticeBoard
from fyr.serve.outbox import Outbox
from fyr.serve.outgoing_alarms import outgoing
from fyr.serve.sample_source import SampleSource
from fyr.serve.sessions import Sessions
from fyr.serve.snapshot_store import SnapshotStore
from fyr.serve.tiles import policy_name
from fyr.serve.ward_journal import WardJournal
from fyr.serve.ward_service import WardService
from fyr.serve.watchdog import Watchdog
from fyr.watch.arriving import DEFAULT_LATENESS_US
from fyr.watch.ranking import Ranker, RiskRanking

__all__ = ["assemble"]


def assemble(
    record: Record,
    *,
    policy: Policy,
    source: SampleSource,
    partition: str,
    clock: Clock,
    hospital: str,
    simulated: bool,
    host_names: frozenset[str],
    lateness_us: int = DEFAULT_LATENESS_US,
    ranker: Ranker | None = None,
    outbox: Outbox | None = None,
    journal: Journal | None = None,
    relayed: str | None = None,
    snapshot_every_us: int | None = None,
) -> Installation:
    """Return an installation whose ward is not opened yet.

    Parameters
    ----------
    record : Record
        Open on behalf of the software itself, which keeps observations and findings; people read on their own behalf.
    policy : Policy
    source : SampleSource
    partition : str
        The journal's partition of this ward.
    clock : Clock
        The ward's clock.
    hospital : str
        The title on every screen.
    simulated : bool
    host_names : frozenset of str
        The names that the server answers to.
    lateness_us : int
        How late a sample may come and still be taken: what is added to the delay of every alarm.
    ranker : Ranker, optional
        A model that knows no patient yet; its risk orders the equally urgent.
    outbox : Outbox, optional
        Takes the alarms that are to leave the house; without it none does.
    journal : Journal, optional
        Where the ward's entries are kept; the record's own by default.
    relayed : str, optional
        The partition in which another process puts what is for this ward.
    snapshot_every_us : int, optional
        How often the wards' state is kept; never by default.
    """

    def keep(observations: Sequence[Observation], findings: Sequence[Finding]) -> None:
        with record.importing(source=partition) as batch:
            batch.add_observations(observations)
            batch.add_findings(findings)

    def recall(patient: PatientId) -> tuple[Sequence[Observation], Sequence[Finding]]:
        return record.observations(patient), record.findings(patient)

    def channel(ward: str) -> LiveChannel:
        header = {
            "ward": ward,
            "title": ward,
            "hospital": hospital,
            "simulated": simulated,
            "policy": policy_name(policy),
        }
        return LiveChannel(wards.opened_us, clock, header, is_alive=lambda: wards.pulse().status == "ok")

    hub, metrics = LiveHub(channel), Metrics()
    snapshots = None if snapshot_every_us is None else SnapshotStore(record.storage.files / "snapshots", partition)
    wards = WardService(
        policy,
        WardJournal(journal or record.journal, partition, relayed),
        source,
        clock,
        attributes=record.attributes,
        recall=recall,
        lateness_us=lateness_us,
        ranking=None if ranker is None else RiskRanking(ranker),
        send=None if outbox is None else outgoing,
        outbox=outbox,
        snapshots=snapshots,
        snapshot_every_us=snapshot_every_us or 0,
        metrics=metrics,
        keep=keep,
        on_tiles=hub.offer,
    )
    board = NoticeBoard(record.journal, lambda notices: hub.notices([one.document() for one in notices]))
    watchdog = Watchdog(board, record.storage.files, wards.pulse, devices=lambda: wards.devices()[1])
    return Installation(
        record=record,
        wards=wards,
        hub=hub,
        identity=LocalAccounts(StoredAccounts(record.storage)),
        sessions=Sessions(StoredSessions(record.storage)),
        tokens=MachineTokens(StoredTokens(record.storage)),
        hospital=hospital,
        simulated=simulated,
        host_names=host_names,
        watchdog=watchdog,
        metrics=metrics,
        validations=StoredValidations(record.storage.files),
    )
