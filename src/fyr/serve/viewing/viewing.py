"""The viewer's memory and hands: what was read stays for a while, and work is done beside the ward's event loop."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput, ServiceUnavailable
from fyr.exchange.dicom.dose import read_dose
from fyr.exchange.dicom.enhanced import ENHANCED
from fyr.exchange.dicom.head import Head
from fyr.exchange.dicom.plan import read_plan
from fyr.exchange.dicom.references import SetReferences, read_set_references
from fyr.exchange.dicom.slice_stack import SliceStack, open_stack
from fyr.exchange.dicom.structure_set import read_structure_set
from fyr.imaging.structure_set import Contour, Structure, StructureSet
from fyr.imaging.structure_shape import structure_shape
from fyr.imaging.treatment_plan import TreatmentPlan
from fyr.imaging.volume import DoseGrid
from fyr.record import PatientId
from fyr.record.object_store import verified_bytes
from fyr.record.record import Record
from fyr.serve.problems import NotFound
from fyr.serve.viewing.found import Found, FoundObject, PictureFiles, find, short_digest
from fyr.serve.viewing.kept import Kept
from fyr.serve.viewing.views import DoseFacts, Known, View, facts_of, views_of

__all__ = ["OPENED_AT_MOST", "PatientImaging", "Viewing"]

P = ParamSpec("P")
T = TypeVar("T")

_MOST_BYTES: Final = 768 << 20
_THREADS: Final = 4
_OBJECT_BYTES: Final = 2 << 10
_LOW_PRIORITY: Final = 5
OPENED_AT_MOST: Final = 1500
"""Slices of a patient up to which all series are opened as soon as their heads are read: half a millisecond each."""


@dataclass(frozen=True, slots=True, eq=False)
class PatientImaging:
    """What a patient has to be seen, and how it belongs together.

    Parameters
    ----------
    found : Found
    known : Known
    views : tuple of View
    refused : dict of str to BadInput
        By the object's SHA-256.
    """

    found: Found
    known: Known
    views: tuple[View, ...]
    refused: dict[str, BadInput]

    def view(self, name: str) -> View:
        """Return the view of a name; :class:`NotFound` if there is none."""
        for one in self.views:
            if one.id == name:
                return one
        raise NotFound(f"there is no view '{name[:64]}'", mend="see GET …/imaging: what is there may have changed")

    def picture(self, name: str) -> PictureFiles:
        """Return the series of a name; :class:`NotFound` if there is none."""
        for one in self.found.pictures:
            if one.id == name:
                return one
        raise NotFound(f"there is no volume '{name[:64]}'", mend="see GET …/imaging: what is there may have changed")

    def dose(self, name: str) -> FoundObject:
        """Return the dose of a name; :class:`NotFound` if there is none."""
        for one in self.found.doses:
            if one.id == name:
                return one
        raise NotFound(f"there is no dose '{name[:64]}'", mend="see GET …/imaging: what is there may have changed")


class Viewing:
    """Reads, keeps and computes what the viewer shows.

    What is light (a slice, an outline) is done in a few threads of its own, so that no request for a ward waits behind
    it; what is heavy (histograms) in a process of its own with a lower priority, which cannot hold this one's lock.

    Parameters
    ----------
    most_bytes : int
        Room for all that is kept.
    processes : int, optional
        For heavy work; one less than there are processors by default, at most four. With 0 the threads do it.
    """

    def __init__(self, most_bytes: int = _MOST_BYTES, processes: int | None = None) -> None:
        self.kept: Final = Kept(most_bytes)
        self._processes = max(1, min(4, (os.cpu_count() or 2) - 1)) if processes is None else processes
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="fyr-viewing")
        self._pool: ProcessPoolExecutor | None = None
        self._lock = threading.Lock()
        self._is_prepared = False

    def close(self) -> None:
        """Stop the threads and processes; what they were asked and had not begun is not done."""
        with self._lock:
            pool, self._pool, self._processes = self._pool, None, 0
        if pool is not None:
            # What they read is kept whole or not at all: nothing is lost when they end at once.
            for process in list((getattr(pool, "_processes", None) or {}).values()):
                process.terminate()
            pool.shutdown(wait=True, cancel_futures=True)
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do work in a thread, and wait for it without holding the event loop."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: work(*args, **kwargs))

    def begin(self, work: Callable[[], object]) -> None:
        """Do work in a thread some time, for nobody who waits; if it fails, whoever asks for it next is told why."""
        self._threads.submit(work)

    def compute(self, work: Callable[..., T], *args: Any) -> T:
        """Do heavy work in a process of its own, and wait for it; to be called in one of the threads.

        Parameters
        ----------
        work : callable
            Of a module, so that the other process finds it by its name.

        Raises
        ------
        ServiceUnavailable
            If the process ended.
        """
        pool = self._heavy()
        if pool is None:
            return work(*args)
        try:
            return pool.submit(work, *args).result()
        except BrokenProcessPool:
            with self._lock:
                self._pool = None
            raise ServiceUnavailable(
                "the process that computes for the viewer ended", mend="try again; if it ends again, see the log"
            ) from None

    def prepare(self) -> None:
        """Begin to load, once, what reading and drawing a plan takes: somebody is about to look at one."""
        with self._lock:
            is_first, self._is_prepared = not self._is_prepared, True
        if is_first:
            self.begin(_load)

    def prepare_quietly(self, record: Record) -> None:
        """Do as :meth:`prepare` where the record has any images, behind everything else that the server does.

        It takes half a second of processor time, which whoever opens the first plan need not wait for. What reads
        DICOM is imported before this returns: two threads that import a package and a part of it at once leave both
        half made.
        """
        import pydicom  # noqa: F401

        def work() -> None:
            if hasattr(os, "setpriority"):
                with suppress(OSError):
                    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LOW_PRIORITY)  # of this thread alone
            with self._lock:
                is_first, self._is_prepared = not self._is_prepared, True
            if is_first:
                _load()

        if record.has_instances():
            threading.Thread(target=work, name="fyr-viewing-prepare", daemon=True).start()

    def warm(self) -> None:
        """Start the process for heavy work, if it does not run, so that the first who needs it does not wait."""
        if self._pool is None:
            pool = self._heavy()
            if pool is not None:
                pool.submit(_import)

    def _heavy(self) -> ProcessPoolExecutor | None:
        with self._lock:
            if self._pool is None and self._processes:
                context = multiprocessing.get_context("spawn")
                self._pool = ProcessPoolExecutor(self._processes, mp_context=context, initializer=_lower_priority)
            return self._pool

    def imaging(self, record: Record, patient: PatientId) -> PatientImaging:
        """Return what a patient has to be seen; the record notes that it was asked."""
        objects = record.objects(patient)
        key = ("imaging", short_digest(*sorted({one.sha256 for one in objects})))

        def make() -> PatientImaging:
            heads: dict[Path, Head] = {}
            found = find(objects, record.storage.files, heads)
            if found.slices <= OPENED_AT_MOST:
                self._open(found.pictures, heads)
            refused = dict(found.refused)
            sets: dict[str, SetReferences] = _read_all(found.structure_sets, self._references, refused)
            doses: dict[str, DoseFacts] = _read_all(found.doses, lambda one: facts_of(self.dose(one)), refused)
            plans: dict[str, TreatmentPlan] = _read_all(found.plans, self.plan, refused)
            known = Known(sets, doses, plans)
            return PatientImaging(found, known, tuple(views_of(found, known)), refused)

        return self.kept.get(key, make, lambda _: _OBJECT_BYTES * (1 + len(objects)))

    def _open(self, pictures: Sequence[PictureFiles], heads: Mapping[Path, Head]) -> None:
        """Find where slices lie while their heads are at hand."""
        for one in pictures:
            if one.first.kind not in ENHANCED:
                with suppress(BadInput):  # is told to whoever asks for it
                    self.stack(one, heads)

    def stack(self, picture: PictureFiles, heads: Mapping[Path, Head] | None = None) -> SliceStack:
        """Return where the slices of a series lie; `heads` are those that were read already."""

        def make() -> SliceStack:
            if picture.first.kind in ENHANCED:  # is read as a whole, now
                verified_bytes(picture.first.path, picture.objects[0].sha256)
            return open_stack([one.head.path for one in picture.objects], heads)

        return self.kept.get(("stack", picture.id), make, lambda stack: stack.nbytes)

    def plane(self, picture: PictureFiles, place: int) -> NDArray[np.int16]:
        """Return the coded values of a slice, checked against its digest."""
        stack = self.stack(picture)

        def make() -> NDArray[np.int16]:
            path = stack.path(place)
            return stack.coded(place, None if path is None else _checked(picture, path))

        return self.kept.get(("plane", picture.id, place), make, lambda plane: plane.nbytes)

    def structure_set(self, one: FoundObject) -> StructureSet:
        """Return a structure set with its contours."""
        return self.kept.get(("set", one.sha256), lambda: _read(one, read_structure_set), _set_bytes)

    def dose(self, one: FoundObject) -> DoseGrid:
        """Return a dose."""
        return self.kept.get(("dose", one.sha256), lambda: _read(one, read_dose), lambda dose: dose.dose_gy.nbytes)

    def plan(self, one: FoundObject) -> TreatmentPlan:
        """Return a plan."""
        return self.kept.get(("plan", one.sha256), lambda: _read(one, read_plan), lambda _: one.head.size)

    def _references(self, one: FoundObject) -> SetReferences:
        return self.kept.get(
            ("references", one.sha256), lambda: _read(one, read_set_references), lambda _: _OBJECT_BYTES
        )


def _read(one: FoundObject, read: Callable[[Path], T]) -> T:
    verified_bytes(one.head.path, one.sha256)
    try:
        return read(one.head.path)
    except BadInput as problem:
        raise BadInput(problem.what, where=_named(one, problem), mend=problem.mend) from problem


def _named(one: FoundObject, problem: BadInput) -> str:
    """Return where something is wrong, without the path of the record's folder."""
    inner = problem.where.removeprefix(str(one.head.path)).removeprefix(": ")
    return f"{one.head.modality} object {one.sha256[:12]}{': ' if inner else ''}{inner}"


def _read_all(some: list[FoundObject], read: Callable[[FoundObject], T], refused: dict[str, BadInput]) -> dict[str, T]:
    answers: dict[str, T] = {}
    for one in some:
        try:
            answers[one.sha256] = read(one)
        except BadInput as problem:
            refused[one.sha256] = problem
    return answers


def _checked(picture: PictureFiles, path: Path) -> bytes:
    sha256 = picture.digests.get(path)
    if sha256 is None:
        raise BadInput("a slice is of no object that is known", where=path.name)
    return verified_bytes(path, sha256)


def _set_bytes(drawn: StructureSet) -> int:
    return sum(600 + contour.points_mm.nbytes for one in drawn.structures for contour in one.contours)


def _lower_priority() -> None:
    os.nice(_LOW_PRIORITY)
    threading.Thread(target=_end_with_server, daemon=True).start()


def _end_with_server() -> None:
    """End when the server does, however it ends: what was killed cannot say goodbye."""
    server = multiprocessing.parent_process()
    if server is not None:
        server.join()
        os._exit(0)


def _load() -> None:
    """Read nothing, and outline a small cube: imports what reads, and loads compiled code."""
    import pydicom  # noqa: F401

    square = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0]])
    contours = tuple(Contour(np.column_stack([square, np.full(4, z)])) for z in (0.0, 2.0, 4.0))
    structure_shape(Structure(1, "cube", contours)).outlines(1, 2.0)


def _import() -> None:
    from fyr.treat import dvh  # noqa: F401
