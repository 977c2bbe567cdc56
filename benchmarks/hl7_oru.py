"""How many HL7 v2 vital-signs messages a second are read and validated, and how many are acknowledged over a socket.

The work: ORU^R01 messages as a bedside monitor sends them, five OBX segments each, 500 patients; one pressure in kPa.
Fyr gives columns: patient and bed, signal, time in UTC, value in the vocabulary's unit, quality; a message that is not
well formed is refused as a whole. The peers do less: the `hl7` package and a split by hand find the same fields and
read the same numbers and units from messages that are known to be good; they check nothing, read no times and no
character sets. That all three give the same values is checked before anything is timed.

Then over TCP on this machine, sender and listener in one process: one sender that waits for each answer, one that lets
400 messages be on the way, and four of those. What takes the messages only says that it did; how long a disk takes is
measured with the journal. Every answer is counted.

Rates are given by processor time (the parser) and by the clock (the socket), since the machine may be shared.

Run: ``python benchmarks/hl7_oru.py [--messages 20000] [--repeat 7]``
"""

from __future__ import annotations

import argparse
import json
import statistics
import threading
import time
from collections.abc import Callable

import hl7
import numpy as np

from fyr.clock import MINUTE_US
from fyr.exchange.device_codes import MDC_SIGNALS, MDC_UNITS
from fyr.exchange.hl7v2 import Hl7Reader, MllpListener, send_mllp
from fyr.exchange.hl7v2.meanings import Reading
from fyr.exchange.incoming import Incoming, Verdict
from fyr.record import SIGNALS
from fyr.units import convert

Values = list[tuple[str, str, float]]
"""Patient, signal, value."""

MESSAGE = (
    "MSH|^~\\&|MONITOR|ICU|FYR|H|20261126101500+0100||ORU^R01^ORU_R01|{control}|P|2.6|||||UNICODE UTF-8\r"
    "PID|1||P{patient}^^^H^MR\r"
    "PV1|1|I|W1^R2^B{patient}\r"
    "OBR|1|||182777000^monitoring of patient^SCT|||20261126101500+0100\r"
    "OBX|1|NM|147842^MDC_ECG_HEART_RATE^MDC|1.1.1.1|{a}|264864^MDC_DIM_BEAT_PER_MIN^MDC|||||F|||20261126101500+0100\r"
    "OBX|2|NM|150456^MDC_PULS_OXIM_SAT_O2^MDC|1.1.1.2|{b}|262688^MDC_DIM_PERCENT^MDC|||||F|||20261126101500+0100\r"
    "OBX|3|NM|151562^MDC_RESP_RATE^MDC|1.1.1.3|{c}|264928^MDC_DIM_RESP_PER_MIN^MDC|||||F|||20261126101500+0100\r"
    "OBX|4|NM|150021^MDC_PRESS_BLD_NONINV_SYS^MDC|1.1.1.4|{d}|265987^MDC_DIM_KILO_PASCAL^MDC|||||F|||20261126101500+0100\r"
    "OBX|5|NM|150364^MDC_TEMP_BODY^MDC|1.1.1.5|{e}|268192^MDC_DIM_DEGC^MDC|||||F|||20261126101500+0100\r"
)


def monitors(count: int) -> list[bytes]:
    """Make messages of 500 patients who are mostly well."""
    rng = np.random.default_rng(25)
    low, high = [50, 90, 10, 12.0, 36.0], [110, 100, 25, 20.0, 39.0]
    values = rng.uniform(low, high, (count, 5))
    return [
        MESSAGE.format(
            control=at, patient=at % 500, a=round(a), b=round(b), c=round(c), d=f"{d:.1f}", e=f"{e:.1f}"
        ).encode()
        for at, (a, b, c, d, e) in enumerate(values.tolist())
    ]


def by_fyr(messages: list[bytes]) -> Callable[[], Incoming]:
    """Read all at once, as the listener does with what has gathered."""
    reader = Hl7Reader("monitors", Reading(), period_us=MINUTE_US)
    return lambda: reader.read(messages)


def as_values(incoming: Incoming) -> Values:
    """Name patients and signals."""
    samples = incoming.samples
    rows = zip(samples.addressee_index.tolist(), samples.signal_index.tolist(), samples.value.tolist(), strict=True)
    return [(samples.addressees[who].patient, samples.signals[signal], value) for who, signal, value in rows]


def by_hl7(messages: list[bytes]) -> Callable[[], Values]:
    """Read with the hl7 package."""

    def work() -> Values:
        found: Values = []
        for raw in messages:
            message = hl7.parse(raw.decode())
            patient = str(message.segment("PID")[3][0][0])
            for obx in message.segments("OBX"):
                name = MDC_SIGNALS[str(obx[3][0][0])]
                unit = MDC_UNITS[str(obx[6][0][0])]
                found.append((patient, name, convert(float(str(obx[5])), unit, SIGNALS[name].unit)))
        return found

    return work


def by_hand(messages: list[bytes]) -> Callable[[], Values]:
    """Split by hand, as short as it can be."""

    def work() -> Values:
        found: Values = []
        for raw in messages:
            patient = ""
            for line in raw.decode().split("\r"):
                if line.startswith("PID"):
                    patient = line.split("|")[3].split("^")[0]
                elif line.startswith("OBX"):
                    fields = line.split("|")
                    name = MDC_SIGNALS[fields[3].split("^")[0]]
                    unit = MDC_UNITS[fields[6].split("^")[0]]
                    found.append((patient, name, convert(float(fields[5]), unit, SIGNALS[name].unit)))
        return found

    return work


def a_core(work: Callable[[], object], messages: int, repeat: int) -> float:
    """Return the median messages a second by processor time."""
    spent = []
    for _ in range(repeat):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return messages / statistics.median(spent)


def over_sockets(messages: list[bytes]) -> dict[str, float]:
    """Return messages acknowledged a second by the clock."""
    listener = MllpListener("monitors", port=0)
    listener.start(lambda incoming: [Verdict(problem) for problem in incoming.problems])
    found: dict[str, float] = {}

    def send(some: list[bytes], window: int) -> None:
        answers = send_mllp("127.0.0.1", listener.port, some, window=window)
        assert sum(b"MSA|AA|" in answer for answer in answers) == len(some)

    send(messages[:400], 400)
    for name, senders, window, count in (
        ("one sender that waits for each answer", 1, 1, min(len(messages), 4000)),
        ("one sender, 400 on the way", 1, 400, len(messages)),
        ("four senders, 400 on the way each", 4, 400, len(messages) // 2),
    ):
        threads = [threading.Thread(target=send, args=(messages[:count], window)) for _ in range(senders)]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found[name] = senders * count / (time.perf_counter() - began)
    listener.stop()
    return found


def main() -> None:
    """Check that all read the same, measure, and print a table and one JSON line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--messages", type=int, default=20_000)
    options.add_argument("--repeat", type=int, default=7)
    chosen = options.parse_args()
    messages = monitors(chosen.messages)
    some = messages[:1000]
    expected = as_values(by_fyr(some)())
    assert len(expected) == 5 * len(some)
    assert by_hl7(some)() == expected == by_hand(some)()
    figures = {
        "fyr": a_core(by_fyr(messages), len(messages), chosen.repeat),
        "split by hand": a_core(by_hand(messages), len(messages), 3),
        "hl7 package": a_core(by_hl7(some), len(some), 3),
    }
    print(f"{len(messages)} messages of {len(messages[0])} bytes with 5 OBX each, the same values by all")
    print(f"{'messages/s, a core':42s} {'':>9s}   fyr is faster")
    for name, rate in figures.items():
        print(f"{name:42s} {rate:9,.0f} {figures['fyr'] / rate:9.1f} x")
    sockets = over_sockets(messages)
    print("acknowledged over TCP, messages/s by the clock, sender and listener together")
    for name, rate in sockets.items():
        print(f"{name:42s} {rate:9,.0f}")
    print(json.dumps({"a_core": figures, "acknowledged": sockets}))


if __name__ == "__main__":
    main()
