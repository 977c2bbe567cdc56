"""The table against what others read out of the standard."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from importlib.resources import files

import pytest
from pydicom.datadict import dictionary_description, dictionary_has_tag

from fyr.exchange.dicom.deidentify.profile import profile, row_of

PACKAGE = "fyr.exchange.dicom.deidentify"
READ_BY_OTHERS = {
    # SHA-256 of the sorted lines "GGGGEEEE action" of the lists in dicom-anonymizer 2.1.0 (BSD-3), read from the
    # standard by another program, and how many attributes they hold; ranges of groups left out.
    "2024b": (617, "869ea0baa366560aba3a4e90b59ee20170d603f71b9b9ff8b97b81da6857dc7e"),
    "2026c": (652, "3346188245b8625457c9b2c2fedb317c41c18b0f1657c7a69817bf198a729e34"),
}


def lines() -> list[dict[str, str]]:
    text = files(PACKAGE).joinpath("profile.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@pytest.mark.parametrize("edition", READ_BY_OTHERS)
def test_every_action_is_that_of_another_reading(edition: str) -> None:
    count, digest = READ_BY_OTHERS[edition]
    mine = sorted(
        f"{line['tag']} {line['basic']}"
        for line in lines()
        if line["tag"].isupper() | line["tag"].isdigit()
        and "x" not in line["tag"]
        and "g" not in line["tag"]
        and line["edition"] <= edition
    )
    assert len(mine) == count
    assert hashlib.sha256("\n".join(mine).encode()).hexdigest() == digest


def test_counts_of_the_edition_with_its_options() -> None:
    of_2024b = [line for line in lines() if line["edition"] == "2024b"]
    assert len(of_2024b) == 621
    columns = {name: Counter(line[name] for line in of_2024b) for name in of_2024b[0]}
    assert (columns["full_dates"]["K"], columns["modified_dates"]["C"]) == (165, 165)
    assert (columns["device"]["K"], columns["device"]["C"]) == (46, 11)
    assert (columns["patient"]["K"], columns["patient"]["C"]) == (9, 4)
    assert columns["uids"]["K"] == 59
    assert columns["descriptors"]["C"] == 125


@pytest.mark.parametrize(
    ("tag", "basic", "options"),
    [
        (0x00100010, "Z", ("", "", "", "")),
        (0x00100020, "Z/D", ("", "", "", "")),
        (0x00100040, "Z", ("", "", "K", "")),
        (0x00101010, "X", ("", "", "K", "")),
        (0x00080018, "U", ("", "", "", "")),
        (0x00080022, "X/Z", ("K", "C", "", "")),
        (0x0008002A, "X/Z/D", ("K", "C", "", "")),
        (0x00081010, "X/Z/D", ("", "", "", "K")),
        (0x00081140, "X/Z/U*", ("", "", "", "")),
        (0x30060026, "Z", ("", "", "", "")),
        (0x300A00B2, "X/Z", ("", "", "", "K")),
        (0x60003000, "X", ("", "", "", "")),
    ],
)
def test_rows_that_the_standard_prints(tag: int, basic: str, options: tuple[str, ...]) -> None:
    row = row_of(tag)
    assert row is not None
    assert row.basic == basic
    assert (row.full_dates, row.modified_dates, row.patient, row.device) == options


def test_names_are_those_of_the_dictionary() -> None:
    known = {tag: row for tag, row in profile().items() if dictionary_has_tag(tag) and tag >> 16 != 0x6000}
    assert len(known) > 620
    wrong = {hex(tag): row.name for tag, row in known.items() if row.name != dictionary_description(tag)}
    # Names that edition 2026c writes otherwise than pydicom's dictionary of 2024c, or with a mark of its own.
    assert len(wrong) <= 12, wrong
