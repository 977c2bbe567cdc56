"""The kinds of sources and sinks that ``fyr.toml`` may name, and the class behind each.

A class is imported when it is built or its options are checked, not before: a ward without MQTT needs no MQTT library.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from fyr.errors import BadInput, FyrError, ServiceUnavailable
from fyr.exchange.incoming import Source
from fyr.exchange.outgoing import Sink
from fyr.serve.configuration import SinkSettings, SourceSettings
from fyr.serve.toml_section import nearest

__all__ = ["SINK_KINDS", "SOURCE_KINDS", "Kind", "build_sink", "build_source", "check_options", "options_of"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of source or sink.

    Parameters
    ----------
    target : str
        Its class, as ``module:Class``.
    purpose : str
        What it is for, in a few words.
    listens : bool
        Whether its option ``port`` is one that it opens on this machine, not one that it connects to.
    """

    target: str
    purpose: str
    listens: bool = False


SOURCE_KINDS: Final[Mapping[str, Kind]] = {
    "mllp": Kind("fyr.exchange.hl7v2.listener:MllpListener", "HL7 v2 over MLLP: ORU and ADT messages", listens=True),
    "mqtt": Kind("fyr.exchange.mqtt.listener:MqttListener", "gateways that publish over MQTT to Fyr", listens=True),
    "mqtt-subscriber": Kind("fyr.exchange.mqtt.subscriber:MqttSubscriber", "topics of an MQTT broker elsewhere"),
    "sdc": Kind("fyr.exchange.sdc.consumer:SdcConsumer", "IEEE 11073 SDC devices"),
    "csv": Kind("fyr.exchange.csv_tail:CsvTail", "a CSV file that grows"),
}

SINK_KINDS: Final[Mapping[str, Kind]] = {
    "pcd04": Kind("fyr.exchange.hl7v2.pcd04_sink:Pcd04Sink", "alarms as IHE PCD-04 over MLLP"),
    "fhir": Kind("fyr.exchange.fhir.sink:FhirSink", "alarms as FHIR R4 resources over HTTP"),
}


def build_source(settings: SourceSettings, kinds: Mapping[str, Kind] = SOURCE_KINDS, /, **house: object) -> Source:
    """Make the source that the settings describe; it is not started.

    Parameters
    ----------
    settings : SourceSettings
    kinds : mapping
        The known kinds.
    **house
        What the hospital says in general (``timezone=…``): given to a class that has such an option, where the
        settings do not say it themselves.

    Raises
    ------
    BadInput
        If the kind or an option is not known, or an option's value cannot be.
    ServiceUnavailable
        If the library that the kind needs is not installed.
    """
    return cast("Source", _built(settings, kinds, house))


def build_sink(settings: SinkSettings, kinds: Mapping[str, Kind] = SINK_KINDS, /, **house: object) -> Sink:
    """Make the sink that the settings describe; as :func:`build_source`."""
    return cast("Sink", _built(settings, kinds, house))


def options_of(kind: Kind, *, where: str = "") -> Mapping[str, inspect.Parameter]:
    """Return the options of a kind: the keyword parameters of its class.

    Raises
    ------
    ServiceUnavailable
        If the class, or a library that it needs, is not there.
    """
    parameters = inspect.signature(_class_of(kind, where)).parameters.values()
    return {one.name: one for one in parameters if one.kind is inspect.Parameter.KEYWORD_ONLY}


def check_options(settings: SourceSettings | SinkSettings, kind: Kind) -> None:
    """Refuse an option that the kind does not have, and one that it needs and that is not given.

    Raises
    ------
    BadInput
        With the nearest option that there is.
    """
    known = options_of(kind, where=settings.where)
    for option in settings.options:
        if option not in known:
            raise BadInput(
                f"a source or sink of kind '{settings.kind}' has no option '{option}'{nearest(option, known)}",
                where=settings.place(option),
                mend=f"its options are {', '.join(sorted(known)) or 'none'}",
            )
    for option, parameter in known.items():
        if parameter.default is inspect.Parameter.empty and option not in settings.options:
            raise BadInput(
                f"'{settings.name}' of kind '{settings.kind}' needs '{option}'",
                where=settings.where,
                mend=f"add {option} = …",
            )


def _built(settings: SourceSettings | SinkSettings, kinds: Mapping[str, Kind], house: Mapping[str, object]) -> object:
    kind = kinds.get(settings.kind)
    if kind is None:
        raise BadInput(f"there is no kind '{settings.kind}'{nearest(settings.kind, kinds)}", where=settings.where)
    check_options(settings, kind)
    known = options_of(kind, where=settings.where)
    general = {name: value for name, value in house.items() if name in known and name not in settings.options}
    make: Any = _class_of(kind, settings.where)
    try:
        return make(settings.name, **settings.options, **general)
    except FyrError as problem:
        place = f"{settings.where} '{settings.name}'" if settings.where else settings.name
        raise type(problem)(
            problem.what, where=f"{place}, {problem.where}" if problem.where else place, mend=problem.mend
        ) from problem


def _class_of(kind: Kind, where: str) -> type:
    module, _, name = kind.target.partition(":")
    try:
        found = getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as problem:
        if (problem.name or "").startswith("fyr."):
            raise ServiceUnavailable(f"this Fyr has no {kind.purpose}", where=where, mend="take it out") from problem
        raise ServiceUnavailable(
            f"{problem.name} is not installed, which {kind.purpose} needs",
            where=where,
            mend="install what belongs to it: pip install 'fyr[devices]'",
        ) from problem
    if not isinstance(found, type):
        raise TypeError(f"{kind.target} is not a class")
    return found
