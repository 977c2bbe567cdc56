"""What a device says that it is made of: which metric is which of our signals, and in what unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from fyr.clock import MINUTE_US, SECOND_US
from fyr.exchange.device_codes import MDC_SIGNALS, MDC_UNITS
from fyr.exchange.incoming import Problem, ProblemKind
from fyr.record import SIGNALS
from fyr.units import is_convertible

__all__ = ["Containment", "Metric", "read_containment"]

_MDC_SYSTEMS: Final = frozenset({None, "", "urn:oid:1.2.840.10004.1.1.1.0.0.1", "11073-10101"})
_WAVEFORMS: Final = frozenset({"RealTimeSampleArrayMetricDescriptor", "DistributionSampleArrayMetricDescriptor"})
_CONTINUOUS_US: Final = SECOND_US
_INTERMITTENT_US: Final = 15 * MINUTE_US


@dataclass(frozen=True, slots=True)
class Metric:
    """A numeric metric of the device that is one of our signals.

    Parameters
    ----------
    signal : str
    unit : str
        The UCUM unit in which the device tells it.
    period_us : int
        The device's determination period, or else its life time; where it tells neither, one second for a metric that
        is measured continuously and 15 minutes for one that is not (Fyr's own choice).
    part : str
        The handle of the medical device system (MDS) that it belongs to.
    """

    signal: str
    unit: str
    period_us: int
    part: str


@dataclass(frozen=True, slots=True)
class Containment:
    """What a device is made of.

    Parameters
    ----------
    metrics : dict
        The metrics that are taken, by handle.
    part_of : dict
        Of every descriptor the medical device system (MDS) that it belongs to.
    ignored : int
        How many numeric metrics are none of our signals.
    has_waveforms : bool
        Whether it sends waveforms, which are not subscribed to: their versions are not heard.
    problems : tuple
        Handles of metrics that cannot be taken, and why.
    """

    metrics: dict[str, Metric]
    part_of: dict[str, str]
    ignored: int
    has_waveforms: bool
    problems: tuple[tuple[str, Problem], ...]


def read_containment(descriptors: Sequence[Any]) -> Containment:
    """Read the device's description.

    Parameters
    ----------
    descriptors : sequence
        The library's descriptor containers, in the order of the document.
    """
    by_handle = {descriptor.Handle: descriptor for descriptor in descriptors}
    part_of = {handle: _root(by_handle, handle) for handle in by_handle}
    metrics: dict[str, Metric] = {}
    taken: dict[tuple[str, str], str] = {}
    problems: list[tuple[str, Problem]] = []
    ignored = 0
    for handle, descriptor in by_handle.items():
        if descriptor.NODETYPE.localname != "NumericMetricDescriptor":
            continue
        signal = _mdc(descriptor.Type, MDC_SIGNALS)
        if signal is None:
            ignored += 1
            continue
        unit = _mdc(descriptor.Unit, MDC_UNITS)
        part = part_of[handle]
        if unit is None or not is_convertible(unit, SIGNALS[signal].unit):
            told = "none" if descriptor.Unit is None else descriptor.Unit.Code
            what = f"the unit {told} is not one for {signal}"
            problems.append((handle, Problem(ProblemKind.UNSUPPORTED, what, handle, "set the unit at the device")))
        elif (part, signal) in taken:
            what = f"{signal} comes twice; {taken[part, signal]} is taken, {handle} is not"
            problems.append((handle, Problem(ProblemKind.CONTRADICTION, what, handle, "switch one off at the device")))
        else:
            taken[part, signal] = handle
            metrics[handle] = Metric(signal, unit, _period_us(descriptor), part)
    kinds = {descriptor.NODETYPE.localname for descriptor in descriptors}
    has_waveforms = not kinds.isdisjoint(_WAVEFORMS)
    return Containment(metrics, part_of, ignored, has_waveforms, tuple(problems))


def _mdc(coded: Any, known: dict[str, str]) -> str | None:
    if coded is None:
        return None
    for candidate in (coded, *coded.Translation):
        if candidate.CodingSystem in _MDC_SYSTEMS and candidate.Code in known:
            return known[candidate.Code]
    return None


def _period_us(descriptor: Any) -> int:
    for told in (descriptor.DeterminationPeriod, descriptor.LifeTimePeriod):
        if told:
            return int(float(told) * SECOND_US)
    return _CONTINUOUS_US if descriptor.MetricAvailability.value == "Cont" else _INTERMITTENT_US


def _root(by_handle: dict[str, Any], handle: str) -> str:
    seen = set()
    while handle not in seen:
        seen.add(handle)
        parent = by_handle[handle].parent_handle
        if parent is None or parent not in by_handle:
            break
        handle = parent
    return handle
