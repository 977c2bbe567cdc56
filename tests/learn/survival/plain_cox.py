"""The log partial likelihood by its definition: every event against every row at risk, one at a time."""

from __future__ import annotations

import numpy as np


def plain_likelihood(beta, table, years, event, *, efron, stratum=None, weight=None, offset=None, entry=None):
    """Return log likelihood, gradient and information as sums over events of sums over risk sets."""
    rows, columns = table.shape
    stratum = np.zeros(rows) if stratum is None else stratum
    weight = np.ones(rows) if weight is None else weight
    eta = table @ beta + (0.0 if offset is None else offset)
    entry = np.full(rows, -np.inf) if entry is None else entry
    value, gradient, information = 0.0, np.zeros(columns), np.zeros((columns, columns))
    for layer in np.unique(stratum):
        inside = stratum == layer
        for time in np.unique(years[inside & event]):
            at_risk = inside & (years >= time) & (entry < time)
            dead = inside & event & (years == time)
            count, mean_weight = int(dead.sum()), weight[dead].mean()
            value += float(weight[dead] @ eta[dead])
            gradient += weight[dead] @ table[dead]
            for place in range(count):
                share = (place / count if efron else 0.0) * dead
                risk = (weight * np.exp(eta) * (1 - share))[at_risk]
                x = table[at_risk]
                total, mean = risk.sum(), risk @ x / risk.sum()
                value -= mean_weight * np.log(total)
                gradient -= mean_weight * mean
                information += mean_weight * ((x * risk[:, None]).T @ x / total - np.outer(mean, mean))
    return value, gradient, information
