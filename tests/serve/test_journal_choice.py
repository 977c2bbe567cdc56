"""The wards never begin anew because a number in a file was changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from fyr.errors import BadInput
from fyr.record.record import Record
from fyr.serve.journal_choice import JournalChoice, hold_to_choice

EMBEDDED, TWO, THREE = JournalChoice("embedded", 1), JournalChoice("jetstream", 2), JournalChoice("jetstream", 3)


def test_the_first_choice_is_kept_and_another_is_refused_until_it_is_meant(tmp_path: Path) -> None:
    with Record.open(tmp_path / "home") as record, Record.open(tmp_path / "stream") as stream:
        for _ in range(2):
            hold_to_choice(record.journal, stream.journal, TWO)
        for other in (THREE, EMBEDDED):
            with pytest.raises(BadInput, match="would begin anew") as refused:
                hold_to_choice(record.journal, stream.journal, other)
            assert refused.value.mend is not None
            assert "workers = 2" in refused.value.mend
        hold_to_choice(record.journal, stream.journal, THREE, begin_anew=True)
        hold_to_choice(record.journal, stream.journal, THREE)
        with pytest.raises(BadInput):
            hold_to_choice(record.journal, stream.journal, TWO)


@pytest.mark.parametrize(
    ("partition", "held"), [("ward/hospital", EMBEDDED), ("ward/hospital/1 of 2", TWO), ("ward/hospital/2 of 2", TWO)]
)
def test_what_an_older_fyr_left_without_a_note_counts(tmp_path: Path, partition: str, held: JournalChoice) -> None:
    with Record.open(tmp_path / "home") as record, Record.open(tmp_path / "stream") as stream:
        (record if held == EMBEDDED else stream).journal.append(partition, [b"{}"])
        with pytest.raises(BadInput, match="would begin anew"):
            hold_to_choice(record.journal, stream.journal, THREE)
        hold_to_choice(record.journal, stream.journal, held)
