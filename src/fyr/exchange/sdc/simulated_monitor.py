"""A simulated SDC patient monitor, to see the whole way from a device to the ward: no patient, and it says so.

Run it with ``python -m fyr.exchange.sdc.simulated_monitor --port 53200``. Its values are marked as demonstration
(``Mode="Demo"``), so that a source takes them only with ``take_demonstration = true``.
"""

from __future__ import annotations

import argparse
import math
import sys
import threading
import time
import uuid
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from fyr.errors import ServiceUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["METRICS", "SimulatedMonitor", "main"]

METRICS: Final[tuple[tuple[str, str, str, str], ...]] = (
    ("hr", "147842", "264864", "Cont"),
    ("spo2", "150456", "262688", "Cont"),
    ("rr", "151562", "264928", "Cont"),
    ("nibp_sys", "150021", "266016", "Intr"),
    ("nibp_dia", "150022", "266016", "Intr"),
    ("nibp_mean", "150023", "266016", "Intr"),
    ("temp", "150364", "268192", "Cont"),
)
"""Handle, MDC code of the quantity, MDC code of the unit, availability."""

_ENVELOPE: Final = """<?xml version="1.0" encoding="UTF-8"?>
<msg:GetMdibResponse xmlns:msg="http://standards.ieee.org/downloads/11073/11073-10207-2017/message"
 xmlns:pm="http://standards.ieee.org/downloads/11073/11073-10207-2017/participant"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" SequenceId="urn:uuid:{sequence}">
<msg:Mdib SequenceId="urn:uuid:{sequence}">
<pm:MdDescription><pm:Mds Handle="mds">
<pm:SystemContext Handle="system"><pm:PatientContext Handle="patient"/><pm:LocationContext Handle="location"/>
</pm:SystemContext>
<pm:Vmd Handle="vmd"><pm:Channel Handle="channel">{metrics}</pm:Channel></pm:Vmd>
</pm:Mds></pm:MdDescription>
<pm:MdState>
<pm:State xsi:type="pm:MdsState" DescriptorHandle="mds"/>
<pm:State xsi:type="pm:SystemContextState" DescriptorHandle="system"/>
<pm:State xsi:type="pm:VmdState" DescriptorHandle="vmd"/>
<pm:State xsi:type="pm:ChannelState" DescriptorHandle="channel"/>
{states}
</pm:MdState></msg:Mdib></msg:GetMdibResponse>"""
_METRIC: Final = (
    '<pm:Metric xsi:type="pm:NumericMetricDescriptor" Handle="{}" MetricCategory="Msrmt" MetricAvailability="{}"'
    ' Resolution="0.1"><pm:Type Code="{}"/><pm:Unit Code="{}"/></pm:Metric>'
)
_STATE: Final = '<pm:State xsi:type="pm:NumericMetricState" DescriptorHandle="{}"/>'


class _Unannounced:
    """Stands where the library asks for WS-Discovery: the monitor is found by its address alone."""

    def __init__(self, address: str) -> None:
        self.active_address = address

    def publish_service(self, *_: object) -> None:
        """Tell nobody."""

    def clear_service(self, *_: object) -> None:
        """Tell nobody."""


class SimulatedMonitor:
    """The library's provider, with the description of a small bedside monitor.

    Parameters
    ----------
    address : str
        The address of this machine to listen on.
    port : int
        0 for any free one.
    metrics : sequence of (str, str, str, str)
        As :data:`METRICS`.
    mode : str
        BICEPS ``GenerationMode`` of the values.
    certificates : SSLContextContainer, optional
        As the library makes them; without, it speaks plain HTTP.

    Raises
    ------
    ServiceUnavailable
        If the library ``sdc11073`` is not installed, or the port cannot be had.
    """

    def __init__(
        self,
        address: str = "127.0.0.1",
        port: int = 0,
        *,
        metrics: Sequence[tuple[str, str, str, str]] = METRICS,
        mode: str = "Demo",
        certificates: Any = None,
    ) -> None:
        try:
            from sdc11073.definitions_sdc import SdcV1Definitions
            from sdc11073.mdib import ProviderMdib
            from sdc11073.provider import SdcProvider
            from sdc11073.xml_types.dpws_types import ThisDeviceType, ThisModelType
        except ImportError:
            raise ServiceUnavailable(
                "the library sdc11073 is not installed", mend='pip install "fyr[devices]"'
            ) from None
        written = "".join(_METRIC.format(handle, how, code, unit) for handle, code, unit, how in metrics)
        states = "".join(_STATE.format(handle) for handle, *_ in metrics)
        text = _ENVELOPE.format(sequence=uuid.uuid4(), metrics=written, states=states)
        self.mdib = ProviderMdib.from_string(text.encode(), SdcV1Definitions)
        self._mode = mode
        self._stopped = False
        self._server = _server(address, port, certificates)
        self._provider = SdcProvider(
            _Unannounced(address),
            ThisModelType(manufacturer="Fyr", model_name="simulated monitor", model_number="1"),
            ThisDeviceType(friendly_name="simulated monitor", serial_number="0"),
            self.mdib,
            epr=uuid.uuid5(uuid.NAMESPACE_URL, f"fyr:simulated-monitor:{self._server.server_port}"),
            max_subscription_duration=10,
            ssl_context_container=certificates,
        )
        self._provider.start_all(start_rtsample_loop=False, shared_http_server=self._server)
        self.address: str = self._provider.get_xaddrs()[0]

    def measure(
        self,
        values: Mapping[str, float | str | None],
        *,
        validity: str = "Vld",
        time_s: float | None = None,
        without_time: bool = False,
    ) -> float:
        """Send one report.

        Parameters
        ----------
        values : mapping
            Numbers by handle; ``None`` for a measured value without a number.
        validity : str
            BICEPS ``MeasurementValidity``.
        time_s : float, optional
            The determination time in seconds since 1970; now by default.
        without_time : bool
            Whether to leave the determination time out, as a faulty device does.

        Returns
        -------
        float
            The determination time.
        """
        moment = time.time() if time_s is None else time_s
        types = self.mdib.data_model.pm_types
        with self.mdib.metric_state_transaction(set_determination_time=False) as transaction:
            for handle, value in values.items():
                state = transaction.get_state(handle)
                if state.MetricValue is None:
                    state.mk_metric_value()
                state.MetricValue.Value = None if value is None else Decimal(str(value))
                state.MetricValue.DeterminationTime = None if without_time else moment
                state.MetricValue.MetricQuality.Validity = types.MeasurementValidity(validity)
                state.MetricValue.MetricQuality.Mode = types.GenerationMode(self._mode)
        return moment

    def associate(self, patient: str, *, since_s: float | None = None, root: str = "urn:oid:2.999") -> None:
        """Associate a patient, or nobody where `patient` is empty; whoever was associated no longer is."""
        types = self.mdib.data_model.pm_types
        with self.mdib.context_state_transaction() as transaction:
            transaction.disassociate_all("patient")
            if patient:
                state = transaction.mk_context_state("patient", set_associated=True)
                state.Identification = [types.InstanceIdentifier(root, extension_string=patient)]
                state.BindingStartTime = since_s

    def place(self, ward: str, bed: str) -> None:
        """Say where the monitor stands."""
        from sdc11073.location import SdcLocation

        self._provider.set_location(SdcLocation(fac="simulated", poc=ward, bed=bed), publish_now=False)

    def stop(self, *, tell: bool = True) -> None:
        """Stop; without `tell` as one whose cable is pulled."""
        if self._stopped:
            return
        self._stopped = True
        pool = self._provider._soap_client_pool
        sessions = [entry.soap_client._http_connection for entry in pool._soap_clients.values()]
        self._provider.stop_all(send_subscription_end=tell)
        self._server.stop()
        self._server.join(5.0)
        # The library stops its event loop and forgets its connections, but closes neither.
        loop = pool.async_loop_subscr_mgr.loop

        def close() -> None:
            for session in filter(None, sessions):
                loop.run_until_complete(session.close())
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()

        # In a thread of its own: whoever stops the monitor may have an event loop that runs.
        closing = threading.Thread(target=close)
        closing.start()
        closing.join()


def _server(address: str, port: int, certificates: Any) -> Any:
    """Return the library's HTTP server on a port of our choice, started."""
    import logging

    from sdc11073.httpserver import httpserverimpl

    class Server(httpserverimpl._ThreadingHTTPServer):  # type: ignore[misc]
        allow_reuse_address = True

    class ServerThread(httpserverimpl.HttpServerThreadBase):  # type: ignore[misc]
        def run(self) -> None:
            self.httpd.serve_forever(poll_interval=0.05)

    context = certificates.server_context if certificates else None
    thread = ServerThread(address, context, [], logging.getLogger("sdc.device.httpsrv"))
    try:
        thread.httpd = Server(thread.logger, (address, port), 0, [])
    except OSError as fault:
        raise ServiceUnavailable(f"port {port} cannot be had: {fault.strerror}", where=address) from None
    if context:
        thread.httpd.socket = context.wrap_socket(thread.httpd.socket, server_side=True)
    thread.base_url = f"{'https' if context else 'http'}://{address}:{thread.httpd.server_port}/"
    thread.started_evt.set()
    thread.start()
    return thread


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a monitor until it is interrupted: one report a second, a cuff pressure every minute."""
    reader = argparse.ArgumentParser(description="A simulated SDC patient monitor: no patient, demonstration values.")
    reader.add_argument("--address", default="127.0.0.1", help="the address of this machine to listen on")
    reader.add_argument("--port", type=int, default=53200)
    reader.add_argument("--patient", default="", help="the number of the patient whom it is associated with")
    reader.add_argument("--ward", default="")
    reader.add_argument("--bed", default="")
    for name, usual in (("heart-rate", 72.0), ("spo2", 97.0), ("respiratory-rate", 14.0), ("temperature", 36.8)):
        reader.add_argument(f"--{name}", type=float, default=usual)
    chosen = reader.parse_args(arguments)
    try:
        monitor = SimulatedMonitor(chosen.address, chosen.port)
    except ServiceUnavailable as fault:
        sys.stderr.write(f"{fault}\n")
        return fault.exit_code
    monitor.place(chosen.ward, chosen.bed)
    monitor.associate(chosen.patient)
    sys.stdout.write(f"simulated monitor at {monitor.address}\n")
    sys.stdout.flush()
    try:
        for second in range(sys.maxsize):
            slow = math.sin(second / 60.0)
            values = {
                "hr": round(chosen.heart_rate + 3 * slow),
                "spo2": round(chosen.spo2 + slow),
                "rr": round(chosen.respiratory_rate + slow),
                "temp": round(chosen.temperature + 0.1 * slow, 1),
            }
            if second % 60 == 0:
                values |= {"nibp_sys": round(122 + 4 * slow), "nibp_dia": round(74 + 2 * slow), "nibp_mean": 90}
            monitor.measure(values)
            time.sleep(1.0)
    except KeyboardInterrupt:
        pass  # this is how it ends
    finally:
        monitor.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
