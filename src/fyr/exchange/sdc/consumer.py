"""The live source ``sdc``: one IEEE 11073 SDC device, followed while it is there and awaited when it is not."""

from __future__ import annotations

import importlib.util
import ipaddress
import logging
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from fyr.errors import BadInput, FyrError, ServiceUnavailable
from fyr.exchange.incoming import Addressee, Incoming, SourceHealth, SourceState, Take
from fyr.exchange.sdc.device_connection import DeviceConnection
from fyr.exchange.sdc.device_samples import DeviceSamples
from fyr.exchange.sdc.finding import find_device
from fyr.exchange.sdc.metric_reports import METRIC_REPORTS, Report
from fyr.exchange.sdc.whereabouts import Whereabouts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sdc11073.certloader import SSLContextContainer

__all__ = ["SdcConsumer"]

_FIRST_PAUSE_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 30.0
_MOST_WAITING: Final = 1000
_CONTEXT_REPORTS: Final = frozenset({"EpisodicContextReport", "PeriodicContextReport"})
_log = logging.getLogger(__name__)


class SdcConsumer:
    """Subscribes to a device's metric reports.

    Parameters
    ----------
    name : str
        The name of the source.
    device : str
        The device's transport address, for example ``https://10.1.2.3:62616/72c08f50``. No discovery is needed then.
    epr : str
        Its endpoint reference, by which WS-Discovery finds it; one of `device` and `epr`.
    interface : str
        The address of this machine that the device can reach.
    ward, bed, patient : str
        What the device is taken to say where it says nothing.
    patient_root : str
        Which of a patient's identifications is the hospital's number, by its root.
    certificate, key, ca : str
        Files in PEM: ours, its private key, and the authority that signed the device's; all or none.
    allow_plain : bool
        Whether a device elsewhere than on this machine may be spoken to without TLS.
    take_demonstration : bool
        Whether demonstration and test values are taken; never on a ward with patients.

    Raises
    ------
    BadInput
        If an option cannot be, or the options do not go together.
    ServiceUnavailable
        If the library ``sdc11073`` is not installed.
    """

    def __init__(
        self,
        name: str,
        *,
        device: str = "",
        epr: str = "",
        interface: str = "127.0.0.1",
        ward: str = "",
        bed: str = "",
        patient: str = "",
        patient_root: str = "",
        certificate: str = "",
        key: str = "",
        ca: str = "",
        allow_plain: bool = False,
        take_demonstration: bool = False,
    ) -> None:
        if importlib.util.find_spec("sdc11073") is None:
            raise ServiceUnavailable("the library sdc11073 is not installed", mend='pip install "fyr[devices]"')
        if bool(device) == bool(epr):
            raise BadInput(
                "an SDC device has an address or an endpoint reference", where=name, mend="set device or epr"
            )
        try:
            ipaddress.IPv4Address(interface)
        except ValueError:
            raise BadInput(f"interface = '{interface}' is no IPv4 address", where=name) from None
        files = [certificate, key, ca]
        if any(files) and not all(files):
            raise BadInput("certificate, key and ca belong together", where=name, mend="set all three or none")
        for path in filter(None, files):
            if not Path(path).is_file():
                raise BadInput(f"there is no file '{path}'", where=name)
        self.name = name
        self._device, self._epr, self._interface = device, epr, interface
        self._files, self._allow_plain = files, allow_plain
        if device:
            self._check_address(device)
        self._samples = DeviceSamples(
            name, Whereabouts(Addressee(patient, ward, bed), patient_root), take_demonstration=take_demonstration
        )
        self._lock = threading.RLock()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._again = False
        self._asked = False
        self._waiting: list[tuple[bytes, Report]] | None = None
        self._sequence, self._version = "", 0
        self._state, self._detail = SourceState.STOPPED, ""
        self._connection: DeviceConnection | None = None
        self._take: Take | None = None
        self._thread: threading.Thread | None = None

    def start(self, take: Take) -> None:
        """Begin to look for the device; returns at once."""
        self._take = take
        self._stopping.clear()
        self._say(SourceState.STARTING, self._device or self._epr)
        self._thread = threading.Thread(target=self._run, name=f"sdc-{self.name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Leave the device; returns when what was taken is answered."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(30.0)
            self._thread = None
        self._say(SourceState.STOPPED, "")

    def health(self) -> SourceHealth:
        """Say how the source is."""
        connection = self._connection
        return SourceHealth(self._state, self._detail, connection.connections if connection else 0)

    def counts(self) -> Mapping[str, int]:
        """Say how many metric states were taken, and how many were not, by the reason."""
        with self._lock:
            return dict(self._samples.counts)

    def _run(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while not self._stopping.is_set():
            begun = time.monotonic()
            try:
                self._follow()
            except Exception as fault:  # noqa: BLE001 the source outlives every fault of a device and of the library
                self._say(SourceState.LOST, str(fault) if isinstance(fault, FyrError) else _plain(fault))
                why = str(fault) if isinstance(fault, ServiceUnavailable) else type(fault).__name__  # names no patient
                _log.warning("SDC source %s is lost: %s", self.name, why)
            if time.monotonic() - begun > _LONGEST_PAUSE_S:
                pause_s = _FIRST_PAUSE_S
            self._stopping.wait(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _follow(self) -> None:
        """Connect, and stay for as long as the device does."""
        address = self._device or find_device(self._interface, self._epr)
        self._check_address(address)
        self._wake.clear()
        with self._lock:
            self._waiting, self._again, self._asked = [], False, False
        connection = DeviceConnection(
            address, self._interface, self._reported, self._disconnected, self._certificates(address)
        )
        self._connection = connection
        try:
            self._read_device(connection)
            while not self._stopping.is_set():
                self._say_connected(address)
                self._wake.wait(1.0)
                self._wake.clear()
                with self._lock:
                    again, asked, self._again, self._asked = self._again, self._asked, False, False
                if not connection.is_subscribed or (asked and not connection.ask()):
                    connection.lose()
                    raise ServiceUnavailable("the device ended the subscription or is gone", where=address)
                if again:
                    with self._lock:
                        self._waiting = []
                    self._read_device(connection)
        finally:
            self._connection = None
            connection.close()

    def _read_device(self, connection: DeviceConnection) -> None:
        descriptors, contexts, report = connection.read_device()
        with self._lock:
            self._sequence, self._version = report.sequence, report.version
            waiting, self._waiting = self._waiting or [], None
            self._hand_on(self._samples.begin(descriptors, contexts, report))
            for content, later in waiting:
                if later.sequence == report.sequence and later.version > report.version:
                    self._read(connection, content, later)

    def _reported(self, content: bytes, report: Report) -> bool:
        with self._lock:
            if self._waiting is not None:
                # Held until the device is read: a device may answer nothing while it waits for our answer.
                if len(self._waiting) < _MOST_WAITING:
                    self._waiting.append((content, report))
                    return True
                return False
            connection = self._connection
            return connection is not None and self._read(connection, content, report)

    def _read(self, connection: DeviceConnection, content: bytes, report: Report) -> bool:
        if report.sequence != self._sequence or report.kind == "DescriptionModificationReport":
            self._ask_again("described anew")
            if report.sequence != self._sequence:
                return True  # of another device than was read: its values come with the next reading
        if report.version > self._version + 1 and self._samples.hears_every_version:
            self._ask_again("versions missed")
        self._version = max(self._version, report.version)
        if report.kind in METRIC_REPORTS or report.told_modes:
            return self._hand_on(self._samples.read(content, report))
        if report.kind in _CONTEXT_REPORTS:
            try:
                self._samples.change_contexts(connection.contexts_in(content))
            except Exception:  # noqa: BLE001 whatever it said of the patient must not be missed: read the device anew
                self._ask_again("context reports that could not be read")
        elif "Alert" in report.kind:
            self._samples.counts["alert reports"] += 1
        return True

    def _hand_on(self, incoming: Incoming | None) -> bool:
        if incoming is None or self._take is None:
            return True
        return all(verdict.kept for verdict in self._take(incoming))

    def _ask_again(self, why: str) -> None:
        self._samples.counts[why] += 1
        self._again = True
        self._wake.set()

    def _disconnected(self) -> None:
        with self._lock:
            self._asked = True
        self._wake.set()

    def _say_connected(self, address: str) -> None:
        with self._lock:
            remarks = sorted(set(self._samples.whereabouts.doubts.values()))
            if self._samples.takes_nothing_but_real:
                remarks.append("not in its normal mode: its values are not taken")
        self._say(SourceState.CONNECTED, "; ".join([address, *remarks]))

    def _say(self, state: SourceState, detail: str) -> None:
        self._state, self._detail = state, detail

    def _check_address(self, address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise BadInput(
                f"'{address}' is no address of a device", where=self.name, mend="write http(s)://HOST:PORT/PATH"
            )
        if parts.scheme == "https" and not self._files[0]:
            raise BadInput(f"{address} needs TLS", where=self.name, mend="set certificate, key and ca")
        if parts.scheme == "http" and not (self._allow_plain or _is_here(parts.hostname)):
            raise BadInput(
                f"{address} would be spoken to without TLS",
                where=self.name,
                mend="use https with certificate, key and ca, or set allow_plain = true",
            )

    def _certificates(self, address: str) -> SSLContextContainer | None:
        if not address.startswith("https"):
            return None
        from sdc11073.certloader import mk_ssl_contexts

        certificate, key, ca = map(Path, self._files)
        return mk_ssl_contexts(key, certificate, ca)


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _plain(fault: BaseException) -> str:
    """Say what a library raised, without what it quotes from the device."""
    return f"the device or the library failed: {type(fault).__name__}"
