"""Reads the metric states of a BICEPS report straight from its bytes, without a mirror of the device.

BICEPS: ISO/IEEE 11073-10207, participant and message model. What is read here is what the library ``sdc11073`` reads
from the same bytes; a test compares the two.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from fyr.record import Quality

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["METRIC_REPORTS", "MetricState", "Report", "quality_of", "read_report"]

_PARTICIPANT: Final = "{http://standards.ieee.org/downloads/11073/11073-10207-2017/participant}"
_MESSAGE: Final = "{http://standards.ieee.org/downloads/11073/11073-10207-2017/message}"
_SOAP_BODY: Final = "{http://www.w3.org/2003/05/soap-envelope}Body"
_DECIMAL: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)", re.ASCII)
_TIMESTAMP: Final = re.compile(r"\d{1,15}", re.ASCII)

METRIC_REPORTS: Final = frozenset({"EpisodicMetricReport", "PeriodicMetricReport"})

_NOT_YET: Final = frozenset({"Ong", "Calib"})
_DOUBTFUL: Final = frozenset({"Qst", "Inv", "Oflw", "Uflw"})


@dataclass(frozen=True, slots=True)
class MetricState:
    """What one report says of one numeric metric.

    Parameters
    ----------
    handle : str
        The descriptor's handle.
    is_on : bool
        Whether the metric is being measured (``ActivationState`` On, which is the default).
    has_value : bool
        Whether there is a ``MetricValue``: without one nothing is said of the patient.
    value : float or None
        The number; ``None`` where there is none.
    time_us : int or None
        The determination time, microseconds UTC; ``None`` where the device tells none.
    validity : str
        BICEPS ``MeasurementValidity``; empty where the device tells none.
    mode : str
        BICEPS ``GenerationMode``: ``Real``, ``Test`` or ``Demo``.
    fault : str
        What is not as BICEPS has it; empty where all is well.
    xml : bytes
        The state as it came, only where there is a fault or no time.
    """

    handle: str
    is_on: bool
    has_value: bool
    value: float | None
    time_us: int | None
    validity: str
    mode: str
    fault: str
    xml: bytes


@dataclass(frozen=True, slots=True)
class Report:
    """A notification: its kind, the version of the device's data that it belongs to, and its metric states."""

    kind: str
    sequence: str
    version: int
    states: tuple[MetricState, ...]
    is_normal: bool
    """Whether no component says that it runs in another mode than normal (demonstration, service, maintenance)."""
    told_modes: bool
    """Whether a component said in which mode it runs."""


def read_report(content: bytes) -> Report:
    """Read a SOAP message.

    Raises
    ------
    ValueError
        If the bytes are not XML, or not a SOAP message with a body.
    """
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as fault:
        raise ValueError(f"not XML: {fault}") from None
    if root.getroottree().docinfo.doctype:
        raise ValueError("the message declares a document type")
    body = root.find(_SOAP_BODY)
    if body is None or not len(body):
        raise ValueError("not a SOAP message with a body")
    payload = body[0]
    kind = str(payload.tag).rpartition("}")[2]
    version = payload.get("MdibVersion") or "0"
    if not _TIMESTAMP.fullmatch(version):
        raise ValueError("MdibVersion is not a number")
    if kind in METRIC_REPORTS:
        states = _read(payload.iter(f"{_MESSAGE}MetricState"))
    elif kind == "GetMdibResponse":
        states = _read(payload.iter(f"{_PARTICIPANT}State"))
    else:
        states = ()
    modes = [state.get("OperatingMode") for state in payload.iter(f"{_MESSAGE}ComponentState", f"{_PARTICIPANT}State")]
    modes = [mode for mode in modes if mode]
    return Report(
        kind, payload.get("SequenceId") or "", int(version), states, all(mode == "Nml" for mode in modes), bool(modes)
    )


def quality_of(state: MetricState) -> tuple[float, Quality]:
    """Say what a metric's value is worth.

    ========================== ============================== ==========================================
    validity (BICEPS)          with a number                  without
    ========================== ============================== ==========================================
    Vld, Vldated               present                        unknown
    Ong, Calib                 not done                       not done: there is no measurement yet
    Qst, Inv, Oflw, Uflw       implausible, the number kept   unknown
    NA, none, any other        unknown                        unknown
    ========================== ============================== ==========================================

    A metric that is switched off, on standby or failed is unknown, whatever number still stands in it.

    Returns
    -------
    (float, Quality)
        The number is NaN where the quality is unknown or not done.
    """
    if not state.is_on:
        return math.nan, Quality.UNKNOWN
    if state.validity in _NOT_YET:
        return math.nan, Quality.NOT_DONE
    if state.value is None:
        return math.nan, Quality.UNKNOWN
    if state.validity in {"Vld", "Vldated"}:
        return state.value, Quality.PRESENT
    if state.validity in _DOUBTFUL:
        return state.value, Quality.IMPLAUSIBLE
    return math.nan, Quality.UNKNOWN


def _read(nodes: Iterable[Any]) -> tuple[MetricState, ...]:
    from lxml import etree

    states = []
    for node in nodes:
        handle = node.get("DescriptorHandle") or ""
        is_on = (node.get("ActivationState") or "On") == "On"
        holder = node.find(f"{_PARTICIPANT}MetricValue")
        if holder is None:
            states.append(MetricState(handle, is_on, False, None, None, "", "Real", "", b""))
            continue
        quality = holder.find(f"{_PARTICIPANT}MetricQuality")
        written, moment = holder.get("Value"), holder.get("DeterminationTime")
        fault = ""
        value: float | None = None
        if written is not None:
            if _DECIMAL.fullmatch(written.strip()):
                value = float(written)
            else:
                fault = "the value is not a decimal number"
        if moment is not None and not _TIMESTAMP.fullmatch(moment.strip()):
            fault, moment = "the determination time is not a number of milliseconds", None
        if quality is None:
            fault = fault or "the metric value has no quality"
        states.append(
            MetricState(
                handle=handle,
                is_on=is_on,
                has_value=True,
                value=value,
                time_us=None if moment is None else int(moment) * 1000,
                validity="" if quality is None else quality.get("Validity") or "",
                mode="Real" if quality is None else quality.get("Mode") or "Real",
                fault=fault,
                xml=etree.tostring(node, with_tail=False) if fault or moment is None else b"",
            )
        )
    return tuple(states)
