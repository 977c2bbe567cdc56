"""A resident process that decodes JPEG frames: whatever a damaged one does to it, this process goes on."""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import importlib.util
import os
import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Final, NamedTuple

from fyr.errors import ServiceUnavailable
from fyr.exchange.dicom import jpeg_child
from fyr.exchange.dicom.jpeg_child import READY, REPLY, REQUEST

__all__ = ["PROCESS", "GaveUp", "JpegFrame", "JpegProcess", "gdcm_folder"]

_SECONDS_TO_START: Final = 60.0
_SECONDS_A_FRAME: Final = 10
_PIXELS_A_SECOND: Final = 1_000_000
_GRACE_SECONDS: Final = 5
_PIPE_SIZE: Final = 1 << 20
_LONGEST_COMPLAINT: Final = 1 << 16
_NOT_OF_ITS_OWN: Final = (-signal.SIGKILL, -signal.SIGTERM)


class GaveUp(Exception):
    """The decoder could not make pixels of a frame."""


class JpegFrame(NamedTuple):
    """A compressed picture, and what the data set says of its pixels."""

    data: bytes
    rows: int
    columns: int
    bits_allocated: int
    bits_stored: int
    is_signed: int
    samples: int
    kind: int
    """The last number of its transfer syntax: 51, 57 or 70."""

    @property
    def size(self) -> int:
        """How many bytes its pixels are."""
        return self.rows * self.columns * self.samples * self.bits_allocated // 8


def gdcm_folder() -> Path | None:
    """Return the folder that ``import gdcm`` reads; ``None`` where it is not installed."""
    found = importlib.util.find_spec("gdcm")
    return Path(found.origin).parent if found and found.origin else None


class JpegProcess:
    """One child, started when it is first needed, and again after each frame that it could not decode.

    It may be used from several threads: one frame is decoded at a time.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The child's number; ``None`` where there is none."""
        return None if self._child is None else self._child.pid

    def start(self) -> None:
        """Start the child unless it runs.

        Raises
        ------
        ServiceUnavailable
            If it does not start.
        """
        with self._lock:
            self._started()

    def decoded(self, frame: JpegFrame) -> bytes:
        """Return the pixels of a frame, in little-endian order.

        Raises
        ------
        GaveUp
            If the frame is damaged, or takes too long.
        ServiceUnavailable
            If the child does not start, or is ended from outside time and again.
        """
        with self._lock:
            for _ in range(2):
                child = self._started()
                try:
                    return self._exchange(child, frame)
                except (EOFError, BrokenPipeError, TimeoutError) as problem:
                    outcome = self._end(wait_s=0 if isinstance(problem, TimeoutError) else 5)
                    if isinstance(problem, TimeoutError) or outcome == -signal.SIGALRM:
                        raise GaveUp("the decoder took too long") from None
                    if outcome not in _NOT_OF_ITS_OWN:
                        raise GaveUp("the decoder gave up") from None
                except BaseException:  # what a damaged frame did to the child's memory must not touch the next one
                    self._end()
                    raise
            raise ServiceUnavailable(
                "the process that decodes JPEG was ended from outside, twice", mend="see whether memory is short"
            )

    def close(self) -> None:
        """End the child, if there is one."""
        with self._lock:
            self._end()

    def forget(self) -> None:
        """Leave the child to the process that started it; to be called in a fork."""
        self._lock = threading.Lock()
        child, self._child = self._child, None
        if child is not None:
            _close_pipes(child)
            child.returncode = 0  # it is not ours to wait for

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is not None:
            if self._child.poll() is None:
                return self._child
            self._end()
        folder = gdcm_folder()
        if folder is None:
            raise ServiceUnavailable("the decoder of JPEG lossless is not installed", mend="install python-gdcm")
        command = [sys.executable, "-I", "-S", str(Path(jpeg_child.__file__)), str(folder)]
        try:
            child = subprocess.Popen(  # noqa: S603  every word of it is ours
                command, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        except OSError as problem:
            raise ServiceUnavailable(f"the process that decodes JPEG cannot be started ({problem})") from None
        self._child = child
        for fd in _pipes(child):
            os.set_blocking(fd, False)
            with contextlib.suppress(OSError):  # a larger pipe is faster, and may not be had
                fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, _PIPE_SIZE)
        try:
            said = bytes(_receive(child, len(READY), time.monotonic() + _SECONDS_TO_START))
        except (EOFError, TimeoutError):
            said = b""
        except BaseException:
            self._end()
            raise
        if said != READY:
            self._end()
            raise ServiceUnavailable(
                "the process that decodes JPEG does not start", mend="see that python -c 'import gdcm' works"
            )
        return child

    def _exchange(self, child: subprocess.Popen[bytes], frame: JpegFrame) -> bytes:
        seconds = min(_SECONDS_A_FRAME + frame.rows * frame.columns // _PIXELS_A_SECOND, 600)
        until = time.monotonic() + seconds + _GRACE_SECONDS  # the child's own alarm comes first
        _send(child, REQUEST.pack(len(frame.data), *frame[1:], seconds), until)
        _send(child, frame.data, until)
        is_decoded, length = REPLY.unpack(_receive(child, REPLY.size, until))
        if not is_decoded:
            said = bytes(_receive(child, min(length, _LONGEST_COMPLAINT), until)).decode("ascii", "replace")
            raise GaveUp(f"the decoder says: {' '.join(said.split())[:120]}")
        if length != frame.size:
            raise GaveUp(f"{length:,} bytes were decoded, and should be {frame.size:,}")
        return bytes(_receive(child, length, until))

    def _end(self, wait_s: float = 0) -> int:
        """End the child; returns how it ended, when it ended by itself within the time."""
        child, self._child = self._child, None
        if child is None:
            return 0
        _close_pipes(child)
        try:
            return child.wait(wait_s)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            return 0


def _pipes(child: subprocess.Popen[bytes]) -> tuple[int, int]:
    """Return where to write to the child, and where to read from it."""
    if child.stdin is None or child.stdout is None:
        raise AssertionError("the child was started with pipes")
    return child.stdin.fileno(), child.stdout.fileno()


def _close_pipes(child: subprocess.Popen[bytes]) -> None:
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            pipe.close()


def _send(child: subprocess.Popen[bytes], data: bytes, until: float) -> None:
    fd, left = _pipes(child)[0], memoryview(data)
    while left:
        _wait(fd, select.POLLOUT, until)
        with contextlib.suppress(BlockingIOError):
            left = left[os.write(fd, left) :]


def _receive(child: subprocess.Popen[bytes], length: int, until: float) -> bytearray:
    fd, found = _pipes(child)[1], bytearray(length)
    left = memoryview(found)
    while left:
        _wait(fd, select.POLLIN, until)
        with contextlib.suppress(BlockingIOError):
            count = os.readv(fd, [left])
            if count == 0:
                raise EOFError
            left = left[count:]
    return found


def _wait(fd: int, event: int, until: float) -> None:
    waiting = select.poll()
    waiting.register(fd, event)
    if not waiting.poll(max(until - time.monotonic(), 0) * 1000):
        raise TimeoutError


PROCESS: Final = JpegProcess()
"""The one of this process: it ends with it."""

atexit.register(PROCESS.close)
os.register_at_fork(after_in_child=PROCESS.forget)
