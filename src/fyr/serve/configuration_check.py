"""Holds a configuration to this machine: kinds and options that exist, ports used once, secrets that are kept."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from fyr.attention import load_policy
from fyr.errors import BadInput
from fyr.serve.configuration import Configuration, DicomSettings, SinkSettings, SourceSettings, is_file
from fyr.serve.source_kinds import SINK_KINDS, SOURCE_KINDS, Kind, build_sink, build_source, options_of
from fyr.serve.toml_section import nearest

if TYPE_CHECKING:
    from fyr.exchange.dicom.receiver import DicomReceiver

__all__ = ["check_configuration", "receiver_of", "secret_of"]

_EVERYWHERE = frozenset({"0.0.0.0", "::", ""})  # noqa: S104  recognised, not bound


def check_configuration(
    configuration: Configuration,
    *,
    source_kinds: Mapping[str, Kind] = SOURCE_KINDS,
    sink_kinds: Mapping[str, Kind] = SINK_KINDS,
) -> list[str]:
    """Read the policy, build every source and sink without starting it, look at the ports and files that are named.

    Returns
    -------
    list of str
        Warnings: what works, and should not be so.

    Raises
    ------
    BadInput
        If the policy, a kind, an option or a value is not known, a file is not there, or two would listen on one port.
    ServiceUnavailable
        If a library that a source needs is not installed.
    """
    load_policy(configuration.hospital.policy)
    house = configuration.hospital.options
    for source in configuration.sources:
        _known(source, source_kinds, "source")
        build_source(source, source_kinds, **house)
    for sink in configuration.sinks:
        _known(sink, sink_kinds, "sink")
        build_sink(sink, sink_kinds, **house).close()
    if configuration.dicom.receive:
        receiver_of(configuration.dicom)
    _check_ports(configuration, source_kinds)
    return list(_warnings(configuration))


def receiver_of(dicom: DicomSettings) -> DicomReceiver:
    """Return what receives images by C-STORE; it is not started.

    Raises
    ------
    BadInput
        If anybody in the network could send images.
    """
    from fyr.exchange.dicom.receiver import DicomReceiver

    return DicomReceiver(
        host=dicom.host,
        port=dicom.port,
        ae_title=dicom.ae_title,
        peers=dicom.peers,
        associations=dicom.associations,
    )


def secret_of(path: str | None) -> str | None:
    """Return what a file of a secret holds, without white space around it; nothing where no file is named.

    Raises
    ------
    BadInput
        If the file cannot be read or is empty.
    """
    if path is None:
        return None
    try:
        secret = Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise BadInput("the secret cannot be read", where=path, mend="see that Fyr may read the file") from None
    if not secret:
        raise BadInput("the secret is empty", where=path, mend="write it into the file")
    return secret


def _known(settings: SourceSettings | SinkSettings, kinds: Mapping[str, Kind], what: str) -> None:
    if settings.kind not in kinds:
        raise BadInput(
            f"there is no kind of {what} called '{settings.kind}'{nearest(settings.kind, kinds)}",
            where=settings.where,
            mend=f"use {', '.join(kinds)}",
        )


def _check_ports(configuration: Configuration, kinds: Mapping[str, Kind]) -> None:
    taken: dict[int, list[tuple[str, str]]] = {}
    server, dicom = configuration.server, configuration.dicom
    if server.port:
        taken[server.port] = [(server.host, "the page")]
    if dicom.receive and dicom.port:
        if dicom.port == server.port:
            raise BadInput(f"C-STORE would listen on port {dicom.port}, which the page has", where="[dicom] port")
        taken[dicom.port] = [(dicom.host, "C-STORE")]
    for source in configuration.sources:
        kind = kinds[source.kind]
        if not kind.listens:
            continue
        host, port = (_option(source, kind, name) for name in ("host", "port"))
        if not isinstance(port, int) or not port:
            continue
        for other_host, other in taken.get(port, []):
            if host == other_host or {str(host), other_host} & _EVERYWHERE:
                raise BadInput(
                    f"'{source.name}' would listen on port {port}, which {other} has already",
                    where=source.place("port"),
                    mend="give it another port",
                )
        taken.setdefault(port, []).append((str(host), f"'{source.name}'"))


def _option(source: SourceSettings, kind: Kind, name: str) -> object:
    """Return an option as it will be: from the file, or the class's own default."""
    if name in source.options:
        return source.options[name]
    known = options_of(kind).get(name)
    return None if known is None else known.default


def _warnings(configuration: Configuration) -> Iterator[str]:
    named = [("server.metrics_token_file", configuration.server.metrics_token_file)]
    for settings in (*configuration.sources, *configuration.sinks):
        named += [
            (f"'{settings.name}': {option}", value) for option, value in settings.options.items() if is_file(option)
        ]
    for what, path in named:
        if path:
            yield from _warnings_of_file(
                what, Path(str(path)), is_public=what.endswith((" ca", " certificate", " client_ca"))
            )


def _warnings_of_file(what: str, path: Path, *, is_public: bool) -> Iterator[str]:
    try:
        mode = path.stat().st_mode
    except OSError as problem:
        raise BadInput(f"{what}: {problem.strerror}", where=str(path), mend="make the file, or mend the path") from None
    if mode & stat.S_IROTH and not is_public:
        yield f"{path} may hold a secret and everybody on this machine can read it: chmod 600 it"
