"""Which rows an answer is about, and how many each group has."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fyr.learn.federation.disclosure.groups import summed
from fyr.learn.federation.rounds import Answer
from fyr.learn.federation.site_table import SiteTable


@given(st.lists(st.integers(-1, 7), min_size=1, max_size=30), st.integers(1, 9))
def test_a_partition_has_a_place_for_each_cell_that_all_sites_share(cells: list[int], width: int) -> None:
    cell = np.array(cells, dtype=np.int64)
    table = SiteTable("oslo", {"age": np.arange(float(len(cell)))})
    what = summed(table, {}, Answer({"rows": np.ones(width)}, cells={"leaf": cell}))
    there = {one: np.flatnonzero(cell == one).tolist() for one in range(8) if (cell == one).any()}
    assert {one.label: np.flatnonzero(one.rows).tolist() for one in what.groups} == {
        f"cell {one} of leaf": rows for one, rows in there.items()
    }
    if cell.max() < width:
        assert what.support.tolist() == [int((cell >= 0).sum()), *(int((cell == one).sum()) for one in range(width))]
        assert all(what.support[one.place] == np.count_nonzero(one.rows) for one in what.groups)
    else:
        assert what.support.tolist() == [int((cell >= 0).sum())]
        assert {one.place for one in what.groups} == {-1}
