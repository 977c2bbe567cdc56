"""Topics as patterns: which level names the ward, the bed, the patient, the signal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fyr.errors import BadInput

__all__ = ["DEFAULT_TOPICS", "TopicPattern", "read_patterns"]

DEFAULT_TOPICS: Final = ("fyr/{ward}/{bed}/{signal}", "fyr/{ward}/{bed}")
"""One value a topic, and many values in one message."""

_NAMES: Final = ("ward", "bed", "patient", "signal", "device")


@dataclass(frozen=True, slots=True)
class TopicPattern:
    """A topic whose levels are words, ``{names}``, or ``+`` for whatever stands there.

    Parameters
    ----------
    text : str
        As it is written in `fyr.toml`.
    levels : tuple of str
    """

    text: str
    levels: tuple[str, ...]

    @classmethod
    def read(cls, text: str) -> TopicPattern:
        """Read a pattern.

        Raises
        ------
        BadInput
            If a level is neither a word, a known name in braces, nor ``+``, or a name stands twice.
        """
        mend = f"write for example {DEFAULT_TOPICS[0]}; the names are {', '.join(_NAMES)}"
        levels = tuple(text.split("/"))
        names = [level[1:-1] for level in levels if level.startswith("{") and level.endswith("}")]
        for level in levels:
            is_name = level.startswith("{") and level.endswith("}") and level[1:-1] in _NAMES
            if not is_name and level != "+" and any(sign in level for sign in "{}+#\x00"):
                raise BadInput(f"the level '{level}' is not understood", where=f"topics, '{text}'", mend=mend)
        if not text or len(set(names)) != len(names):
            raise BadInput("the topic is empty, or has a name twice", where=f"topics, '{text}'", mend=mend)
        return cls(text, levels)

    @property
    def subscription(self) -> str:
        """The MQTT topic filter that asks a broker for these topics."""
        return "/".join("+" if level.startswith("{") else level for level in self.levels)

    def match(self, levels: Sequence[str]) -> dict[str, str] | None:
        """Return what a topic's levels name, or ``None`` where the topic is another."""
        if len(levels) != len(self.levels):
            return None
        found: dict[str, str] = {}
        for mine, theirs in zip(self.levels, levels, strict=True):
            if mine.startswith("{"):
                found[mine[1:-1]] = theirs
            elif mine not in ("+", theirs):
                return None
        return found


def read_patterns(texts: Sequence[str]) -> tuple[TopicPattern, ...]:
    """Read the patterns of a source; the first that matches a topic is the one that counts.

    Raises
    ------
    BadInput
        If there is none, or one is not understood.
    """
    if not texts:
        raise BadInput("there is no topic", where="topics", mend=f'write topics = ["{DEFAULT_TOPICS[0]}"]')
    return tuple(TopicPattern.read(text) for text in texts)
