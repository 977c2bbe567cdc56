"""``fyr learn coordinate``: conduct a study over hospitals that are elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fyr.cli.federate_output import can_be_kept, keep_model, model_lines
from fyr.cli.output import as_json, json_option
from fyr.errors import UsageError

if TYPE_CHECKING:
    from fyr.learn.federation.carriers.study_keys import CoordinatorKeys
    from fyr.learn.federation.coordinator import Outcome
    from fyr.learn.federation.study import Study
    from fyr.learn.federation.transport import Transport

__all__ = ["coordinate"]


@click.command()
@click.argument("study", type=click.Path(path_type=Path))
@click.option("--keys", required=True, type=click.Path(path_type=Path), help="The coordinator's folder of keys.")
@click.option(
    "--carrier", type=click.Choice(["tls", "flower", "files"]), default="tls", show_default=True, help="The way."
)
@click.option("--journal", type=click.Path(path_type=Path), help="Folder of the rounds; by default beside the keys.")
@click.option("--wait", "wait_s", type=click.FloatRange(min=1), help="Seconds a round may take; a day, files 30 days.")
@click.option("--deadline", "deadline_s", type=click.FloatRange(min=0), help="Seconds after which a quorum suffices.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on (tls, flower).")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on; by default the one of the keys.")
@click.option("--folder", type=click.Path(path_type=Path), help="Holds outbox/ and inbox/ (files).")
@click.option("--superlink", metavar="HOST:PORT", help="A SuperLink that runs already (flower).")
@click.option("--output", type=click.Path(path_type=Path), help="Folder for the model that is trained.")
@json_option
def coordinate(
    study: Path,
    keys: Path,
    carrier: str,
    journal: Path | None,
    wait_s: float | None,
    deadline_s: float | None,
    output: Path | None,
    json_wanted: bool,
    **way: Any,
) -> None:
    """Conduct a study: put its questions to the sites, round by round, and write its result.

    Stop it whenever that is needed: run again with the same keys and journal, it goes on where it was.
    """
    from fyr.cli.federate_study import read_study
    from fyr.learn.federation.carriers.study_keys import CoordinatorKeys
    from fyr.learn.federation.coordinator import conduct
    from fyr.learn.federation.in_process_study import JOURNAL
    from fyr.learn.federation.round_journal import RoundJournal

    agreed, own = read_study(study), CoordinatorKeys.open(keys)
    can_be_kept(agreed, output)
    known = own.signing_keys(agreed.sites)
    kept = (journal or keys / "studies" / agreed.digest[:16]) / JOURNAL
    with ExitStack() as stack:
        rounds = RoundJournal(kept, agreed)
        stack.callback(rounds.close)
        transport, end = _WAYS[carrier](stack, _Asked(agreed, own, kept.parent, **way))
        outcome = conduct(
            agreed,
            transport,
            own.signing,
            known,
            wait_s=wait_s or (30 if carrier == "files" else 1) * 86400,
            deadline_s=deadline_s,
            journal=rounds,
            tell=_tell,
        )
        end(f"{agreed.name} is finished after {outcome.rounds} rounds; thank you")
    document = _document(agreed, outcome)
    if output is not None:
        document["kept"] = keep_model(output, agreed, outcome, document["sites"])
    if json_wanted:
        as_json(document)
    else:
        click.echo("\n".join(_text(document)))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a carrier needs to know."""

    study: Study
    keys: CoordinatorKeys
    kept: Path
    host: str
    port: int | None
    folder: Path | None
    superlink: str | None


_Way = tuple["Transport", Callable[[str], None]]
"""A transport, and what tells the sites that the study is over."""


def _tls(stack: ExitStack, asked: _Asked) -> _Way:
    from fyr.learn.federation.carriers.tls_coordinator import TlsCoordinator

    transport = TlsCoordinator(asked.keys, asked.study.sites, host=asked.host, port=asked.port, say=_say)
    stack.callback(transport.close)
    _say(f"{asked.study.name}: waiting for {', '.join(asked.study.sites)} on {asked.host}:{transport.port}")
    return transport, transport.end


def _flower(stack: ExitStack, asked: _Asked) -> _Way:
    from fyr.learn.federation.carriers.flower_coordinator import FlowerCoordinator
    from fyr.learn.federation.carriers.study_keys import server_address
    from fyr.learn.federation.carriers.superlink import SuperLink, superlink_secret

    name, own_port = server_address(asked.keys.address)
    port = asked.port or own_port
    if asked.superlink is None:
        log = asked.kept / "superlink.log"
        stack.enter_context(SuperLink(asked.keys, host=asked.host, port=port, log=log))
        _say(f"{asked.study.name}: a SuperLink on {asked.host}:{port}, its words in {log}")
    address = asked.superlink or f"{name}:{port}"
    secret = superlink_secret(asked.keys).read_bytes()
    transport = FlowerCoordinator(asked.keys, asked.study.sites, address, secret, say=_say)
    finished: list[str] = []
    stack.callback(lambda: transport.close(finished=bool(finished)))
    return transport, finished.append


def _files(stack: ExitStack, asked: _Asked) -> _Way:
    from fyr.learn.federation.carriers.by_hand import ByHand

    if asked.folder is None:
        raise UsageError("no folder is named for the files", where="--folder", mend="name one: --folder DIR")
    outbox, inbox = asked.folder / "outbox", asked.folder / "inbox"
    transport = ByHand(asked.keys, asked.study.sites, outbox, inbox, say=_say)
    stack.callback(transport.close)
    return transport, _say


_WAYS: dict[str, Callable[[ExitStack, _Asked], _Way]] = {"tls": _tls, "flower": _flower, "files": _files}


def _document(study: Study, outcome: Outcome) -> dict[str, Any]:
    from fyr.learn.federation.disclosure.rules import Rules

    left_out = {**outcome.result.get("sites_left_out", {}), **outcome.left_out}
    return {
        "study": {"name": study.name, "digest": study.digest, "method": study.method, "options": dict(study.options)},
        **outcome.result,
        "rounds": outcome.rounds,
        "bytes_per_site_per_round": max((n for sizes in outcome.bytes_per_round.values() for n in sizes), default=0),
        "sums_masked": Rules.read(study.rules).masks(len(study.sites)),
        "sites": [site for site in outcome.sites if site not in left_out],
        "sites_left_out": left_out,
        "set_aside": outcome.set_aside,
        "transcript": outcome.transcript,
    }


def _text(document: Mapping[str, Any]) -> Iterator[str]:
    study = document["study"]
    yield f"{study['name']}: {study['method']} over {len(document['sites'])} hospitals ({', '.join(document['sites'])})"
    for key, value in document.items():
        if key == "model":
            yield from (f"  {line}" for line in model_lines(value))
        elif key == "kept":
            yield f"  the model is in {value['folder']} ({value['digest'][:12]})"
        elif key not in ("study", "sites"):
            yield from _lines(key.replace("_", " "), value, "  ")


def _lines(name: str, value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        if value:
            yield f"{indent}{name}:"
        for key, one in value.items():
            yield from _lines(str(key), one, indent + "  ")
    elif isinstance(value, (list, tuple)):
        yield f"{indent}{name}: {', '.join(map(str, value[:40]))}" + (" …" if len(value) > 40 else "")
    else:
        yield f"{indent}{name}: {value:.8g}" if isinstance(value, float) else f"{indent}{name}: {value}"


def _tell(number: int, answered: int, sites: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[Kround {number}: {answered} of {sites} hospitals", err=True, nl=False)


def _say(line: str) -> None:
    click.echo(line, err=True)
