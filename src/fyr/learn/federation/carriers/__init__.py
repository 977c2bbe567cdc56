"""Ways for sealed envelopes to travel between hospitals: TLS, Flower, and files carried by hand.

Each is a :class:`~fyr.learn.federation.transport.Transport` on the coordinator's side and a loop around
:meth:`~fyr.learn.federation.site.Site.handle` on the hospital's. None of them reads what it carries, but for the door:
an envelope that its sender did not sign goes no further.
"""
