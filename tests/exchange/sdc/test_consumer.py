from __future__ import annotations

import logging
import math
import socket
import subprocess
import sys
import threading
import time

import pytest
from tests.exchange.sdc.builders import wait_for

from fyr.errors import BadInput
from fyr.exchange.incoming import Addressee, ProblemKind
from fyr.exchange.sdc import SdcConsumer
from fyr.exchange.sdc.simulated_monitor import METRICS
from fyr.record import Quality

PRESENT, UNKNOWN, NOT_DONE, IMPLAUSIBLE = (
    int(Quality.PRESENT),
    int(Quality.UNKNOWN),
    int(Quality.NOT_DONE),
    int(Quality.IMPLAUSIBLE),
)


def test_values_arrive_with_signal_unit_time_and_addressee(house):
    monitor = house.monitor()
    monitor.place("A1", "3")
    monitor.associate("4711")
    source = house.follow(monitor.address)
    monitor.measure({"hr": 71, "spo2": 96.5, "rr": 14, "nibp_sys": 121, "temp": 36.9}, time_s=1_800_000_000.125)
    whom = Addressee("4711", "A1", "3")
    assert house.taken.rows() == [
        (signal, value, PRESENT, 1_800_000_000_125_000, whom)
        for signal, value in (
            ("heart_rate", 71.0),
            ("spo2", 96.5),
            ("respiratory_rate", 14.0),
            ("systolic_bp", 121.0),
            ("temperature", 36.9),
        )
    ]
    assert source.health().connections == 1
    assert b"EpisodicMetricReport" in house.taken.all[0].raw[0]
    samples = house.taken.all[0].samples
    assert samples.period_us[samples.signals.index("heart_rate")] == 1_000_000
    assert samples.period_us[samples.signals.index("systolic_bp")] == 900_000_000


def test_the_last_values_come_when_the_device_is_read_first(house):
    monitor = house.monitor()
    monitor.place("A1", "3")
    monitor.measure({"hr": 66})
    house.follow(monitor.address)
    assert [row[:3] for row in house.taken.rows()] == [("heart_rate", 66.0, PRESENT)]


VALIDITIES = {
    "Vld": (PRESENT, 71.0),
    "Vldated": (PRESENT, 71.0),
    "Ong": (NOT_DONE, math.nan),
    "Calib": (NOT_DONE, math.nan),
    "Qst": (IMPLAUSIBLE, 71.0),
    "Inv": (IMPLAUSIBLE, 71.0),
    "Oflw": (IMPLAUSIBLE, 71.0),
    "Uflw": (IMPLAUSIBLE, 71.0),
    "NA": (UNKNOWN, math.nan),
}


def test_validity_becomes_quality(house):
    monitor = house.monitor()
    house.follow(monitor.address, bed="3")
    for validity in VALIDITIES:
        monitor.measure({"hr": 71}, validity=validity)
    found = [(quality, value) for _, value, quality, _, _ in house.taken.rows()]
    assert repr(found) == repr(list(VALIDITIES.values()))


def test_a_measured_value_without_a_number_is_unknown(house):
    monitor = house.monitor()
    house.follow(monitor.address, bed="3")
    monitor.measure({"spo2": None}, validity="NA")
    ((signal, value, quality, _, addressee),) = house.taken.rows()
    assert (signal, quality, addressee) == ("spo2", UNKNOWN, Addressee("", "", "3"))
    assert math.isnan(value)


def test_a_patient_who_changes_is_followed_and_an_older_value_is_not_the_new_ones(house):
    monitor = house.monitor()
    monitor.place("A1", "3")
    monitor.associate("4711")
    house.follow(monitor.address)
    now = time.time()
    monitor.measure({"hr": 71}, time_s=now)
    monitor.associate("4712", since_s=now + 1)
    monitor.measure({"hr": 72}, time_s=now + 0.5)
    monitor.measure({"hr": 73}, time_s=now + 2)
    monitor.associate("")
    monitor.measure({"hr": 74}, time_s=now + 3)
    monitor.place("A1", "4")
    monitor.measure({"hr": 75}, time_s=now + 4)
    assert [(value, whom) for _, value, _, _, whom in house.taken.rows()] == [
        (71.0, Addressee("4711", "A1", "3")),
        (72.0, Addressee("", "A1", "3")),
        (73.0, Addressee("4712", "A1", "3")),
        (74.0, Addressee("", "A1", "3")),
        (75.0, Addressee("", "A1", "4")),
    ]


def test_a_value_that_is_sent_again_is_one_sample(house):
    monitor = house.monitor()
    source = house.follow(monitor.address, bed="3")
    moment = monitor.measure({"nibp_sys": 120})
    monitor.measure({"nibp_sys": 120}, time_s=moment)
    assert len(house.taken.rows()) == 1
    assert source.counts()["repeated"] == 1


def test_kilopascals_become_millimetres_of_mercury(house):
    monitor = house.monitor(metrics=(("nibp_sys", "150021", "265987", "Intr"),))
    house.follow(monitor.address, bed="3")
    monitor.measure({"nibp_sys": 16.0})
    assert house.taken.rows()[0][1] == pytest.approx(16.0 / 0.133322, rel=1e-12)  # UCUM: 1 m[Hg] = 133.322 kPa


def test_unknown_codes_are_counted_and_a_wrong_unit_is_told_once(house):
    metrics = (("hr", "147842", "262688", "Cont"), ("other", "999999", "262688", "Cont"), METRICS[1])
    monitor = house.monitor(metrics=metrics)
    source = house.follow(monitor.address, bed="3")
    for value in (1, 2, 3):
        monitor.measure({"hr": value, "other": value, "spo2": 90 + value})
    assert {row[0] for row in house.taken.rows()} == {"spo2"}
    assert source.counts()["not one of our signals"] == 6
    (problem,) = house.taken.problems()
    assert problem.kind is ProblemKind.UNSUPPORTED
    assert "heart_rate" in problem.what


def test_a_missing_time_is_a_problem_that_is_told_once_in_a_row(house):
    monitor = house.monitor()
    source = house.follow(monitor.address, bed="3")
    for value in (70, 71):
        monitor.measure({"hr": value}, without_time=True)
    assert [problem.kind for problem in house.taken.problems()] == [ProblemKind.INCOMPLETE]
    assert house.taken.rows() == []
    assert source.counts()["incomplete"] == 2
    monitor.measure({"hr": 72})
    monitor.measure({"hr": 73}, without_time=True)
    assert len(house.taken.problems()) == 2


def test_demonstration_values_are_taken_only_where_it_is_set(house):
    monitor = house.monitor(mode="Demo")
    house.follow(monitor.address, bed="3")
    monitor.measure({"hr": 71})
    assert house.taken.rows() == []
    assert house.taken.problems()[0].kind is ProblemKind.UNSUPPORTED


@pytest.mark.parametrize("tell", [True, False])
def test_a_device_that_goes_is_lost_and_found_again(house, tell, caplog):
    caplog.set_level(logging.CRITICAL)
    monitor = house.monitor()
    port = int(monitor.address.split(":")[2].split("/")[0])
    source = house.follow(monitor.address, bed="3")
    monitor.measure({"hr": 71})
    monitor.stop(tell=tell)
    wait_for(lambda: source.health().state == "lost")
    again = house.monitor(port)
    assert again.address == monitor.address
    again.measure({"hr": 72})
    wait_for(lambda: source.health().state == "connected")
    again.measure({"hr": 73})
    assert [row[1] for row in house.taken.rows()] == [71.0, 72.0, 73.0]


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def test_over_tls_only_a_device_of_the_same_authority_is_followed(house, tmp_path, caplog):
    from sdc11073.certloader import mk_ssl_contexts

    caplog.set_level(logging.CRITICAL)
    for name in ("ca", "other"):
        made = ("-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}", "-days", "1")
        openssl(tmp_path, "req", "-x509", "-newkey", "rsa:2048", "-nodes", *made)
    openssl(tmp_path, "req", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "asked", "-subj", "/CN=a")
    signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "cert.pem", "-days", "1")
    openssl(tmp_path, "x509", "-req", "-in", "asked", *signed)
    key, certificate, ca = (tmp_path / name for name in ("key.pem", "cert.pem", "ca.pem"))
    monitor = house.monitor(certificates=mk_ssl_contexts(key, certificate, ca))
    assert monitor.address.startswith("https://")
    files = {"key": str(key), "certificate": str(certificate), "bed": "3"}
    house.follow(monitor.address, ca=str(ca), **files)
    monitor.measure({"hr": 71})
    assert [row[1] for row in house.taken.rows()] == [71.0]
    stranger = SdcConsumer("stranger", device=monitor.address, ca=str(tmp_path / "other.pem"), **files)
    stranger.start(house.taken)
    wait_for(lambda: stranger.health().state == "lost")
    stranger.stop()


def test_stop_ends_every_thread(house):
    monitor = house.monitor()
    with_monitor = set(threading.enumerate())
    source = house.follow(monitor.address, bed="3")
    monitor.measure({"hr": 71})
    assert not set(threading.enumerate()) <= with_monitor
    source.stop()
    assert source.health().state == "stopped"
    # What the monitor had open for us ends when it sees our side closed: in its own time.
    wait_for(lambda: set(threading.enumerate()) <= with_monitor)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({}, "address or an endpoint"),
        ({"device": "http://10.0.0.1:1/x"}, "without TLS"),
        ({"device": "https://10.0.0.1:1/x"}, "needs TLS"),
        ({"device": "10.0.0.1"}, "no address"),
        ({"device": "http://127.0.0.1:1/x", "certificate": "c.pem"}, "belong together"),
        ({"device": "http://127.0.0.1:1/x", "interface": "eth0"}, "no IPv4 address"),
        ({"device": "http://127.0.0.1:1/x", "epr": "urn:uuid:1"}, "address or an endpoint"),
    ],
)
def test_options_that_cannot_be_are_refused(options, word):
    with pytest.raises(BadInput, match=word):
        SdcConsumer("monitor", **options)


def test_importing_the_package_does_not_import_the_library():
    code = "import sys, fyr.exchange.sdc; sys.exit('sdc11073' in sys.modules or 'lxml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_log_says_why_a_device_is_lost(house, caplog):
    caplog.set_level(logging.CRITICAL)
    caplog.set_level(logging.WARNING, "fyr.exchange.sdc.consumer")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}/gone"
    source = SdcConsumer("monitor", device=address)
    source.start(house.taken)
    try:
        wait_for(lambda: source.health().state == "lost" and bool(caplog.messages))
    finally:
        source.stop()
    assert address in caplog.messages[0]
    assert "the device cannot be reached" in caplog.messages[0]
