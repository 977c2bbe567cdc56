"""The demonstration hospital: simulated patients on one ward, an account for each role, a clock that may run fast."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import orjson

from fyr.attention import load_policy
from fyr.clock import HOUR_US, SECOND_US, SystemClock
from fyr.errors import BadInput
from fyr.exchange.samples import SampleCache
from fyr.exchange.samples.cache import default_cache
from fyr.record import Access, Observation, Status
from fyr.record.record import Record
from fyr.serve.accounts import LocalAccounts
from fyr.serve.configuration import ExposureSettings
from fyr.serve.credential_store import StoredAccounts
from fyr.serve.demonstration_cancer import keep_cancer_patients
from fyr.serve.demonstration_comparison import DemonstrationComparison
from fyr.serve.demonstration_exposures import SAMPLE_LEVELS, keep_dose_reports, keep_simulated_hearing
from fyr.serve.demonstration_plans import keep_open_samples, open_patients
from fyr.serve.demonstration_validation import DemonstrationValidations
from fyr.serve.installation import Installation
from fyr.serve.only_server import only_server
from fyr.serve.opening import assemble
from fyr.serve.passwords import random_password
from fyr.serve.permissions import Role
from fyr.serve.replay_check import Replay
from fyr.serve.ward_clock import WardClock
from fyr.serve.ward_inputs import Admitted
from fyr.watch.risk.live import LiveRisk
from fyr.watch.risk.trained import EARLY_WARNING_ICU
from fyr.watch.simulation import SimulatedWard

__all__ = ["DEFAULT_HOME", "Plan", "demonstration_accounts", "erase", "is_demonstration", "open_demonstration"]

DEFAULT_HOME: Final = Path(".fyr-demo")
_HOSPITAL: Final = "Demonstration hospital"
_HOSPITAL_ID: Final = "demo"
_WARD: Final = "7A"
_POLICY: Final = "ward-demonstration"
_PLAN: Final = "demonstration.json"
_COPD: Final = "snomed:13645005"
_PAST_HOURS: Final = 5.0
_LEFT_ALONE_US: Final = 6 * HOUR_US
_ARRANGED_US: Final = 12 * HOUR_US
_NURSES: Final = 4
"""Six beds to a nurse, on 24: our own choice. With what one can take in an hour by default, the ward can take 24."""

_CALM: Final = 0.25
"""A quarter of the published sensor loss: somebody's sensor is always lost, but not everybody's."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the simulation follows from: the same plan gives the same patients and the same course.

    Parameters
    ----------
    beds, seed : int
    start_us : int
        When the simulated patients came.
    live_us : int
        Around when the first deteriorations are arranged.
    """

    beds: int
    seed: int
    start_us: int
    live_us: int

    @property
    def partition(self) -> str:
        """The journal's partition of this course."""
        return f"ward/demonstration/{self.start_us}"

    def ward(self) -> SimulatedWard:
        """Return the simulated ward at its beginning."""
        return SimulatedWard(
            self.beds,
            seed=self.seed,
            start_us=self.start_us,
            live_us=self.live_us,
            loss_scale=_CALM,
            ward=_WARD,
        )


def open_demonstration(
    home: Path,
    record: Record,
    *,
    beds: int | None = None,
    seed: int | None = None,
    hours: float = _PAST_HOURS,
    speed: float = 1.0,
    nurses: int | None = None,
    host_names: frozenset[str] = frozenset(),
    progress: Callable[[float], None] = lambda _: None,
) -> tuple[Installation, Replay]:
    """Open the demonstration in `home` as it was left, or begin a new course, and bring it up to the present.

    Parameters
    ----------
    home : Path
    record : Record
        Open in that home.
    beds, seed : int, optional
        Of a new demonstration; 24 beds by default. One that is here already keeps its own.
    hours : float
        How much of its past a new course has.
    speed : float
        How many times as fast as the machine's clock the ward's time runs.
    nurses : int, optional
        How many are on duty, by which the ward's alarm budget goes; as they were left, four on a new ward.
    host_names : frozenset of str
        The names that the server answers to.
    progress : callable
        Takes which part of the time to catch up has been caught up, 0 to 1.

    Raises
    ------
    BadInput
        If the home holds another hospital's record, or a demonstration with other beds or another seed.
    """
    wall_us = SystemClock().now_us() // SECOND_US * SECOND_US
    house = record.on_behalf_of(Access("fyr demo", "software", "care"))
    plan = _plan(home, house, beds, seed, wall_us, int(hours * HOUR_US))
    source = plan.ward()
    _keep_patients(house, source)
    clock = WardClock()
    here = assemble(
        house,
        policy=load_policy(_POLICY),
        source=source,
        partition=plan.partition,
        clock=clock,
        hospital=_HOSPITAL,
        simulated=True,
        host_names=host_names,
        ranker=LiveRisk(EARLY_WARNING_ICU),
    )
    files = record.storage.files
    cache = SampleCache(default_cache(os.environ))
    keep_open_samples(house, _HOSPITAL_ID, cache)
    keep_dose_reports(house, cache)
    here = replace(
        here,
        comparison_maker=DemonstrationComparison(files),
        validation_maker=DemonstrationValidations(files, cache),
        open_patients=open_patients(house),
        exposures=ExposureSettings(SAMPLE_LEVELS),
    )
    replay = here.wards.open()
    here.wards.admit([Admitted(stay.patient, stay.ward, stay.bed, stay.start_us) for stay, _, _ in source.patients])
    if nurses is not None or here.wards.budget(_WARD) is None:
        here.wards.on_duty(_WARD, _NURSES if nurses is None else nurses)
    begun_us = here.wards.now_us
    if begun_us > plan.start_us:
        source.advance(begun_us)  # what came before is in the journal already
    present_us = max(wall_us, begun_us)
    here.wards.catch_up(present_us, progress=lambda now_us: progress((now_us - begun_us) / (present_us - begun_us)))
    clock.set_off(present_us, speed)
    return here, replay


def demonstration_accounts(record: Record, *, new_passwords: bool = False) -> dict[str, str]:
    """Make an account for each role where there is none, and return the passwords that were made, by name.

    Parameters
    ----------
    record : Record
    new_passwords : bool
        Whether accounts that are there already get a new password too.
    """
    accounts = LocalAccounts(StoredAccounts(record.storage))
    known = {account.name for account in accounts.all()}
    made: dict[str, str] = {}
    for role in Role:
        name, password = role.value, random_password()
        if name not in known:
            accounts.add(name, password, role, f"{role.value.capitalize()} (demonstration)")
        elif new_passwords:
            accounts.set_password(name, password)
        else:
            continue
        made[name] = password
    return made


def is_demonstration(home: Path) -> bool:
    """Return whether the folder holds a demonstration and not a hospital."""
    return (home / _PLAN).is_file()


def erase(home: Path) -> None:
    """Remove a demonstration, accounts and all.

    Raises
    ------
    BadInput
        If the folder holds anything but a demonstration; nothing is removed then.
    ServiceUnavailable
        If it is being served.
    """
    if not home.exists():
        return
    if not is_demonstration(home):
        if any(home.iterdir()):
            raise BadInput(
                "this folder holds no demonstration, so it is not erased", where=str(home), mend="name another --home"
            )
        return
    with only_server(home):
        shutil.rmtree(home)


def _plan(home: Path, record: Record, beds: int | None, seed: int | None, wall_us: int, past_us: int) -> Plan:
    """Return the plan that was left here while it is still worth going on with, else keep a fresh one."""
    path = home / _PLAN
    fresh = Plan(beds or 24, 7 if seed is None else seed, wall_us - past_us, wall_us)
    if path.is_file():
        left = Plan(**orjson.loads(path.read_bytes()))
        if beds not in (None, left.beds) or seed not in (None, left.seed):
            what = f"the demonstration here has {left.beds} beds and seed {left.seed}"
            raise BadInput(what, where=str(home), mend="add --fresh to erase it, or leave --beds and --seed out")
        if _is_worth_going_on_with(record, left, wall_us):
            return left
        fresh = Plan(left.beds, left.seed, fresh.start_us, fresh.live_us)
    elif record.patients():
        raise BadInput("this folder holds a hospital's record", where=str(home), mend="name another --home")
    new = path.with_suffix(".new")
    new.write_bytes(orjson.dumps(asdict(fresh)))
    new.replace(path)
    return fresh


def _is_worth_going_on_with(record: Record, left: Plan, wall_us: int) -> bool:
    """Whether its course still has arranged deteriorations, and it was not left alone for long."""
    end = record.journal.end(left.partition)
    last = next(iter(record.journal.read(left.partition, from_offset=end - 1, limit=1)), None) if end else None
    return last is not None and wall_us - last.time_us < _LEFT_ALONE_US and wall_us - left.live_us < _ARRANGED_US


def _keep_patients(record: Record, source: SimulatedWard) -> None:
    with record.importing(source="simulation") as batch:
        for stay, attributes, context in source.patients:
            batch.add_patient(stay.patient, attributes=attributes)
            batch.add_encounter(stay)
            if context.get("copd"):
                copd = Observation(stay.patient, _COPD, stay.start_us, True, None, Status.PRESENT, "simulation")
                batch.add_observations([copd])
    keep_cancer_patients(record, _HOSPITAL_ID)
    keep_simulated_hearing(record, _HOSPITAL_ID)
