"""``fyr record fetch`` and ``fyr record send``: images from and to an archive elsewhere, over DICOMweb."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from fyr.cli.home import Home, home_option
from fyr.cli.output import as_json, json_option, progress
from fyr.errors import BadInput, FyrError, ServiceUnavailable, UsageError

if TYPE_CHECKING:
    from fyr.exchange.dicom.keeping import Outcome
    from fyr.exchange.dicomweb.client import DicomwebClient, RemoteInstance
    from fyr.record.dicom_index import DicomInstance
    from fyr.record.record import Record

__all__ = ["fetch", "send"]

_AT_ONCE: Final = 64
_BYTES_AT_ONCE: Final = 32 << 20
_SHOWN: Final = 20
_TRIES: Final = 3

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _archive_options(command: _Command) -> _Command:
    """Give a verb the options by which it reaches an archive."""
    for option in (
        click.option("--timeout", type=click.FloatRange(1), default=60.0, show_default=True, help="Seconds to wait."),
        click.option("--password-file", type=click.Path(path_type=Path), help="A file that holds the password."),
        click.option("--user", help="A name for HTTP Basic authentication."),
        click.option("--token-file", type=click.Path(path_type=Path), help="A file that holds a bearer token."),
    ):
        command = option(command)
    return command


@click.command()
@click.argument("url")
@click.option("--study", "studies", multiple=True, help="A Study Instance UID; may be repeated.")
@click.option("--series", help="One Series Instance UID of the study.")
@click.option("--patient", help="A patient's number there: all studies of that patient.")
@click.option("--hospital", help="Whose numbering of patients the archive uses.")
@_archive_options
@home_option
@json_option
def fetch(
    url: str,
    studies: tuple[str, ...],
    series: str | None,
    patient: str | None,
    hospital: str | None,
    token_file: Path | None,
    user: str | None,
    password_file: Path | None,
    timeout: float,
    home: Home,
    json_wanted: bool,
) -> None:
    """Fetch studies from the archive at URL (https://…/dicom-web) into the record.

    What the record has already is not fetched again: a fetch that was interrupted goes on where it was.
    """
    from fyr.exchange.dicom.keeping import DEFAULT_HOSPITAL, Outcome
    from fyr.record import Access
    from fyr.record.record import Record

    if not studies and not patient:
        raise UsageError("nothing is named that is to be fetched", mend="give --study UID or --patient ID")
    if series and len(studies) != 1:
        raise UsageError("a series needs its study", mend="give one --study with --series")
    with _client(url, token_file, user, password_file, timeout) as archive:
        wanted = list(studies) or _studies_of(archive, patient or "")
        listed = {study: archive.instances(study, series) for study in wanted}
        if missing := [study for study, found in listed.items() if not found]:
            raise BadInput(f"the archive has nothing of {missing[0]}", where=url, mend="check the UID")
        access = Access.of_operating_system_user(purpose=f"fetch from {url}"[:200])
        with Record.open(home, access=access) as record:
            fetching = _Fetching(archive, record, hospital or DEFAULT_HOSPITAL, url)
            with progress("fetching", sum(map(len, listed.values()))) as done:
                for found in listed.values():
                    fetching.fetch(found, done)
    document = {
        "home": str(home),
        "archive": url,
        "studies": wanted,
        "listed": sum(map(len, listed.values())),
        "added": fetching.tally[Outcome.ADDED],
        "known": fetching.tally[Outcome.KNOWN],
        "bytes": fetching.size,
        "refused": fetching.refused,
        "nothing_new": not fetching.tally[Outcome.ADDED],
    }
    _say(document, f"fetched {document['added']:,} objects, {document['known']:,} were here", json_wanted=json_wanted)


@click.command()
@click.argument("url")
@click.option("--study", "studies", multiple=True, required=True, help="A Study Instance UID; may be repeated.")
@_archive_options
@home_option
@json_option
def send(
    url: str,
    studies: tuple[str, ...],
    token_file: Path | None,
    user: str | None,
    password_file: Path | None,
    timeout: float,
    home: Home,
    json_wanted: bool,
) -> None:
    """Store studies of the record in the archive at URL (https://…/dicom-web).

    What the archive lists already is not sent again.
    """
    from fyr.record import Access
    from fyr.record.record import Record

    access = Access.of_operating_system_user(purpose=f"send to {url}"[:200])
    stored, known = 0, 0
    refused: list[dict[str, str]] = []
    with (
        _client(url, token_file, user, password_file, timeout) as archive,
        Record.open(home, access=access, create=False) as record,
    ):
        here = {study: _instances(record, study) for study in studies}
        with progress("sending", sum(map(len, here.values()))) as done:
            for study, found in here.items():
                there = {one.uid for one in _listed(archive, study)}
                new = [one for one in found if one.uid not in there]
                known += len(found) - len(new)
                done(len(found) - len(new))
                for some in _parts(new):
                    report = archive.store(list(record.read_instances(some, why="send images")))
                    stored += len(report.stored)
                    refused += [
                        {"where": uid, "reason": f"the archive refuses it with {reason:04X}", "mend": "ask there"}
                        for uid, reason in report.failed
                    ]
                    done(len(some))
    document = {
        "home": str(home),
        "archive": url,
        "studies": list(studies),
        "stored": stored,
        "known": known,
        "refused": refused,
        "nothing_new": not stored,
    }
    _say(document, f"sent {stored:,} objects, {known:,} were there", json_wanted=json_wanted)


@dataclass(slots=True)
class _Fetching:
    """What comes from an archive, kept part by part."""

    archive: DicomwebClient
    record: Record
    hospital: str
    source: str
    tally: Counter[Outcome] = field(default_factory=Counter)
    refused: list[dict[str, str]] = field(default_factory=list)
    size: int = 0

    def fetch(self, listed: Sequence[RemoteInstance], done: Callable[[int], None]) -> None:
        """Fetch what is listed of a study and not here; a connection that breaks is made again."""
        for series in dict.fromkeys(one.series for one in listed):
            of_series = [one for one in listed if one.series == series]
            missing = self._missing(of_series)
            self.tally.update({_known(): len(of_series) - len(missing)})
            done(len(of_series) - len(missing))
            for attempt in range(_TRIES):
                try:
                    self._fetch_series(missing, len(of_series), done)
                    break
                except ServiceUnavailable:
                    if attempt == _TRIES - 1 or len(left := self._missing(missing)) == len(missing):
                        raise
                    missing = left

    def _fetch_series(self, missing: Sequence[RemoteInstance], of_all: int, done: Callable[[int], None]) -> None:
        """Fetch a series at once where most of it is missing, else one by one."""
        if not missing:
            return
        first = missing[0]
        if len(missing) * 2 > of_all:
            objects = self.archive.retrieve(first.study, first.series)
        else:
            objects = (data for one in missing for data in self.archive.retrieve(one.study, one.series, one.uid))
        part: list[bytes] = []
        try:
            for data in objects:
                part.append(data)
                if len(part) >= _AT_ONCE or sum(map(len, part)) >= _BYTES_AT_ONCE:
                    self._keep(part, done)
                    part = []
        finally:
            self._keep(part, done)  # also what came before the connection broke

    def _keep(self, part: list[bytes], done: Callable[[int], None]) -> None:
        from fyr.exchange.dicom.keeping import Given, keep_objects

        if not part:
            return
        kept = keep_objects(self.record, [Given(data, self.source) for data in part], self.hospital, source=self.source)
        new = [one for one in kept if one.outcome is not _known()]
        self.tally.update(one.outcome for one in new)
        self.refused += [
            {
                "where": one.instance.uid if one.instance else self.source,
                "reason": one.problem.what,
                "mend": one.problem.mend,
            }
            for one in kept
            if one.problem is not None
        ]
        self.size += sum(map(len, part))
        done(len(new))

    def _missing(self, listed: Sequence[RemoteInstance]) -> list[RemoteInstance]:
        from fyr.record.dicom_index import held_under

        with self.record.storage.reading() as connection:
            held = held_under(connection, [one.uid for one in listed])
        here = {uid for uid, found in held.items() if any(who.hospital == self.hospital for _, who in found)}
        return [one for one in listed if one.uid not in here]


def _known() -> Outcome:
    from fyr.exchange.dicom.keeping import Outcome

    return Outcome.KNOWN


def _studies_of(archive: DicomwebClient, patient: str) -> list[str]:
    found = [one["0020000D"]["Value"][0] for one in archive.studies({"PatientID": patient}) if "0020000D" in one]
    if not found:
        raise BadInput(f"the archive has no study of patient '{patient}'", where=archive.url, mend="check the number")
    return found


def _instances(record: Record, study: str) -> list[DicomInstance]:
    from fyr.record.dicom_query import Form, Match

    found = record.find_instances([Match("StudyInstanceUID", Form.ANY_OF, (study,))])
    if not found:
        raise BadInput(f"the record has no study {study}", mend="see fyr record import --json for what it has")
    return list({one.uid: one for one in found}.values())


def _listed(archive: DicomwebClient, study: str) -> list[RemoteInstance]:
    try:
        return archive.instances(study)
    except BadInput:  # an archive may answer that it does not know the study
        return []


def _parts(found: Sequence[DicomInstance]) -> Iterator[list[DicomInstance]]:
    part: list[DicomInstance] = []
    for one in found:
        part.append(one)
        if len(part) >= _AT_ONCE or sum(some.size for some in part) >= _BYTES_AT_ONCE:
            yield part
            part = []
    if part:
        yield part


def _client(
    url: str, token_file: Path | None, user: str | None, password_file: Path | None, timeout: float
) -> DicomwebClient:
    from fyr.exchange.dicomweb.client import DicomwebClient

    if bool(user) != bool(password_file):
        raise UsageError("a user needs a password, and a password a user", mend="give --user and --password-file")
    return DicomwebClient(
        url,
        token=_secret(token_file),
        user=user or "",
        password=_secret(password_file) or "",
        timeout_s=timeout,
    )


def _secret(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise BadInput("the secret cannot be read", where=str(path), mend="check path and rights") from None


def _say(document: dict[str, Any], line: str, *, json_wanted: bool) -> None:
    if json_wanted:
        as_json(document)
        return
    for one in document["refused"][:_SHOWN]:
        click.echo(f"refused: {FyrError(one['reason'], where=one['where'], mend=one['mend'])}")
    if len(document["refused"]) > _SHOWN:
        click.echo(f"refused: ... and {len(document['refused']) - _SHOWN:,} more: --json has them all")
    click.echo(line)
