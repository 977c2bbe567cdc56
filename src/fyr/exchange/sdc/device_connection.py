"""One connection to one device: the library finds, describes, subscribes and renews; the reports are read by us."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from fyr.errors import ServiceUnavailable
from fyr.exchange.sdc.metric_reports import Report, read_report
from fyr.exchange.sdc.notification_listener import NotificationListener

if TYPE_CHECKING:
    from sdc11073.certloader import SSLContextContainer

__all__ = ["DeviceConnection"]

_UNWANTED: Final = frozenset(
    {
        "Waveform",
        "PeriodicOperationalStateReport",
        "OperationInvokedReport",
        "SystemErrorReport",
        "PeriodicAlertReport",
        "PeriodicComponentReport",
    }
)
_log = logging.getLogger(__name__)


class DeviceConnection:
    """A subscribed device.

    Parameters
    ----------
    address : str
        Its transport address (``http://…`` or ``https://…``).
    interface : str
        The address of this machine that it can reach.
    on_report : callable
        Given the bytes of a notification and what :func:`read_report` read in them; whether it is taken for good.
    on_disconnect : callable
        Called when the device closes a connection or ends the subscription.
    certificates : SSLContextContainer, optional

    Raises
    ------
    ServiceUnavailable
        If the device cannot be reached, or does not take the subscription.
    """

    def __init__(
        self,
        address: str,
        interface: str,
        on_report: Callable[[bytes, Report], bool],
        on_disconnect: Callable[[], None],
        certificates: SSLContextContainer | None,
    ) -> None:
        from sdc11073.consumer.consumerimpl import SdcConsumer, default_components_factory
        from sdc11073.definitions_sdc import SdcV1Definitions
        from sdc11073.dispatch import RequestDispatcher

        _check_interface(address, interface)
        components = default_components_factory()
        # The default one starts a thread that never ends; this one answers in the thread that asks.
        components.action_dispatcher_class = RequestDispatcher
        self._on_report = on_report
        self._on_disconnect = on_disconnect
        self._lost = threading.Event()
        self._certificates = certificates
        self._client = SdcConsumer(
            address,
            sdc_definitions=SdcV1Definitions,
            ssl_context_container=certificates,
            force_ssl_connect=certificates is not None,
            validate=True,
            components=components,
        )
        self._client.set_used_compression()  # a report of 2 kB costs more to pack than to send
        server_context = certificates.server_context if certificates else None
        self._listener = NotificationListener(interface, self._notified, on_disconnect, server_context)
        try:
            actions = SdcV1Definitions.Actions
            self._client.start_all(
                not_subscribed_actions=[action for action in actions if action.name in _UNWANTED],
                shared_http_server=self._listener,
            )
            self._check_subscribed(address)
        except BaseException:
            self.close()
            raise

    @property
    def connections(self) -> int:
        """How many connections the device holds open to us."""
        return self._listener.connections

    @property
    def is_subscribed(self) -> bool:
        """Whether every subscription stands, as far as is known."""
        return bool(self._client.is_connected) and not self._lost.is_set()

    def ask(self) -> bool:
        """Renew every subscription now: whether the device still knows us."""
        manager = self._client.subscription_mgr
        return not self._lost.is_set() and all(
            subscription.renew(60) > 0 for subscription in list(manager.subscriptions.values())
        )

    def read_device(self) -> tuple[list[Any], list[Any], Report]:
        """Ask for the device's description and state.

        Returns
        -------
        (descriptors, contexts, report)
            The library's descriptor and context state containers, and all states with the version that they have.
        """
        answer = self._client.get_service_client.get_mdib()
        descriptors, states = answer.result
        contexts = [state for state in states if state.is_context_state]
        if not contexts and self._client.context_service_client is not None:
            contexts = list(self._client.context_service_client.get_context_states().result.ContextState)
        return descriptors, contexts, read_report(answer.p_msg.raw_data)

    def contexts_in(self, content: bytes) -> list[Any]:
        """Read the context states of a context report."""
        reader = self._client.msg_reader
        message = reader.read_received_message(content)
        kind = getattr(reader.msg_types, message.q_name.localname)
        report = kind.from_node(message.p_msg.msg_node)
        return [state for part in report.ReportPart for state in part.ContextState]

    def close(self) -> None:
        """End the subscriptions where the device is there to hear it, and all threads."""
        try:
            self._client.stop_all(unsubscribe=not self._lost.is_set())
        except Exception as fault:  # noqa: BLE001 a library's fault in taking leave must not keep us from the next try
            _log.info("taking leave of an SDC device failed: %s", type(fault).__name__)
        self._listener.stop()

    def lose(self) -> None:
        """Take the device for gone: do not wait for it when closing."""
        self._lost.set()

    def _check_subscribed(self, address: str) -> None:
        if not self.is_subscribed:
            raise ServiceUnavailable("the device did not take the subscription", where=address)

    def _notified(self, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        first = path.lstrip("/").partition("/")[0]
        converter = self._listener.dispatcher.instances.get(first)
        if converter is None:
            return 404, b""
        try:
            report = read_report(body)
        except ValueError:
            return 400, b""
        try:
            return self._answer(converter, path, headers, body, report)
        except Exception as fault:  # noqa: BLE001 one notification must not end the connection of all others
            _log.warning("an SDC notification (%s) failed: %s", report.kind, type(fault).__name__)
            return 500, b""

    def _answer(
        self, converter: Any, path: str, headers: Mapping[str, str], body: bytes, report: Report
    ) -> tuple[int, bytes]:
        if not report.kind.endswith("Report"):
            status, _, answer = converter.do_post(headers, path, "device", body)
            if report.kind == "SubscriptionEnd":
                self._lost.set()
                self._on_disconnect()
            return status, answer if isinstance(answer, bytes) else str(answer).encode()
        return (202, b"") if self._on_report(body, report) else (503, b"")


def _check_interface(address: str, interface: str) -> None:
    parts = urlsplit(address)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with socket.create_connection((parts.hostname or "", port), timeout=5.0) as trial:
            ours = trial.getsockname()[0]
    except OSError as fault:
        raise ServiceUnavailable(f"the device cannot be reached: {fault}", where=address) from None
    if ours != interface:
        raise ServiceUnavailable(
            f"the device is reached from {ours}, and would be told to send to {interface}",
            where=address,
            mend=f'set interface = "{ours}"',
        )
