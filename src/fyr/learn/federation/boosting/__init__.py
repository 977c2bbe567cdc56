"""Boosted trees over hospitals: the trees of the pooled rows, from sums of histograms.

Bins are agreed from counts (:mod:`~fyr.learn.federation.boosting.sketch`), each site adds up slopes and curvatures in
whole numbers (:mod:`~fyr.learn.federation.boosting.levels`), so sums are exact in any order, and the coordinator
chooses the splits (:mod:`~fyr.learn.federation.boosting.growing`).
"""
