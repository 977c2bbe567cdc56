"""A study over hospitals is killed at random instants, and must end with the same bytes as one that never was.

Every hospital and the coordinator is a process of its own; letters are files. In each run one process, or all of them
at once, is killed with SIGKILL at an instant drawn from the length of a whole run, and begun again. The run must
finish, and its result and transcript must be those of the run that nobody killed. Letters are lost too, one in twenty.

Peer: Flower 1.41 on the same task (four SuperNodes, TLS, state of the SuperLink in SQLite). Its SuperLink was killed
with SIGKILL once, in round 3: the nodes came back, and the run ended as ``finished:failed`` (no heartbeat). It is not
run here: a trial takes it minutes.

Run: ``python benchmarks/federated_kills.py [--kills 200]`` (or ``FYR_KILLS=200``); the hospitals are those of the heart
disease data where ``FYR_DATA`` has them, and drawn ones elsewhere.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # a process that forks has one thread

import argparse
import hashlib
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fyr.learn.federation.append_log import read_log
from fyr.learn.federation.coordinator import conduct
from fyr.learn.federation.in_process_study import conduct_in_process
from fyr.learn.federation.round_journal import RoundJournal
from fyr.learn.federation.site import Site
from fyr.learn.federation.site_journal import SiteJournal
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.study import Study

COLUMNS = ("age", "sex", "cp", "trestbps", "chol", "fbs", "restecg", "thalach", "exang", "oldpeak")
HOSPITALS = ("cleveland", "hungarian", "switzerland", "va")
LOST = 0.05
JOURNAL = "coordinator.journal"
POLL_S = 0.001


def heart() -> dict[str, SiteTable]:
    """Return the four hospitals of the heart disease data: those of their columns that most rows have."""
    folder = Path(os.environ["FYR_DATA"]) / "learn" / "fed_heart_disease"
    tables = {}
    for name in HOSPITALS:
        lines = [line.split(",") for line in (folder / f"processed.{name}.data").read_text().split()]
        cells = np.array([[np.nan if one == "?" else float(one) for one in line] for line in lines])
        columns = {column: cells[:, at] for at, column in enumerate(COLUMNS)}
        tables[name] = SiteTable(name, {**columns, "sick": (cells[:, 13] > 0).astype(np.float64)})
    return tables


def drawn() -> dict[str, SiteTable]:
    """Return hospitals with rows that are drawn."""
    draw = np.random.default_rng(11)
    tables = {}
    for name in HOSPITALS:
        columns = {column: draw.normal(size=80) for column in COLUMNS}
        chance = 1 / (1 + np.exp(-columns["age"] + columns["cp"]))
        tables[name] = SiteTable(name, {**columns, "sick": (draw.random(80) < chance).astype(np.float64)})
    return tables


def study_of(tables: Mapping[str, SiteTable]) -> Study:
    """Return the study: a ridge logistic regression of ten columns."""
    options = {"features": list(COLUMNS), "outcome": "sick", "l2": 0.1}
    return Study("kills", "logistic", tuple(tables), options)


def key_of(name: str) -> Ed25519PrivateKey:
    """Return a party's key, the same in every process."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


class Letters:
    """A box of letters in a folder; whoever puts one in may die at any instant, and so may whoever takes it out."""

    def __init__(self, folder: Path, lost: float) -> None:
        self._folder, self._lost = folder, lost
        self._draw = np.random.default_rng()
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, letter: bytes) -> None:
        """Put a letter in, or lose it."""
        if self._draw.random() < self._lost:
            return
        name = f"{time.monotonic_ns():020d}-{os.getpid()}"
        (self._folder / f"{name}.new").write_bytes(letter)
        (self._folder / f"{name}.new").rename(self._folder / f"{name}.letter")

    def look(self) -> list[Path]:
        """Return the letters that lie there."""
        return sorted(self._folder.glob("*.letter"))


class Post:
    """The coordinator's side of the boxes."""

    def __init__(self, folder: Path, sites: tuple[str, ...], lost: float) -> None:
        self._to = {site: Letters(folder / "to" / site, lost) for site in sites}
        self._back = Letters(folder / "back", 0)

    def send(self, site: str, message: bytes) -> None:
        """Put a letter into a site's box."""
        self._to[site].put(message)

    def receive(self, wait_s: float) -> list[bytes]:
        """Take the letters out that have come."""
        end = time.monotonic() + wait_s
        while True:
            come = []
            for path in self._back.look():
                come.append(path.read_bytes())
                path.unlink()
            if come or time.monotonic() >= end:
                return come
            time.sleep(POLL_S)

    def close(self) -> None:
        """Do nothing."""


def be_a_site(folder: Path, study: Study, table: SiteTable) -> None:
    """Answer until killed."""
    name = table.site
    mine, back = Letters(folder / "to" / name, 0), Letters(folder / "back", LOST)
    journal = SiteJournal(folder / f"{name}.journal", study.digest, name)
    site = Site(table, study, key_of(name), key_of("coordinator").public_key(), journal=journal)
    while True:
        for path in mine.look():
            answer = site.handle(path.read_bytes())
            if answer is not None:
                back.put(answer)
            path.unlink()
        time.sleep(POLL_S)


def be_the_coordinator(folder: Path, study: Study) -> None:
    """Conduct the study, from where its journal ends."""
    journal = RoundJournal(folder / JOURNAL, study)
    keys = {site: key_of(site).public_key() for site in study.sites}
    post = Post(folder, study.sites, LOST)
    conduct(study, post, key_of("coordinator"), keys, wait_s=60, again_s=0.05, journal=journal)


def forked(work: Callable[[], None]) -> int:
    """Begin a process and return its id."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        work()
        code = 0
    except BaseException as problem:  # noqa: BLE001  a child must not go on as its parent
        print(f"{type(problem).__name__}: {problem}", file=sys.stderr, flush=True)
    finally:
        os._exit(code)


def ended(folder: Path) -> tuple[bytes, str]:
    """Return result and transcript, from the journal on the disk."""
    (last,) = [one for one in read_log(folder / JOURNAL) if one["kind"] == "result"]
    return last["result"].tobytes(), last["transcript"]


class Hospitals:
    """The processes of one run."""

    def __init__(self, folder: Path, study: Study, tables: Mapping[str, SiteTable]) -> None:
        self._works: dict[str, Callable[[], None]] = {
            name: lambda table=table: be_a_site(folder, study, table)  # type: ignore[misc]
            for name, table in tables.items()
        }
        self._works["coordinator"] = lambda: be_the_coordinator(folder, study)
        self.running = {name: forked(work) for name, work in self._works.items()}

    def finished(self) -> bool:
        """Return whether the coordinator has ended."""
        child, status = os.waitpid(self.running["coordinator"], os.WNOHANG)
        if child and os.waitstatus_to_exitcode(status):
            raise SystemExit("the coordinator failed before anybody was killed")
        return child != 0

    def kill(self, name: str) -> None:
        """Kill a process; one that had ended by itself is a failure."""
        os.kill(self.running[name], signal.SIGKILL)
        _, status = os.waitpid(self.running.pop(name), 0)
        if not os.WIFSIGNALED(status) and name != "coordinator":
            raise SystemExit(f"{name} ended by itself")

    def end(self) -> None:
        """Kill the sites."""
        for name in [one for one in self.running if one != "coordinator"]:
            self.kill(name)

    def begin(self, name: str) -> None:
        """Begin a process."""
        self.running[name] = forked(self._works[name])

    def wait(self) -> int:
        """Wait for the coordinator; return its exit code."""
        code = os.waitstatus_to_exitcode(os.waitpid(self.running.pop("coordinator"), 0)[1])
        self.end()
        return code


def whole_run(folder: Path, study: Study, tables: Mapping[str, SiteTable]) -> float:
    """Run without a kill; return how long it took, in seconds."""
    begun = time.monotonic()
    if Hospitals(folder, study, tables).wait():
        raise SystemExit("the run that nobody killed failed")
    return time.monotonic() - begun


def killed_run(folder: Path, study: Study, tables: Mapping[str, SiteTable], who: str, after_s: float) -> bool | None:
    """Run with a kill; return whether it finished, None where it had finished before."""
    hospitals = Hospitals(folder, study, tables)
    time.sleep(after_s)
    if hospitals.finished():
        hospitals.end()
        return None
    victims = list(hospitals.running) if who == "all" else [who]
    for name in victims:
        hospitals.kill(name)
    for name in victims:
        hospitals.begin(name)
    return hospitals.wait() == 0


def kills(count: int, tables: Mapping[str, SiteTable], folder: Path, seed: int = 1) -> dict[str, Counter[str]]:
    """Kill `count` runs; return by outcome how often each victim had it."""
    study, draw = study_of(tables), np.random.default_rng(seed)
    conduct_in_process(study, tables)  # so that a process, when it is forked, has everything loaded
    lengths = [whole_run(folder / f"whole-{number}", study, tables) for number in range(3)]
    wanted = ended(folder / "whole-0")
    victims = [*tables, "coordinator", "coordinator", "all"]
    found: dict[str, Counter[str]] = {"identical": Counter(), "different": Counter(), "unfinished": Counter()}
    number = 0
    while sum(map(Counter.total, found.values())) < count:
        number += 1
        here, who = folder / f"run-{number}", victims[int(draw.integers(len(victims)))]
        finished = killed_run(here, study, tables, who, float(draw.uniform(0, np.median(lengths))))
        if finished is None:
            continue
        same = finished and ended(here) == wanted
        found["identical" if same else "different" if finished else "unfinished"][who] += 1
    return found


def main() -> None:
    """Print how many runs ended as if nothing had happened."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--kills", type=int, default=int(os.environ.get("FYR_KILLS", "200")))
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    real = "FYR_DATA" in os.environ
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        found = kills(asked.kills, heart() if real else drawn(), Path(folder), asked.seed)
    done = found["identical"].total()
    print(f"{'heart disease data' if real else 'drawn rows'}, {len(HOSPITALS)} hospitals, one SIGKILL a run")
    for outcome, victims in found.items():
        named = ", ".join(f"{who} {count}" for who, count in sorted(victims.items()))
        print(f"{outcome:>11}: {victims.total():4d}  {named}")
    print(f"fyr: {done} of {asked.kills} runs ended bit-identical ({time.monotonic() - begun:.0f} s)")
    print("peer: Flower 1.41, SuperLink killed once in round 3: 0 of 1 (finished:failed, no heartbeat)")
    if done < asked.kills:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
