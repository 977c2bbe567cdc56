"""YAML as plain text: ``no``, ``1`` and ``2020-01-01`` stay what the person wrote, and no key is given twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from fyr.errors import BadInput

__all__ = ["read_yaml"]


class _PlainLoader(yaml.BaseLoader):
    """Reads texts, lists and mappings only, and refuses a key that is there twice."""


def _mapping(loader: _PlainLoader, node: yaml.MappingNode) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            raise yaml.MarkedYAMLError(problem="a key must be plain text", problem_mark=key_node.start_mark)
        if key in content:
            raise yaml.MarkedYAMLError(problem=f"'{key}' is given twice", problem_mark=key_node.start_mark)
        content[key] = loader.construct_object(value_node, deep=True)
    return content


_PlainLoader.add_constructor("tag:yaml.org,2002:map", _mapping)


def read_yaml(path: Path) -> Any:
    """Read a YAML file in which every scalar is text.

    Raises
    ------
    BadInput
        If the file is absent, not text or not YAML; the error names the line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as problem:
        raise BadInput(
            f"the mapping cannot be read: {problem.strerror}", where=str(path), mend="check the path"
        ) from None
    except UnicodeDecodeError:
        raise BadInput("the mapping is not UTF-8 text", where=str(path), mend="save it as UTF-8") from None
    try:
        content = yaml.load(text, Loader=_PlainLoader)  # noqa: S506  a BaseLoader: it makes texts and nothing else
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        line = f" line {mark.line + 1}" if mark else ""
        raise BadInput(
            f"this is not YAML: {problem.problem}", where=f"{path}{line}", mend="put texts such as '%' in quotes"
        ) from None
    except (yaml.YAMLError, RecursionError) as problem:
        raise BadInput(f"this is not YAML: {problem}", where=str(path), mend="save it as plain text") from None
    if content in (None, ""):
        raise BadInput("the mapping is empty", where=str(path), mend="see docs/reference/table-mapping.md")
    return content
