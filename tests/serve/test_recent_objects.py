"""Large objects are read once while they are looked through."""

from __future__ import annotations

from fyr.serve.recent_objects import RecentObjects

MIB = 1 << 20


def test_the_newest_large_objects_are_held_and_no_more_than_fit() -> None:
    read: list[str] = []

    def get(name: str, size: int) -> bytes:
        def from_disk() -> bytes:
            read.append(name)
            return name.encode() * size

        return recent.get(name, from_disk)

    recent = RecentObjects(most=12 * MIB)
    assert get("a", 5 * MIB) == get("a", 5 * MIB) == b"a" * 5 * MIB
    get("b", 5 * MIB)
    get("a", 5 * MIB)
    get("c", 5 * MIB)  # for which b goes
    get("a", 5 * MIB)
    get("b", 5 * MIB)
    assert read == ["a", "b", "c", "b"]
    get("small", 1), get("small", 1)
    get("huge", 13 * MIB), get("huge", 13 * MIB)
    assert read[4:] == ["small", "small", "huge", "huge"]
