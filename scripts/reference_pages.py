"""MkDocs hook: the parts of the reference that are written from the code itself, so that they cannot drift from it.

A page of docs/reference says ``<!-- from the code: policies -->`` where the part belongs; the model catalogue is whole
pages. ``python scripts/reference_pages.py policies`` prints one part.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any, Final, cast

import click
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

import model_catalogue

_MODELS: Final = "reference/models"
_PLACE: Final = re.compile(r"<!-- from the code: ([a-z-]+) -->")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """List the models under Reference; MkDocs calls this once."""
    for section in config.nav or ():
        if "Reference" in section:
            pages = section["Reference"]
            pages[pages.index(f"{_MODELS}/index.md")] = {"Models": list(model_pages())}
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the model catalogue, a page for each card; MkDocs calls this once."""
    for path, content in model_pages().items():
        files.append(File.generated(config, path, content=content))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put each part into its place; MkDocs calls this for every page."""
    return _PLACE.sub(lambda place: PARTS[place[1]](), markdown)


# ------------------------------------------------------------------------------------------------- the command line


def command_line() -> str:
    """Write every verb, with its arguments and options, as click knows them."""
    from fyr.cli.main import fyr

    return "\n".join(_command("fyr", fyr, click.Context(fyr, info_name="fyr"), depth=1))


def _command(path: str, command: click.Command, context: click.Context, depth: int) -> Iterator[str]:
    if depth > 1:
        yield f"{'#' * min(depth, 4)} {path}"
        yield ""
        yield _paragraphs(command.help or "")
        yield ""
    if not isinstance(command, click.Group) or command.invoke_without_command:
        yield "```text"
        yield " ".join([path, *command.collect_usage_pieces(context)])
        yield "```"
        yield ""
        yield from _parameters(command, context)
    if not isinstance(command, click.Group):
        return
    for name in command.list_commands(context):
        inner = command.get_command(context, name)
        if inner is not None and not inner.hidden:
            inner_context = click.Context(inner, info_name=name, parent=context)
            yield from _command(f"{path} {name}", inner, inner_context, depth + 1)


def _parameters(command: click.Command, context: click.Context) -> Iterator[str]:
    rows = [record for parameter in command.get_params(context) if (record := parameter.get_help_record(context))]
    rows = [(name, text) for name, text in rows if name.startswith("-") and not name.startswith(("-h", "--help"))]
    if rows:
        yield from _table(("option", "what it does"), ((f"`{spelling}`", text) for spelling, text in rows))


def _paragraphs(text: str) -> str:
    paragraphs = text.replace("\b", "").strip().split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


# ----------------------------------------------------------------------------------------------------- the HTTP API


def http_api() -> str:
    """Write every address of the server from its own OpenAPI description."""
    from fyr.serve.app import create_app
    from fyr.serve.installation import Installation
    from fyr.serve.page import Page

    nothing_behind_it = SimpleNamespace(host_names=frozenset(), image_origins=(), page=Page())
    description = create_app(cast("Installation", nothing_behind_it)).openapi()
    lines = [description["info"]["description"].strip(), "", "## Addresses", ""]
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            lines.extend(_operation(method.upper(), path, operation))
    lines += ["## Documents", "", "JSON; a field that is not marked may be left out or null.", ""]
    for name, schema in description["components"]["schemas"].items():
        if name in _ANSWERED_OTHERWISE:
            continue
        lines += [f"### {name}", "", _paragraphs(schema.get("description", "")), ""]
        required = schema.get("required", ())
        fields = schema.get("properties", {}).items()
        rows = ((f"`{field}`", _schema(entry), _yes(field in required)) for field, entry in fields)
        lines.extend(_table(("field", "is", "always there"), rows))
    return "\n".join(lines)


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {method} {path}"
    yield ""
    yield _paragraphs(operation.get("description") or operation.get("summary", ""))
    yield ""
    parameters = [entry for entry in operation.get("parameters", ()) if entry["in"] in ("path", "query")]
    if parameters:
        rows = (
            (f"`{entry['name']}`", entry["in"], _schema(entry["schema"]), _yes(entry.get("required")))
            for entry in parameters
        )
        yield from _table(("parameter", "in", "is", "required"), rows)
    body = _json_of(operation.get("requestBody", {}))
    if body:
        yield f"Body: {_schema(body)}."
        yield ""
    for status, response in operation.get("responses", {}).items():
        if status != "422" and _json_of(response):
            yield f"Answer {status}: {_schema(_json_of(response))}."
            yield ""


def _json_of(part: Mapping[str, Any]) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", part.get("content", {}).get("application/json", {}).get("schema", {}))


def _schema(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(_schema(entry) for entry in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        return ", ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {_schema(schema.get('items', {}))}"
    if isinstance(schema.get("additionalProperties"), Mapping) and schema["additionalProperties"]:
        return f"by name: {_schema(schema['additionalProperties'])}"
    limits = [f"{sign} {schema[key]:g}" for key, sign in _LIMITS.items() if key in schema]
    default = [f"default {schema['default']}"] if schema.get("default") not in (None, "") else []
    return ", ".join([str(schema.get("type", "anything")), *limits, *default])


_ANSWERED_OTHERWISE: Final = {"HTTPValidationError", "ValidationError"}
"""FastAPI would answer these to a wrong call; Fyr answers a Problem."""
_LIMITS: Final = {
    "minimum": "at least",
    "exclusiveMinimum": "more than",
    "maximum": "at most",
    "exclusiveMaximum": "less than",
}


# ----------------------------------------------------------------------------------------------------- the policies


def policies() -> str:
    """Write the policies that come with Fyr, rule by rule."""
    from fyr.attention import load_policy, shipped_policies

    lines: list[str] = []
    for name in shipped_policies():
        lines.extend(_policy(load_policy(name)))
    return "\n".join(lines)


def _policy(policy: Any) -> Iterator[str]:
    from fyr.clock import format_duration

    yield f"## {policy.name}"
    yield ""
    yield f"{policy.title}. Version {policy.version}, digest `{policy.digest[:12]}`."
    yield ""
    yield f"Source: {policy.source}"
    yield ""
    yield " ".join(policy.notes.split())
    yield ""
    yield from _table(
        ("rule", "title", "priority", "group", "clears", "refractory", "latches"),
        (
            (
                f"`{rule.key}`",
                rule.title,
                rule.priority.value,
                rule.group,
                f"{'from' if rule.operator.looks_down else 'down to'} {rule.clear_threshold:g}, "
                + (f"{rule.clear_readings} reading(s)" if rule.readings else format_duration(rule.clear_after_us)),
                format_duration(rule.refractory_us),
                _yes(rule.latch),
            )
            for rule in policy.rules
        ),
    )


# ------------------------------------------------------------------------------------------------ the configuration


def configuration() -> str:
    """Write every key of fyr.toml, and the kinds of sources and sinks with the options of their classes."""
    from fyr.serve.configuration_keys import COMMON_SINK_KEYS, COMMON_SOURCE_KEYS, SECTIONS
    from fyr.serve.source_kinds import SINK_KINDS, SOURCE_KINDS

    lines: list[str] = []
    tables = {f"[{name}]": keys for name, keys in SECTIONS.items()}
    tables |= {"[[source]]": COMMON_SOURCE_KEYS, "[[sink]]": COMMON_SINK_KEYS}
    kinds: dict[str, Mapping[str, Any]] = {"[[source]]": SOURCE_KINDS, "[[sink]]": SINK_KINDS}
    for title, keys in tables.items():
        lines += [f"## {title}", ""]
        rows = ((f"`{key.name}`", f"`{key.default}`" if key.default else "", key.meaning) for key in keys)
        lines.extend(_table(("key", "default", "means"), rows))
        for name, kind in kinds.get(title, {}).items():
            lines.extend(_kind(name, kind))
    return "\n".join(lines)


def _kind(name: str, kind: Any) -> Iterator[str]:
    from fyr.errors import ServiceUnavailable
    from fyr.serve.source_kinds import options_of

    yield f'### kind = "{name}"'
    yield ""
    yield f"{kind.purpose[:1].upper()}{kind.purpose[1:]}."
    yield ""
    try:
        options = options_of(kind)
    except ServiceUnavailable:
        yield "Not in this Fyr."
        yield ""
        return
    rows = ((f"`{one.name}`", _default(one.default), f"`{one.annotation}`") for one in options.values())
    yield from _table(("option", "default", "is"), rows)


def _default(value: object) -> str:
    return "needed" if value is inspect.Parameter.empty else f"`{value!r}`"


# ------------------------------------------------------------------------------------------------------- the models


def model_pages() -> dict[str, str]:
    """Write the model catalogue: an index and a page for each card, by their paths."""
    from fyr.models import models, problems

    for problem in problems().values():
        raise problem
    cards = {name: model.card for name, model in models().items()}
    pages = {f"{_MODELS}/index.md": model_catalogue.index_page(cards)}
    pages |= {f"{_MODELS}/{name}.md": model_catalogue.model_page(name, card) for name, card in cards.items()}
    return {path: "\n".join(lines) for path, lines in pages.items()}


# ------------------------------------------------------------------------------------------------------- the Python


def python() -> str:
    """Write the flat public API: each name, the room that it comes from, and the first line of its docstring."""
    import fyr

    things = [(name, getattr(fyr, name)) for name in fyr.__all__ if not name.startswith("_")]
    rows = (
        (f"`fyr.{name}`", f"`{thing.__module__}`", (inspect.getdoc(thing) or "").splitlines()[0])
        for name, thing in things
    )
    return "\n".join(_table(("name", "is defined in", "is"), rows))


# ------------------------------------------------------------------------------------------------------------- words


# -------------------------------------------------------------------------------------------------- the clinical facts


def clinical_facts() -> str:
    """Write the vocabulary of clinical facts, group by group."""
    from fyr.record.clinical import GROUPS

    lines: list[str] = []
    for group, facts in GROUPS.items():
        lines += [f"## {group.capitalize()}", ""]
        rows = ((f"`{one.name}`", one.title, one.accepted, _codes(one), one.meaning) for one in facts)
        lines.extend(_table(("name", "is", "possible", "codes", "meaning"), rows))
    return "\n".join(lines)


def _codes(fact: Any) -> str:
    return ", ".join(code for code in (fact.code, *fact.also) if code)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(_cell(entry) for entry in row)} |"
    yield ""


def _cell(text: str) -> str:
    words = " ".join(text.split())
    return words if words.startswith("`") else words.replace("|", "\\|")  # code needs no escape, and would show it


def _yes(value: object) -> str:
    return "yes" if value else ""


PARTS: Final[dict[str, Callable[[], str]]] = {
    "clinical-facts": clinical_facts,
    "command-line": command_line,
    "configuration": configuration,
    "http-api": http_api,
    "policies": policies,
    "python": python,
}

if __name__ == "__main__":
    sys.stdout.write(PARTS[sys.argv[1]]() + "\n")
