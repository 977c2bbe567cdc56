"""Networks over hospitals: each site trains for some steps, the mean of what they changed is the next network.

Averages are not the pooled fit. Where sums are enough (regression, Cox, trees) they are better: see
:mod:`fyr.learn.federation.generalised_linear` and :mod:`fyr.learn.federation.boosting`.
"""
