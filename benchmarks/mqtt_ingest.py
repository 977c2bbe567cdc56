"""How many MQTT messages of QoS 1 a second are taken over a socket and acknowledged, beside a broker in the same run.

One client publishes messages of five signals, with at most 2,000 that are not acknowledged, to Fyr's own endpoint and
to nats-server's MQTT listener (JetStream, file store): the same bytes. They differ in what an acknowledgement says.
Fyr's: parsed, checked, converted and, with everything that gathered meanwhile, written to a file and synchronised to
the disk; attribution to patients and the journal are not in it. The peer's: stored as it came for a subscriber who is
away, in a file that is synchronised every two minutes unless it is told otherwise. The reader alone, without a socket,
is printed too.

Run: ``python benchmarks/mqtt_ingest.py [--messages 20000] [--repeats 3]``
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from fyr.exchange.incoming import Incoming, Verdict
from fyr.exchange.mqtt import MqttListener
from fyr.exchange.mqtt.payload import PayloadReader
from fyr.exchange.mqtt.topics import DEFAULT_TOPICS, read_patterns
from fyr.exchange.sample_columns import IncomingColumns
from fyr.exchange.source_options import read_periods

IN_FLIGHT = 2000
CONNECT = b"\x10\x11\x00\x04MQTT\x04\x02\x00\x3c\x00\x05bench"
NATS = shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin")


def payload(number: int) -> bytes:
    """Return the message of one second of one bed."""
    return (
        b'{"time": "2026-11-22T%02d:%02d:%02dZ", "heart_rate": %d, "spo2": {"value": 97, "unit": "%%"}, '
        b'"respiratory_rate": 14, "systolic_bp": 120, "temperature": 36.9}'
    ) % (number // 3600 % 24, number // 60 % 60, number % 60, 50 + number % 100)


def packet(number: int) -> bytes:
    """Return it as an MQTT packet of QoS 1."""
    topic = b"fyr/A/%d" % (number % 500)
    packet_id = number % 60_000 + 1
    body = len(topic).to_bytes(2, "big") + topic + packet_id.to_bytes(2, "big") + payload(number)
    length = len(body)
    return bytes((0x32, length & 127 | 128, length >> 7)) + body


def publish(port: int, messages: int) -> float:
    """Publish and wait for every acknowledgement; return messages a second."""
    packets = [packet(number) for number in range(messages)]
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.sendall(CONNECT)
        assert line.recv(4) == b"\x20\x02\x00\x00"
        start = time.perf_counter()
        sent = received = 0
        while received < 4 * messages:
            room = min(messages, received // 4 + IN_FLIGHT) - sent
            if room >= IN_FLIGHT // 2 or (room and sent + room == messages):
                line.sendall(b"".join(packets[sent : sent + room]))
                sent += room
            received += len(line.recv(65_536))
        return messages / (time.perf_counter() - start)


class Disk:
    """Keeps messages in a file that is synchronised before the verdicts are given."""

    def __init__(self, path: Path) -> None:
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.samples = 0
        self.takes = 0

    def take(self, incoming: Incoming) -> list[Verdict]:
        """Keep them."""
        samples = incoming.samples
        os.write(self.file, b"".join(column.tobytes() for column in (samples.time_us, samples.value, samples.quality)))
        os.fsync(self.file)
        self.samples += len(samples)
        self.takes += 1
        return [Verdict(problem) for problem in incoming.problems]


def fyr(folder: Path, messages: int, repeats: int) -> list[float]:
    """Measure Fyr's endpoint."""
    disk = Disk(folder / "samples")
    listener = MqttListener("bench", port=0)
    listener.start(disk.take)
    rates = [in_another_process(listener.port, messages) for _ in range(repeats + 1)]
    listener.stop()
    assert disk.samples == 5 * messages * (repeats + 1)
    print(f"fyr gathered {messages * (repeats + 1) / disk.takes:.0f} messages a commit")
    os.close(disk.file)
    return rates[1:]


def in_another_process(port: int, messages: int) -> float:
    """Let the client run beside, so that it takes no time from what is measured."""
    command = [sys.executable, __file__, "--client", str(port), "--messages", str(messages)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def broker(folder: Path, messages: int, repeats: int) -> list[float]:
    """Measure nats-server, where there is one."""
    if NATS is None:
        return []
    ports = []
    for _ in range(2):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            ports.append(probe.getsockname()[1])
    (folder / "nats.conf").write_text(
        f'server_name: bench\nlisten: "127.0.0.1:{ports[0]}"\njetstream {{ store_dir: "{folder / "store"}" }}\n'
        f'mqtt {{ listen: "127.0.0.1:{ports[1]}" }}\n'
    )
    silent = subprocess.DEVNULL
    process = subprocess.Popen([NATS, "-c", str(folder / "nats.conf")], stdout=silent, stderr=silent)
    try:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", ports[1])) == 0:
                    break
            time.sleep(0.05)
        keep_a_subscription(ports[1])
        rates = [in_another_process(ports[1], messages) for _ in range(repeats + 1)][1:]
        stored = sum(path.stat().st_size for path in (folder / "store").rglob("*.blk"))
        assert stored > messages * (repeats + 1) * len(payload(0))
        return rates
    finally:
        process.terminate()
        process.wait()


def keep_a_subscription(port: int) -> None:
    """Subscribe in a session that is kept, and leave: without one the broker would store nothing."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(b"\x10\x12\x00\x04MQTT\x04\x00\x00\x3c\x00\x06absent")
        assert line.recv(4) == b"\x20\x02\x00\x00"
        line.sendall(b"\x82\x0a\x00\x01\x00\x05fyr/#\x01")
        assert line.recv(5) == b"\x90\x03\x00\x01\x01"


def reader(messages: int) -> float:
    """Return messages a second of processor time that the reader alone turns into columns."""
    one = PayloadReader(read_patterns(DEFAULT_TOPICS))
    columns = IncomingColumns("bench", read_periods("1 s", []))
    content = [(f"fyr/A/{number % 500}", payload(number)) for number in range(messages)]
    start = time.process_time()
    for topic, message in content:
        one.read(columns, topic, message)
    assert len(columns.whole().samples) == 5 * messages
    return messages / (time.process_time() - start)


def main() -> None:
    """Measure and print a table and one JSON line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--messages", type=int, default=20_000)
    options.add_argument("--repeats", type=int, default=3)
    options.add_argument("--client", type=int, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.client:
        print(publish(chosen.client, chosen.messages))
        return
    with tempfile.TemporaryDirectory(prefix="fyr-bench-") as temporary:
        ours = statistics.median(fyr(Path(temporary), chosen.messages, chosen.repeats))
        theirs = broker(Path(temporary), chosen.messages, chosen.repeats)
    figures = {
        "fyr's reader alone, a core": statistics.median(reader(chosen.messages) for _ in range(3)),
        "fyr, QoS 1, acknowledged on the disk": ours,
    }
    if theirs:
        figures["nats-server, QoS 1, JetStream"] = statistics.median(theirs)
    for name, rate in figures.items():
        against = f"   {rate / statistics.median(theirs):6.2f} x the peer" if theirs else ""
        print(f"{name:40s} {rate:10,.0f} messages/s{against}")
    if not theirs:
        print("there is no nats-server on this machine: no peer was measured")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
