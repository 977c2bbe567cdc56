"""A study as a file that people read before they approve it, and ``fyr learn propose``, which writes it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click

from fyr.cli.output import as_json, json_option
from fyr.errors import BadInput, NotPermitted
from fyr.learn.federation.study import Study

__all__ = ["approve", "check_own_key", "propose", "read_study", "study_text", "unsure_of_keys"]

_FORM: Final = 1
_FEWEST_DIGITS: Final = 12


@click.command()
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The study's file.")
@click.option("--site", "sites", multiple=True, required=True, metavar="NAME", help="A hospital; repeat it for each.")
@click.option("--method", required=True, help="What is computed: logistic, cox, …")
@click.option("--features", multiple=True, metavar="A,B,…", help="Columns; may be repeated.")
@click.option("--outcome", metavar="COLUMN", help="What is explained.")
@click.option("--time", "time", metavar="COLUMN", help="The follow-up time.")
@click.option("--event", metavar="COLUMN", help="Whether it happened.")
@click.option("--strata", multiple=True, metavar="site[,COLUMN]", help="'site' is the hospital itself.")
@click.option("--l2", type=click.FloatRange(min=0), help="Penalty: half of it times the sum of squared coefficients.")
@click.option("--ties", help="How equal times are taken (Cox): breslow or efron.")
@click.option("--option", "further", multiple=True, metavar="KEY=VALUE", help="A further option of the method.")
@click.option(
    "--rule", "rules", multiple=True, metavar="KEY=VALUE", help="A rule of disclosure, beside the default ones."
)
@click.option("--name", default="study", show_default=True, help="Of the study.")
@click.option("--quorum", type=click.IntRange(min=0), default=0, help="Hospitals that must answer; all by default.")
@click.option(
    "--keys", type=click.Path(path_type=Path), help="The coordinator's folder: the sites' keys go into the study."
)
@click.option("--on-refusal", type=click.Choice(["stop", "exclude"]), default="stop", show_default=True)
@json_option
def propose(
    out: Path,
    sites: tuple[str, ...],
    method: str,
    name: str,
    quorum: int,
    on_refusal: str,
    rules: tuple[str, ...],
    keys: Path | None,
    json_wanted: bool,
    **asked: Any,
) -> None:
    """Write a study's file: what is computed, over whom. Each hospital reads it, and approves it by its digest."""
    from fyr.cli.learn_federate_run import Asked, method_called
    from fyr.learn.federation.carriers.cards import own_name
    from fyr.learn.federation.carriers.whole_files import write_whole

    method = method_called(method)
    options = Asked(files=(), by_column=None, method=method, **asked).options()
    kept = {key.replace("-", "_"): _value(text) for key, _, text in (rule.partition("=") for rule in rules)}
    names = tuple(own_name(site) for site in sites)
    of_sites = {} if keys is None else _keys_of(keys, names)
    study = Study(name, method, names, options, quorum=quorum, rules=kept, on_refusal=on_refusal, keys=of_sites)
    document = _document(study)
    write_whole(out, json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n")
    if json_wanted:
        as_json({"file": str(out), "digest": study.digest, **document})
    else:
        click.echo("\n".join([*study_text(study), f"next: send {out} to every site"]))


def read_study(path: Path) -> Study:
    """Read a study's file.

    Raises
    ------
    BadInput
        If it is none.
    """
    try:
        found = json.loads(path.read_bytes())
        if found.pop("form") != _FORM:
            raise BadInput("this Fyr reads studies of form 1", where=str(path))
        return Study(**{**found, "sites": tuple(str(site) for site in found["sites"])})
    except OSError as problem:
        raise BadInput(f"it cannot be read: {problem.strerror}", where=str(path)) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadInput("this is no study", where=str(path), mend="fyr learn propose writes one") from None


def approve(study: Study, path: Path, digest: str | None) -> None:
    """Refuse a study that nobody here has approved: by the first digits, twelve at least, of its digest.

    Raises
    ------
    NotPermitted
    """
    given = (digest or "").strip().lower()
    if len(given) >= _FEWEST_DIGITS and study.digest.startswith(given):
        return
    why = f"its digest is not {given}" if given else "nobody here has approved this study"
    raise NotPermitted(
        f"{why}: {study.method} over {', '.join(study.sites)}, options {json.dumps(dict(study.options))}",
        where=str(path),
        mend=f"whoever may approve it says --approve {study.digest[:16]}",
    )


def study_text(study: Study) -> Iterator[str]:
    """Yield the lines that a person approves."""
    yield f"{study.name}: {study.method} over {', '.join(study.sites)}"
    for key, value in study.options.items():
        yield f"  {key}: {', '.join(map(str, value)) if isinstance(value, (list, tuple)) else value}"
    for key, value in study.rules.items():
        yield f"  rule {key}: {value}"
    yield f"  {study.needed} of {len(study.sites)} must answer; on a refusal: {study.on_refusal}"
    for site, key in study.keys.items():
        yield f"  key of {site}: {key[:16]}…"
    if (warning := unsure_of_keys(study)) is not None:
        yield f"  {warning}"
    yield f"  digest {study.digest}"


def _document(study: Study) -> dict[str, Any]:
    return {
        "form": _FORM,
        "name": study.name,
        "method": study.method,
        "sites": list(study.sites),
        "options": dict(study.options),
        "quorum": study.quorum,
        "rules": dict(study.rules),
        "on_refusal": study.on_refusal,
        **({"keys": dict(study.keys)} if study.keys else {}),
    }


def unsure_of_keys(study: Study) -> str | None:
    """Return what to say of a masked study that does not name its sites' keys."""
    from fyr.learn.federation.disclosure.rules import Rules

    if study.keys or not Rules.read(study.rules).masks(len(study.sites)):
        return None
    return (
        "warning: this study does not name its sites' keys, so masks hide sums only from a coordinator that is honest "
        "(fyr learn propose --keys)"
    )


def check_own_key(study: Study, site: str, public: bytes, path: Path) -> None:
    """Refuse a study that names another key for this site than its own.

    Raises
    ------
    NotPermitted
    """
    if study.keys and study.keys[site] != public.hex():
        raise NotPermitted(
            f"the study names another key for {site} than its own",
            where=str(path),
            mend="do not approve it; ask the coordinator where that key is from",
        )


def _keys_of(folder: Path, sites: tuple[str, ...]) -> dict[str, str]:
    from fyr.learn.federation.carriers.study_keys import CoordinatorKeys

    cards = CoordinatorKeys.open(folder).cards(sites)
    return {site: card.signing.hex() for site, card in cards.items()}


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
