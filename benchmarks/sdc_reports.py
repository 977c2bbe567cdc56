"""SDC metric reports of five metrics: what the source takes, alone and behind the library's own provider.

Two figures: one provider that sends as fast as it can (limited by the provider, which waits for each answer), and one
recorded report fed into the source's own HTTP end over several connections (limited by the source). The peer is the
library's own consumer, in the same run, against the same provider.

Run: ``python benchmarks/sdc_reports.py``
"""

from __future__ import annotations

import logging
import socket
import statistics
import threading
import time
from collections.abc import Callable

from fyr.exchange.incoming import Incoming, Verdict
from fyr.exchange.sdc import SdcConsumer
from fyr.exchange.sdc.simulated_monitor import SimulatedMonitor

REPORTS = 1000
PEER_REPORTS = 60
SENDERS = 4
FED = 2000
VALUES = {"spo2": 97, "rr": 14, "nibp_sys": 120, "temp": 36.6}


def timed(count: int, send: Callable[[int], None]) -> tuple[float, float]:
    """Return reports a second by the wall clock and by this process's own time."""
    wall, process = time.perf_counter(), time.process_time()
    for number in range(count):
        send(number)
    return count / (time.perf_counter() - wall), count / (time.process_time() - process)


def feed(port: int, content: bytes) -> None:
    """Send one recorded report again and again over a connection of its own."""
    request = f"POST {PATH[0]} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content
    with socket.create_connection(("127.0.0.1", port)) as connection:
        for _ in range(FED // SENDERS):
            connection.sendall(request)
            assert connection.recv(4096).startswith(b"HTTP/1.1 202")


PATH = [""]


def main() -> None:
    """Measure and print."""
    logging.disable(logging.CRITICAL)
    monitor = SimulatedMonitor(mode="Real")
    arrived: list[float] = []
    raw: list[bytes] = []

    def take(incoming: Incoming) -> list[Verdict]:
        arrived.append(time.perf_counter())
        raw[:] = incoming.raw
        return [Verdict() for _ in incoming.raw]

    source = SdcConsumer("benchmark", device=monitor.address, bed="1")
    source.start(take)
    while source.health().state != "connected":
        time.sleep(0.01)
    sent: list[float] = []

    def send(number: int) -> None:
        sent.append(time.perf_counter())
        monitor.measure({"hr": 60 + number % 40, **VALUES})

    wall, process = timed(REPORTS, send)
    delays = sorted(end - begin for begin, end in zip(sent, arrived, strict=True))
    print(f"provider and Fyr in one process: {wall:,.0f} reports/s wall, {process:,.0f}/s of processor time")
    print(f"report to take: median {1e3 * statistics.median(delays):.2f} ms, p99 {1e3 * delays[-10]:.2f} ms")

    connection = source._connection
    assert connection is not None
    PATH[0] = f"/{next(iter(connection._listener.dispatcher.instances))}/subscr1"
    threads = [threading.Thread(target=feed, args=(connection._listener.server_port, raw[0])) for _ in range(SENDERS)]
    # A repeated value is no new sample: let every copy count as new, so that the whole way is measured.
    source._samples._last = _Forgetful()
    begun, begun_process = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall_s, process_s = time.perf_counter() - begun, time.process_time() - begun_process
    print(
        f"Fyr fed by {SENDERS} connections: {FED / wall_s:,.0f} reports/s wall, {FED / process_s:,.0f}/s of processor"
    )
    source.stop()

    peer_wall, peer_process = timed_peer(monitor)
    print(f"library's own consumer: {peer_wall:,.0f} reports/s wall, {peer_process:,.0f}/s of processor time")
    print(f"ratio to the peer, wall clock, same provider: {wall / peer_wall:.1f}")
    monitor.stop()


class _Forgetful(dict):  # type: ignore[type-arg]
    def get(self, *_: object) -> None:
        """Remember nothing."""


def timed_peer(monitor: SimulatedMonitor) -> tuple[float, float]:
    """Measure the library's own consumer with its mirror of the device."""
    from sdc11073.consumer.consumerimpl import SdcConsumer as LibraryConsumer
    from sdc11073.definitions_sdc import SdcV1Definitions
    from sdc11073.mdib.consumermdib import ConsumerMdib

    consumer = LibraryConsumer(monitor.address, SdcV1Definitions, None)
    consumer.start_all()
    ConsumerMdib(consumer).init_mdib()
    figures = timed(PEER_REPORTS, lambda number: monitor.measure({"hr": 60 + number % 40, **VALUES}) and None)
    consumer.stop_all()
    return figures


if __name__ == "__main__":
    main()
