"""Every key of ``fyr.toml``: how it is read, what it is by default, and what it means.

From this one table come the reader, the template that ``fyr serve config`` prints, and the reference page.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fyr.attention.policy_values import read_duration
from fyr.clock import DAY_US

if TYPE_CHECKING:
    from fyr.treat.exposure.department import SetLevel

__all__ = ["COMMON_SINK_KEYS", "COMMON_SOURCE_KEYS", "SECTIONS", "Key", "read_name", "template"]


@dataclass(frozen=True, slots=True)
class Key:
    """A key.

    Parameters
    ----------
    name : str
    read : callable
        Turns the value in the file into the one that is used; raises ValueError or TypeError with what it
        wants instead.
    default : str
        The default as it would stand in the file; empty where there is none.
    meaning : str
        In a sentence.
    example : str
        A value for the template, where there is no default.
    """

    name: str
    read: Callable[[Any], Any]
    default: str
    meaning: str
    example: str = ""


_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_AE_TITLE: Final = re.compile(r"(?! )[\x20-\x5b\x5d-\x7e]{1,16}(?<! )")
_HOSPITAL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")


def read_name(value: object) -> str:
    """Read the name of a source or sink: it stands in metrics, logs and the journal."""
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise ValueError(
            f"{value!r} cannot be a name; use at most 40 of a to z, 0 to 9, - and _, and begin with a letter or digit"
        )
    return value


def _hospital(value: object) -> str:
    if not isinstance(value, str) or not _HOSPITAL.fullmatch(value):
        raise ValueError(f"{value!r} cannot be a hospital's short name; use at most 40 letters, digits, - _ and .")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or any(ord(sign) < 32 for sign in value):
        raise ValueError(f"{value!r} is not a text on one line")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is not a list of texts")
    return tuple(_text(one) for one in value)


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value


def _zone(value: object) -> str:
    try:
        return ZoneInfo(_text(value)).key
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"{value!r} is no time zone; write for example UTC or Europe/Copenhagen") from None


def _within_a_day(value: object) -> int:
    return _duration(value, DAY_US)


def _longer_than_nothing(value: object) -> int:
    duration_us = _duration(value, 366 * DAY_US)
    if duration_us <= 0:
        raise ValueError(f"{value!r} is no time at all")
    return duration_us


def _duration(value: object, longest_us: int) -> int:
    duration_us = read_duration(value)
    if duration_us > longest_us:
        raise ValueError(f"{value!r} is longer than {longest_us // DAY_US} d")
    return duration_us


def _nats(value: object) -> str:
    """Read the addresses of a cluster of NATS servers, parted by commas."""
    text = _text(value)
    try:
        parts = [urlsplit(one.strip()) for one in text.split(",")]
        good = all(one.scheme in ("nats", "tls") and one.hostname and one.port != 0 for one in parts)
    except ValueError:  # a port that is none
        good = False
    if not good:
        raise ValueError(f"{text!r} is not the address of a NATS server; write nats://HOST:4222")
    return text


def _levels(value: object) -> dict[str, str]:
    """Read which published level a protocol serves, as ``PROTOCOL=LEVEL``."""
    from fyr.treat.exposure.reference_levels import PUBLISHED

    found = {}
    for text in _texts(value):
        protocol, separator, name = (part.strip() for part in text.rpartition("="))
        if not separator or not protocol or name not in PUBLISHED:
            raise ValueError(f"{text!r} is not PROTOCOL=LEVEL with one of {', '.join(PUBLISHED)}")
        found[protocol] = name
    return found


def _set_levels(value: object) -> tuple[SetLevel, ...]:
    """Read levels that the hospital sets itself, as ``PROTOCOL | QUANTITY | VALUE | SOURCE``."""
    from fyr.treat.exposure.department import SetLevel
    from fyr.treat.exposure.quantity import QuantityKind

    found = []
    for text in _texts(value):
        parts = [part.strip() for part in text.split("|")]
        try:
            protocol, quantity, number, source = parts
            amount, kind = float(number), QuantityKind(quantity)
        except ValueError:
            amount, kind, protocol, source = 0.0, QuantityKind.DLP, "", ""
        if not (protocol and source and 0 < amount < math.inf):
            kinds = ", ".join(QuantityKind)
            raise ValueError(f"{text!r} is not PROTOCOL | QUANTITY | VALUE | SOURCE; a quantity is one of {kinds}")
        found.append(SetLevel(protocol, kind, amount, source))
    return tuple(found)


def _whole(low: int, high: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"{value!r} is not a whole number from {low} to {high}")
        return value

    return read


def _number(low: float, high: float) -> Callable[[object], float]:
    def read(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ValueError(f"{value!r} is not a number")
        if not low < value <= high:
            raise ValueError(f"{value!r} is not more than {low:g} and at most {high:g}")
        return float(value)

    return read


def _ae_title(value: object) -> str:
    """Read an application entity's title: PS3.5 table 6.2-1, AE."""
    if not isinstance(value, str) or not _AE_TITLE.fullmatch(value):
        raise ValueError(f"{value!r} cannot be an AE title; use at most 16 signs of ASCII without spaces around them")
    return value


def _peers(value: object) -> tuple[str, ...]:
    found = _texts(value)
    for one in found:
        title, at, address = one.partition("@")
        _ae_title(title)
        if at and not address.strip():
            raise ValueError(f'{one!r} names no address; write "AE" or "AE@ADDRESS"')
    return found


def _origins(value: object) -> tuple[str, ...]:
    found = _texts(value)
    for one in found:
        parts = urlsplit(one)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query:
            raise ValueError(f'{one!r} is no origin; write for example "https://viewer.example.org"')
    return found


def _one_of(*words: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if value not in words:
            raise ValueError(f"{value!r} is none of {', '.join(words)}")
        return str(value)

    return read


SECTIONS: Final[Mapping[str, tuple[Key, ...]]] = {
    "hospital": (
        Key("title", _text, '"Fyr"', "The hospital's title on every screen."),
        Key("id", _hospital, "", "Its short name in patients' numbers; the record's own, else local.", '"local"'),
        Key("policy", _text, '"ward-demonstration"', "A shipped alarm policy, or a policy file beside this one."),
        Key("timezone", _zone, '"UTC"', "What senders mean by a time that names no zone."),
        Key("nurses", _whole(0, 1000), "", "Nurses on duty on each ward: its alarm budget; as it was left.", "4"),
        Key("per_nurse_hour", _number(0, 1000), "", "Notifications that one nurse can take in an hour.", "6.0"),
        Key(
            "lateness", _within_a_day, '"5 s"', "How late a sample may come and be taken; every alarm waits that long."
        ),
    ),
    "server": (
        Key("host", _text, '"127.0.0.1"', "The address to listen on; without TLS keep it on this machine."),
        Key("port", _whole(0, 65535), "8000", "0 takes any free port."),
        Key("names", _texts, "[]", "Further names that this server goes by, as browsers write them."),
        Key("metrics_token_file", _text, "", "A file whose content lets other machines read /metrics.", '"token"'),
    ),
    "dicom": (
        Key("receive", _truth, "false", "Whether other systems may send images here by C-STORE."),
        Key("host", _text, '"127.0.0.1"', "The address to listen on for C-STORE; on another, peers are needed."),
        Key("port", _whole(0, 65535), "11112", "0 takes any free port."),
        Key("ae_title", _ae_title, '"FYR"', "What senders must call this server."),
        Key("peers", _peers, "[]", "Who may send, as AE or AE@ADDRESS; where it is empty, all on this machine."),
        Key("associations", _whole(1, 200), "16", "How many may send at the same time."),
        Key("web_origins", _origins, "[]", "Origins of viewers elsewhere that may read over DICOMweb (CORS)."),
    ),
    "exposures": (
        Key("levels", _levels, "[]", "Which published reference level a protocol serves, as PROTOCOL=LEVEL."),
        Key("own_levels", _set_levels, "[]", "Levels set here, as PROTOCOL | QUANTITY | VALUE | SOURCE."),
    ),
    "journal": (
        Key("kind", _one_of("embedded", "jetstream"), '"embedded"', "embedded (in the record) or jetstream (NATS)."),
        Key("url", _nats, '"nats://127.0.0.1:4222"', "Where NATS is; only for jetstream."),
        Key("workers", _whole(1, 64), "1", "Processes that share the patients; more than one only with jetstream."),
        Key(
            "snapshot_every", _longer_than_nothing, '"5 min"', "How often the wards' state is kept, for fast restarts."
        ),
    ),
    "logs": (
        Key("format", _one_of("text", "json"), '"text"', "Lines for people, or one JSON document a line."),
        Key("level", _one_of("debug", "info", "warning", "error"), '"info"', "The least that is written."),
    ),
    "watchdog": (
        Key("silent_after", _longer_than_nothing, '"2 min"', "A source that sends nothing for so long is silent."),
        Key("lag_after", _longer_than_nothing, '"10 s"', "An engine that stands for so long lags."),
        Key("sink_waits_after", _longer_than_nothing, '"1 min"', "An alarm that a sink does not take for so long."),
        Key("disk_free_gib", _number(0, 1_000_000), "2.0", "Less than this free on the record's disk is too little."),
    ),
}
"""The tables of ``fyr.toml`` and their keys."""

COMMON_SOURCE_KEYS: Final = (
    Key("kind", _text, "", "What it is.", '"mllp"'),
    Key("name", read_name, "", "What it is called in metrics, logs and notices; unique.", '"monitors"'),
    Key("silent_after", _longer_than_nothing, "", "As in [watchdog], for this source alone.", '"30 s"'),
    Key("required", _truth, "false", "Whether /api/ready says no while it is not connected."),
)
"""What every ``[[source]]`` has; what is left goes to its class."""

COMMON_SINK_KEYS: Final = (
    Key("kind", _text, "", "What it is.", '"pcd04"'),
    Key("name", read_name, "", "What it is called in metrics, logs and notices; unique.", '"call-system"'),
)
"""What every ``[[sink]]`` has; what is left goes to its class."""

_HEAD: Final = """\
# fyr.toml: how this hospital's server is set up. Every key may be left out; what stands here commented is its default,
# or an example where there is none. Options of `fyr serve` win over it. Check it with: fyr serve config --check
# A secret never stands in it: an option that ends in _file names the file that holds one, readable by nobody else.
"""


def template() -> str:
    """Return ``fyr.toml`` with every key, commented out."""
    return "\n".join([_HEAD, *_template_lines()])


def _template_lines() -> Iterator[str]:
    for name, keys in SECTIONS.items():
        yield f"[{name}]"
        yield from _key_lines(keys)
        yield ""
    for name, keys, further in (("source", COMMON_SOURCE_KEYS, _SOURCES), ("sink", COMMON_SINK_KEYS, _SINKS)):
        yield f"# [[{name}]]"
        yield from _key_lines(keys)
        yield f"# {further}"
        yield ""


def _key_lines(keys: tuple[Key, ...]) -> Iterator[str]:
    for key in keys:
        line = f"# {key.name} = {key.default or key.example}"
        yield f"{line:<42} # {key.meaning}{'' if key.default else ' No default.'}"


_SOURCES: Final = "... and the options of its kind: mllp, mqtt, mqtt-subscriber, sdc or csv; see the reference."
_SINKS: Final = "... and the options of its kind: pcd04 or fhir; see the reference."
