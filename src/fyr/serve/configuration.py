"""What ``fyr.toml`` says: read strictly, into values that nothing changes."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fyr.clock import MINUTE_US, SECOND_US
from fyr.serve.configuration_keys import COMMON_SINK_KEYS, COMMON_SOURCE_KEYS, SECTIONS, Key
from fyr.serve.toml_section import TomlDocument, TomlSection

if TYPE_CHECKING:
    from fyr.treat.exposure.department import SetLevel

__all__ = [
    "Configuration",
    "DicomSettings",
    "ExposureSettings",
    "HospitalSettings",
    "JournalSettings",
    "LogSettings",
    "ServerSettings",
    "SinkSettings",
    "SourceSettings",
    "WatchdogSettings",
    "configuration_file",
    "is_file",
    "read_configuration",
]

_FILES: Final = frozenset({"ca", "certificate", "key", "client_ca"})
_SECRETS: Final = ("password", "token", "secret", "passphrase", "api_key")


@dataclass(frozen=True, slots=True)
class HospitalSettings:
    """The hospital; see :data:`fyr.serve.configuration_keys.SECTIONS` for every key here and below."""

    title: str = "Fyr"
    id: str | None = None
    policy: str = "ward-demonstration"
    timezone: str = "UTC"
    nurses: int | None = None
    per_nurse_hour: float | None = None
    lateness_us: int = 5 * SECOND_US

    @property
    def options(self) -> dict[str, object]:
        """What sources and sinks are given that have such an option and do not say it themselves."""
        return {"timezone": self.timezone, "time_zone": self.timezone}


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Where it answers."""

    host: str = "127.0.0.1"
    port: int = 8000
    names: tuple[str, ...] = ()
    metrics_token_file: str | None = None


@dataclass(frozen=True, slots=True)
class DicomSettings:
    """How images come and are read."""

    receive: bool = False
    host: str = "127.0.0.1"
    port: int = 11112
    ae_title: str = "FYR"
    peers: tuple[str, ...] = ()
    associations: int = 16
    web_origins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExposureSettings:
    """What exposures are held against."""

    levels: Mapping[str, str] = field(default_factory=dict)
    own_levels: tuple[SetLevel, ...] = ()


@dataclass(frozen=True, slots=True)
class JournalSettings:
    """Where what happened is kept."""

    kind: str = "embedded"
    url: str = "nats://127.0.0.1:4222"
    workers: int = 1
    snapshot_every_us: int = 5 * MINUTE_US


@dataclass(frozen=True, slots=True)
class LogSettings:
    """How the log is written."""

    format: str = "text"
    level: str = "info"


@dataclass(frozen=True, slots=True)
class WatchdogSettings:
    """When the house's own troubles are told."""

    silent_after_us: int = 2 * MINUTE_US
    lag_after_us: int = 10 * SECOND_US
    sink_waits_after_us: int = MINUTE_US
    disk_free_gib: float = 2.0


@dataclass(frozen=True, slots=True)
class _Settings:
    """What sources and sinks share."""

    kind: str
    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    """What its class is given."""
    where: str = ""
    """The file and line that it stands on."""
    lines: Mapping[str, str] = field(default_factory=dict)

    def place(self, option: str) -> str:
        """Return the file and line of an option."""
        return self.lines.get(option, self.where)


@dataclass(frozen=True, slots=True)
class SourceSettings(_Settings):
    """One ``[[source]]``."""

    silent_after_us: int = 2 * MINUTE_US
    required: bool = False


@dataclass(frozen=True, slots=True)
class SinkSettings(_Settings):
    """One ``[[sink]]``."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything that ``fyr.toml`` says; without one, everything that a ward needs."""

    hospital: HospitalSettings = field(default_factory=HospitalSettings)
    server: ServerSettings = field(default_factory=ServerSettings)
    dicom: DicomSettings = field(default_factory=DicomSettings)
    exposures: ExposureSettings = field(default_factory=ExposureSettings)
    journal: JournalSettings = field(default_factory=JournalSettings)
    logs: LogSettings = field(default_factory=LogSettings)
    watchdog: WatchdogSettings = field(default_factory=WatchdogSettings)
    sources: tuple[SourceSettings, ...] = ()
    sinks: tuple[SinkSettings, ...] = ()
    path: Path | None = None
    """The file that it was read from."""


def is_file(option: str) -> bool:
    """Return whether an option of a source or sink names a file."""
    return option.endswith("_file") or option in _FILES


def configuration_file(given: Path | None, home: Path | str) -> Path | None:
    """Return the file that holds: the one given, else FYR_CONFIG, else ``fyr.toml`` in the home, else none."""
    if given is not None:
        return given
    if named := os.environ.get("FYR_CONFIG"):
        return Path(named)
    beside = home / "fyr.toml" if isinstance(home, Path) else None
    return beside if beside is not None and beside.exists() else None


def read_configuration(path: Path | None) -> Configuration:
    """Read a file; ``None`` is a hospital that says nothing.

    The options of a source or sink are as they stand in the file; :mod:`fyr.serve.configuration_check` holds them to
    their class. A file that an option names begins at the folder that the file is in.

    Raises
    ------
    BadInput
        If the file cannot be read, or something in it is not known, twice there, or of the wrong kind.
    """
    if path is None:
        return Configuration()
    document = TomlDocument.of_file(path)
    document.only(SECTIONS, ("source", "sink"))
    values = {name: _values(document.table(name), keys) for name, keys in SECTIONS.items()}
    _resolve(values["server"], path, "metrics_token_file")
    watchdog = WatchdogSettings(**values["watchdog"])
    journal = document.table("journal")
    settings = JournalSettings(**values["journal"])
    if settings.kind == "embedded" and settings.workers != 1:
        raise journal.error("journal.workers: the embedded journal has one", "workers", 'set kind = "jetstream"')
    return Configuration(
        hospital=HospitalSettings(**_policy_beside(values["hospital"], path)),
        server=ServerSettings(**values["server"]),
        dicom=DicomSettings(**values["dicom"]),
        exposures=ExposureSettings(**values["exposures"]),
        journal=settings,
        logs=LogSettings(**values["logs"]),
        watchdog=watchdog,
        sources=tuple(_sources(document.tables("source"), path, watchdog)),
        sinks=tuple(_sinks(document.tables("sink"), path)),
        path=path,
    )


_DURATIONS: Final = {"lateness", "snapshot_every", "silent_after", "lag_after", "sink_waits_after"}


def _values(section: TomlSection, keys: Sequence[Key]) -> dict[str, Any]:
    found = {}
    for key in keys:
        value = section.take(key.name, key.read, None)
        if value is not None:
            found[f"{key.name}_us" if key.name in _DURATIONS else key.name] = value
    section.finish(key.name for key in keys)
    return found


def _sources(sections: Sequence[TomlSection], path: Path, watchdog: WatchdogSettings) -> list[SourceSettings]:
    found: list[SourceSettings] = []
    readers = {key.name: key.read for key in COMMON_SOURCE_KEYS}
    for section in sections:
        shared = _shared(section, readers, path, [one.name for one in found])
        found.append(
            SourceSettings(
                **shared,
                silent_after_us=section.take("silent_after", readers["silent_after"], watchdog.silent_after_us),
                required=section.take("required", readers["required"], False),
            )
        )
    return found


def _sinks(sections: Sequence[TomlSection], path: Path) -> list[SinkSettings]:
    found: list[SinkSettings] = []
    readers = {key.name: key.read for key in COMMON_SINK_KEYS}
    for section in sections:
        found.append(SinkSettings(**_shared(section, readers, path, [one.name for one in found])))
    return found


def _shared(section: TomlSection, readers: Mapping[str, Any], path: Path, names: Sequence[str]) -> dict[str, Any]:
    kind, name = section.need("kind", readers["kind"]), section.need("name", readers["name"])
    if name in names:
        raise section.error(f"there are two of the name '{name}'", "name", "give each a name of its own")
    options = {key: value for key, value in section.rest().items() if key not in readers}
    for option, value in options.items():
        if option.endswith(_SECRETS):
            raise section.error(
                f"{section.title}.{option}: a secret does not belong into this file",
                option,
                f"put it into a file of its own and write {option}_file = …",
            )
        if not _is_plain(value):
            raise section.error(
                f"{section.title}.{option}: {value!r} cannot be an option",
                option,
                "give a text, a number, true or false, or a list of texts",
            )
        _resolve(options, path, option)
    lines = {option: section.place(option) for option in options}
    return {"kind": kind, "name": name, "options": options, "where": section.place(), "lines": lines}


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float | bool) or (
        isinstance(value, list) and all(isinstance(one, str) for one in value)
    )


def _resolve(options: dict[str, Any], path: Path, option: str) -> None:
    """Let a file that an option names, where it names one at all, begin at the configuration's folder."""
    if is_file(option) and options.get(option) and isinstance(options.get(option), str):
        options[option] = str(path.absolute().parent / options[option])


def _policy_beside(values: dict[str, Any], path: Path) -> dict[str, Any]:
    """Let a policy file be named as it lies beside the configuration."""
    beside = path.absolute().parent / str(values.get("policy", ""))
    return {**values, "policy": str(beside)} if "policy" in values and beside.is_file() else values
