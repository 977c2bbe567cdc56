"""What a verb says: one JSON document or a page of text on stdout, progress on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import click

__all__ = ["as_json", "json_option", "progress"]

_Command = TypeVar("_Command", bound=Callable[..., Any])


def json_option(command: _Command) -> _Command:
    """Give a verb ``--json``; it arrives as the parameter ``json_wanted``."""
    return click.option("--json", "json_wanted", is_flag=True, help="One JSON document on stdout, nothing else.")(
        command
    )


def as_json(document: Mapping[str, Any]) -> None:
    """Write one JSON document on stdout; NaN becomes null, for JSON has no word for it."""
    import orjson

    options = orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS
    sys.stdout.write(orjson.dumps(document, option=options).decode())
    sys.stdout.write("\n")


@contextmanager
def progress(label: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show a progress bar on stderr where that is a terminal; yields a function that takes the steps done."""
    with click.progressbar(length=total, label=label, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        yield bar.update
