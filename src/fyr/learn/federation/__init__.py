"""Hospitals that compute together: exact sums go between them, rows never do.

A method (:mod:`~fyr.learn.federation.rounds`) yields questions; sites answer from their own rows with sums; a
:class:`~fyr.learn.federation.transport.Transport` carries sealed envelopes; what leaves a site passes its gate first.
"""
