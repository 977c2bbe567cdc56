"""Whatever a table holds and a mapping says: a cohort whose columns fit together, or one line that says why not."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fyr.diagnose.breast.nottingham import NPI
from fyr.errors import BadInput
from fyr.exchange.tables.cohort_mapping import CohortMapping, ColumnUse, EventRule, GroupRule, OutcomeRule, TimeUse
from fyr.exchange.tables.cohort_table import read_cohort_table

CELL = st.one_of(
    st.sampled_from(
        ["", "NA", "0", "1", "2", "3", "-1", "12", "22.5", "1e3", "1e400", "inf", "nan", "true", "no", "æøå"]
    ),
    st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=6),
)
ROW = st.tuples(*[CELL] * 6)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(ROW, min_size=1, max_size=12),
    unit=st.sampled_from([None, "d", "wk", "mo", "a"]),
    decimal=st.sampled_from([".", ","]),
    with_time=st.booleans(),
    cuts=st.sampled_from([(), (1.0,), (0.0, 10.0)]),
)
def test_nothing_but_a_cohort_or_a_reason(
    rows: list[tuple[str, ...]],
    unit: str | None,
    decimal: str,
    with_time: bool,
    cuts: tuple[float, ...],
    tmp_path: Path,
) -> None:
    with (tmp_path / "t.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "size", "grade", "nodes", "time", "event"])
        writer.writerows(rows)
    mapping = CohortMapping(
        "m.yaml",
        patient="id",
        columns={
            "size": ColumnUse("tumour_size_mm", unit="cm"),
            "grade": ColumnUse("grade"),
            "nodes": ColumnUse("positive_nodes"),
        },
        outcome=OutcomeRule(EventRule("event"), TimeUse("time", unit) if with_time else None),
        groups={"size": GroupRule("size", cuts)} if cuts else {},
        decimal=decimal,
    )
    try:
        found = read_cohort_table(tmp_path / "t.csv", mapping)
    except BadInput:
        return
    kept = len(found.patient)
    assert 0 < kept <= len(rows)
    for column in (found.hospital, found.code, found.row, *found.columns.values(), *found.groups.values()):
        assert len(column) == kept
    assert (found.code == 1).any()
    if found.years is not None:
        assert np.isfinite(found.years).all()
        assert (found.years >= 0).all()
    answers = NPI.predict_columns(found.columns)
    assert answers.answered.sum() + sum(reason is not None for reason in answers.refusal_reasons()) == kept


@pytest.mark.parametrize(
    "content", ["", "id\n", "id;time;event\n1;2;1\n", "id,time,event\n1,2\n", "\x00\x01", "a,a\n1,2\n"]
)
def test_a_file_that_is_no_table_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(content, encoding="utf-8")
    mapping = CohortMapping("m.yaml", outcome=OutcomeRule(EventRule("event"), TimeUse("time", "d")))
    with pytest.raises(BadInput):
        read_cohort_table(tmp_path / "t.csv", mapping)
