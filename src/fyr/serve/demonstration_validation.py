"""The demonstration's validations: models on open cohorts of real patients, where those were fetched before.

Each is made by the command that a person would type, in a process of its own beside the live ward.
"""

from __future__ import annotations

import atexit
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from fyr.exchange.samples import SAMPLES, SampleCache
from fyr.learn.validation_store import ValidationStore
from fyr.serve.kept_validation import sample_of

__all__ = ["STEPS", "DemonstrationValidations", "Step", "ValidationMaker"]

_LOG: Final = logging.getLogger("fyr.serve")
_NICE: Final = 10
_RESAMPLES: Final = "300"


class ValidationMaker(Protocol):
    """Validates models while the server goes on."""

    def start(self) -> object:
        """Begin."""
        ...

    def state(self) -> dict[str, Any]:
        """Return `state` (not begun, working, done, failed), how many are `done` `of` how many, and what was `said`."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """One validation.

    Parameters
    ----------
    sample : str
        The open cohort.
    model : str
        The name on the model's card.
    validate : tuple of str
        What goes after ``fyr learn validate MODEL``, without cohort and mapping.
    train : tuple of str
        What goes after ``fyr learn train``, where the model is trained first: on the rows that the mapping does not
        hold out, and judged on those that it does.
    """

    sample: str
    model: str
    validate: tuple[str, ...] = ()
    train: tuple[str, ...] = ()


STEPS: Final = (
    Step("gbsg2", "npi", ("--rows", "all", "--horizon", "5y")),
    Step("gbsg2", "gbsg2-recurrence", ("--horizon", "5y"), ("--horizon", "5y", "--learner", "cox", "--rival", "npi")),
    Step("wdbc", "wdbc-malignancy", (), ("--learner", "logistic")),
)
"""What is judged: a published index on the only sample that has its inputs, and two models that are trained here."""


class DemonstrationValidations:
    """Judges models on the samples that are here, at low priority, each once.

    Parameters
    ----------
    files : Path
        Where the record keeps its files: the demonstration's folder.
    cache : SampleCache
        Nothing is fetched into it.
    steps : sequence of Step
    run : callable, optional
        Runs a ``fyr`` command and returns what it said on its last line if it failed, else ``""``.
    """

    def __init__(
        self,
        files: Path,
        cache: SampleCache,
        *,
        steps: Sequence[Step] = STEPS,
        run: Callable[[Sequence[str]], str] | None = None,
    ) -> None:
        self._files = files
        self._cache = cache
        self._steps = steps
        self._run = run or _run
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._done = 0
        self._said: list[str] = []
        self._failed = False

    def start(self) -> threading.Thread:
        """Begin, in a thread that is returned."""
        self._thread = threading.Thread(target=self._work, name="demonstration validations", daemon=True)
        self._thread.start()
        return self._thread

    def state(self) -> dict[str, Any]:
        """Return how far it is, and what was left out."""
        with self._lock:
            done, said, failed = self._done, list(self._said), self._failed
        working = self._thread is not None and self._thread.is_alive()
        state = "not begun" if self._thread is None else "working" if working else "failed" if failed else "done"
        return {"state": state, "done": done, "of": len(self._steps), "said": said}

    def _work(self) -> None:
        absent: list[str] = []
        for step in self._steps:
            if not self._cache.has(SAMPLES[step.sample]):
                absent.append(step.sample)
            elif not self._is_kept(step):
                self._judge(step)
            with self._lock:
                self._done += 1
        if absent:
            names = " ".join(dict.fromkeys(absent))
            words = (
                f"{names} not here: nothing was judged on it; fetch it with `fyr samples fetch {names}`, start again"
            )
            with self._lock:
                self._said.append(words)

    def _judge(self, step: Step) -> None:
        sample = SAMPLES[step.sample]
        table, mapping = self._cache.table(sample), self._cache.mapping(sample)
        on = ["--cohort", str(table), "--mapping", str(mapping), "--resamples", _RESAMPLES, "--home", str(self._files)]
        folder = self._files / "models" / step.model
        problem = ""
        if step.train and not folder.exists():
            named = ["--name", step.model, "--output", str(folder), "--credit", sample.citation]
            problem = self._run(["learn", "train", *step.train, *named, *on])
        if not problem:
            model = str(folder) if step.train else step.model
            problem = self._run(["learn", "validate", model, *step.validate, *on, "--keep"])
        if problem:
            _LOG.warning("the demonstration could not judge %s on %s: %s", step.model, step.sample, problem)
            with self._lock:
                self._failed = True
                self._said.append(f"{step.model} on {step.sample}: {problem}")

    def _is_kept(self, step: Step) -> bool:
        kept = ValidationStore(self._files).all()
        return any(one.model["name"] == step.model and sample_of(one.document) == step.sample for one in kept)


def _run(arguments: Sequence[str]) -> str:
    """Run a command in a process that ends with this one."""
    command = [sys.executable, "-m", "fyr.cli", *arguments]
    process = subprocess.Popen(  # noqa: S603  every word of it is ours
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    atexit.register(process.kill)
    try:
        os.setpriority(os.PRIO_PROCESS, process.pid, _NICE)
        _, said = process.communicate()
    finally:
        atexit.unregister(process.kill)
    lines = [line for line in said.splitlines() if line.strip()]
    return "" if process.returncode == 0 else (lines or [f"exit code {process.returncode}"])[-1].removeprefix("fyr: ")
