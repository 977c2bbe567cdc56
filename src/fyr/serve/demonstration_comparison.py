"""The demonstration's comparison of policies: made when somebody first asks for it, in a process of its own."""

from __future__ import annotations

import logging
import multiprocessing
import os
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from fyr.clock import MINUTE_US

if TYPE_CHECKING:
    from fyr.attention import Policy
    from fyr.record import Observation, PatientId
    from fyr.watch.evaluation.document import Comparison
    from fyr.watch.evaluation.running import Ran
    from fyr.watch.evaluation.ward_courses import WardCourses

__all__ = ["ComparisonMaker", "DemonstrationComparison", "make_demonstration_comparison"]

_LOG: Final = logging.getLogger("fyr.serve")

_NAME: Final = "demonstration"
_PATIENTS: Final = 40
_SEED: Final = 1
_POLICIES: Final = ("thresholds", "haahr2022", "news2-continuous", "fyr-ward")
_REFERENCE: Final = "thresholds"
_TITLE: Final = f"{_PATIENTS} simulated patients for a day"
_NOTE: Final = (
    f"Simulated patients (seed {_SEED}), watched for a day. Not real, and not fitted to "
    "real patients: it shows what the page does, not how good a policy is."
)
_RESPONSE_US: Final = 2 * MINUTE_US
_NICE: Final = 10


class ComparisonMaker(Protocol):
    """Makes a comparison while the server goes on."""

    def start(self) -> None:
        """Begin, unless it is there or begun."""
        ...

    def state(self) -> dict[str, Any]:
        """Return `state` (not begun, working, done, failed), `part` from 0 to 1, and `problem`."""
        ...


class DemonstrationComparison:
    """Makes the demonstration's comparison beside the live ward, at low priority.

    Parameters
    ----------
    files : Path
        Where the record keeps its files.
    """

    def __init__(self, files: Path) -> None:
        self._files = files
        self._lock = threading.Lock()
        self._part = 0.0
        self._working = False
        self._problem: str | None = None

    def start(self) -> None:
        """Begin, unless it is there or begun."""
        with self._lock:
            if self._working or self._is_there():
                return
            self._working, self._part, self._problem = True, 0.0, None
        threading.Thread(target=self._watch, name="demonstration comparison", daemon=True).start()

    def state(self) -> dict[str, Any]:
        """Return how far it is."""
        with self._lock:
            done = self._is_there()
            state = "done" if done else "working" if self._working else "failed" if self._problem else "not begun"
            return {"state": state, "part": 1.0 if done else self._part, "problem": None if done else self._problem}

    def _is_there(self) -> bool:
        from fyr.serve.comparison_store import ComparisonStore

        return _NAME in ComparisonStore(self._files)

    def _watch(self) -> None:
        # Not fork: the table library's threads, and the server's, do not survive it.
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=_work, args=(self._files, there), daemon=True)
        problem: str | None = "its process ended before it was done"
        try:
            process.start()
            there.close()
            while True:
                said = here.recv()
                if isinstance(said, float):
                    with self._lock:
                        self._part = said
                else:
                    problem = said or None
                    break
        except (EOFError, OSError):
            _LOG.warning("the demonstration's comparison was not finished")
        finally:
            here.close()
            process.join()
            with self._lock:
                self._working, self._problem = False, problem


def make_demonstration_comparison(files: Path, progress: Callable[[float], object] = lambda _: None) -> None:
    """Simulate patients, replay and judge every setting of every policy, and keep what came out.

    Parameters
    ----------
    files : Path
        Where the record keeps its files.
    progress : callable
        Takes which part is done, 0 to 1.
    """
    from fyr.attention import load_policy
    from fyr.attention.policy_file import policy_text
    from fyr.clock import SystemClock
    from fyr.exchange.sample_folder_columns import read_sample_columns
    from fyr.serve.comparison_store import ComparisonStore
    from fyr.serve.kept_comparison import keep_comparison
    from fyr.watch.evaluation.course import Event
    from fyr.watch.evaluation.document import compare
    from fyr.watch.evaluation.running import run_policies
    from fyr.watch.evaluation.sources import WardSource
    from fyr.watch.evaluation.strictness import FACTORS
    from fyr.watch.evaluation.sweep import sweep

    policies = {name: load_policy(name) for name in _POLICIES}
    runs = len(policies) * len(FACTORS) * _PATIENTS
    finished = 0

    def done(patients: int) -> None:
        nonlocal finished
        finished += patients
        progress(min(0.95, finished / runs))

    with tempfile.TemporaryDirectory(prefix="fyr-comparison-") as place:
        data = read_sample_columns(_simulated(Path(place) / "simulated"), hospital=None)
    source = WardSource(data.samples)
    observations: dict[PatientId, list[Observation]] = {patient: [] for patient in source.patients}
    for one in data.observations:
        observations.setdefault(one.patient, []).append(one)

    def ran(some: Sequence[Policy]) -> Ran:
        return run_policies(
            source,
            some,
            observations=data.observations,
            judged=list(policies.values()),
            assumed_response_us=_RESPONSE_US,
            workers=1,
            done=done,
        )

    first = ran(list(policies.values()))

    def judge(named: Mapping[str, Policy], said: Sequence[WardCourses]) -> Comparison:
        return compare(
            named,
            said,
            first.recordings,
            events=[Event(*row) for row in data.truth or ()],
            reference=first.courses[_POLICIES.index(_REFERENCE)],
            reference_name=f"the policy {_REFERENCE}",
            assumed_response_us=_RESPONSE_US,
        )

    comparison = judge(policies, first.courses)
    swept = sweep(policies, first.courses, run=lambda some: ran(some).courses, judge=judge)
    keep_comparison(
        ComparisonStore(files),
        _NAME,
        title=_TITLE,
        note=_NOTE,
        simulated=True,
        made_us=SystemClock().now_us(),
        texts={name: policy_text(name) for name in policies},
        assumed={},
        assumed_response_us=_RESPONSE_US,
        document={**comparison.document, "sweep": swept.document()},
        comparison=comparison,
        swept=swept,
        recording=lambda patient: (source.batch_of(patient), observations[patient]),
    )
    progress(1.0)


def _simulated(folder: Path) -> Path:
    """Write simulated patients, under a hospital's name that no live patient has."""
    from dataclasses import replace

    from fyr.clock import DAY_US, from_iso
    from fyr.exchange.sample_folder import write_sample_folder
    from fyr.record import PatientId
    from fyr.watch.simulation import SimulatedWard

    start_us = from_iso("2026-01-01T00:00:00Z")
    end_us = start_us + DAY_US
    ward = SimulatedWard(_PATIENTS, seed=_SEED, start_us=start_us, until_us=end_us, period_us=60_000_000)
    samples, observations = ward.advance(end_us - 1)

    def named(patient: PatientId) -> PatientId:
        return PatientId("simulated", patient.local)

    write_sample_folder(
        folder,
        samples=[replace(samples, patients=tuple(named(one) for one in samples.patients))],
        truth=[(named(patient), one.kind, one.onset_us, one.end_us) for patient, one in ward.truth],
        patients=[{"patient": str(named(stay.patient)), **about, **context} for stay, about, context in ward.patients],
        observations=[replace(one, patient=named(one.patient)) for one in observations],
        note=_NOTE,
    )
    return folder


def _work(files: Path, tell: Connection) -> None:
    """Be the process."""
    os.nice(_NICE)
    try:
        make_demonstration_comparison(files, tell.send)
    except Exception as problem:  # the server says it, whatever it was
        tell.send(f"{type(problem).__name__}: {problem}")
        raise
    tell.send("")
