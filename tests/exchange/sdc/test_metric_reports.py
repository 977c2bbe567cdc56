from __future__ import annotations

import random

import pytest

from fyr.exchange.sdc.metric_reports import read_report
from fyr.exchange.sdc.simulated_monitor import METRICS

NAMES = [handle for handle, *_ in METRICS]


def library_reading(content: bytes) -> list[tuple]:
    """Read a report with the library's own classes."""
    import logging

    from sdc11073.definitions_sdc import SdcV1Definitions
    from sdc11073.loghelper import LoggerAdapter
    from sdc11073.pysoap.msgreader import MessageReader

    reader = MessageReader(SdcV1Definitions, None, LoggerAdapter(logging.getLogger("sdc")), validate=True)
    message = reader.read_received_message(content)
    report = reader.msg_types.EpisodicMetricReport.from_node(message.p_msg.msg_node)
    found = []
    for part in report.ReportPart:
        for state in part.MetricState:
            value = state.MetricValue
            time_us = None if value.DeterminationTime is None else round(value.DeterminationTime * 1000) * 1000
            number = None if value.Value is None else float(value.Value)
            quality = value.MetricQuality
            found.append((state.DescriptorHandle, number, time_us, quality.Validity.value, quality.Mode.value))
    return found


def test_the_fast_reading_is_the_librarys_reading(house):
    chance = random.Random(11073)  # noqa: S311
    monitor = house.monitor()
    house.follow(monitor.address, bed="3")
    for _ in range(60):
        chosen = chance.sample(NAMES, chance.randint(1, len(NAMES)))
        monitor.measure(
            {
                name: chance.choice([None, 0, -1.5, round(chance.uniform(0, 300), chance.randint(0, 9))])
                for name in chosen
            },
            validity=chance.choice(["Vld", "Vldated", "Ong", "Qst", "Calib", "Inv", "Oflw", "Uflw", "NA"]),
            time_s=chance.randint(10**11, 4 * 10**12) / 1000,
        )
    contents = [one.raw[0] for one in house.taken.all]
    assert len(contents) == 60
    for content in contents:
        ours = [(s.handle, s.value, s.time_us, s.validity, s.mode) for s in read_report(content).states]
        assert ours == library_reading(content)


@pytest.mark.parametrize("content", [b"", b"<a", b"<a/>", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])
def test_what_is_no_soap_message_is_refused(content):
    with pytest.raises(ValueError, match=r"not XML|not a SOAP|document type"):
        read_report(content)
