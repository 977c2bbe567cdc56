"""A part of the mapping file that hands out what is asked for, and refuses what nobody asked for."""

from __future__ import annotations

import difflib
from typing import Any, ClassVar

from fyr.errors import BadInput

__all__ = ["Section", "hospital_or_column"]


class Section:
    """Lines of the form ``key: value``, and where in the file they are."""

    guide: ClassVar[str] = "docs/reference/table-mapping.md"
    """The page that lists the keys."""

    def __init__(self, content: Any, name: str, path: str) -> None:
        self.where = f"{path}, {name}" if name else path
        self.name = name
        self.path = path
        self.asked: list[str] = []
        if not isinstance(content, dict):
            raise self.problem("a list of 'key: value' lines is expected here")
        self.content: dict[str, Any] = content

    def problem(self, what: str) -> BadInput:
        """Say what is wrong with this section."""
        return BadInput(what, where=self.where, mend=f"correct the mapping; {self.guide} lists its keys")

    def missing(self, key: str) -> BadInput:
        """Say that a key is missing, and which one looks as if it were meant."""
        near = difflib.get_close_matches(key, [other for other in self.content if other not in self.asked], n=1)
        return self.problem(f"'{key}' is missing" + (f"; is '{near[0]}' a typing error?" if near else ""))

    def has(self, key: str) -> bool:
        """Tell whether the section has the key."""
        return key in self.content

    def optional(self, key: str) -> str | None:
        """Return the text, or ``None`` where the key is absent."""
        self.asked.append(key)
        value = self.content.get(key)
        if value is not None and not isinstance(value, str):
            raise self.problem(f"'{key}' must be plain text")
        return value

    def text(self, key: str) -> str:
        """Return the text of a key that must be there."""
        value = self.optional(key)
        if not value:
            raise self.missing(key)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return one text or a list of them; none where the key is absent."""
        self.asked.append(key)
        value = self.content.get(key, [])
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
            raise self.problem(f"'{key}' must be text or a list of texts")
        return tuple(values)

    def choice(self, key: str, allowed: tuple[str, ...], default: str | None) -> Any:
        """Return a text that must be one of those allowed."""
        value = self.optional(key)
        if value is None:
            return default
        if value not in allowed:
            raise self.problem(f"'{key}' is '{value}', and must be one of {', '.join(allowed)}")
        return value

    def words(self, key: str, default: dict[str, str], allowed: tuple[str, ...] | None) -> dict[str, str]:
        """Return lines of the form ``text in the file: meaning`` on top of the default."""
        self.asked.append(key)
        value = self.content.get(key)
        if value is None:
            return default
        if not isinstance(value, dict) or not all(isinstance(word, str) for word in value.values()):
            raise self.problem(f"'{key}' must be lines of the form 'text in the file: meaning'")
        for word in value.values():
            if allowed is not None and word not in allowed:
                raise self.problem(f"'{key}' gives the meaning '{word}', and must be one of {', '.join(allowed)}")
        return {**default, **value}

    def positive(self, text: str) -> float:
        """Read a number of seconds."""
        try:
            number = float(text)
        except ValueError:
            number = 0.0
        if not 0 < number < 1e9:
            raise self.problem(f"'{text}' is not a number of seconds")
        return number

    def section(self, key: str, shorthand: str | None = None) -> Section:
        """Return the section under a key; plain text stands for its `shorthand` key alone."""
        self.asked.append(key)
        if key not in self.content:
            raise self.missing(key)
        return self.inner(key, self.content[key], shorthand)

    def sections(self, key: str, shorthand: str) -> dict[str, Section]:
        """Return every section under a key by its name."""
        if not self.has(key):
            self.asked.append(key)
            return {}
        whole = self.section(key)
        return {name: whole.inner(name, content, shorthand) for name, content in whole.content.items()}

    def inner(self, key: str, content: Any, shorthand: str | None) -> Section:
        """Return a part of this section as a section of its own."""
        name = f"{self.name}.{key}" if self.name else key
        whole = {shorthand: content} if shorthand and isinstance(content, str) else content
        return type(self)(whole, name, self.path)

    def finish(self) -> None:
        """Refuse the keys that nobody asked for."""
        for key in self.content:
            if key not in self.asked:
                near = difflib.get_close_matches(key, self.asked, n=1)
                raise self.problem(f"'{key}' is not a key here" + (f"; did you mean '{near[0]}'?" if near else ""))


def hospital_or_column(whole: Section) -> tuple[str | None, str | None]:
    """Read which hospital the patients are of: its name, or the column that holds it; neither where nothing is said."""
    if not whole.has("hospital"):
        return None, None
    if isinstance(whole.content["hospital"], str):
        return whole.text("hospital"), None
    section = whole.section("hospital")
    column = section.text("column")
    section.finish()
    return None, column
