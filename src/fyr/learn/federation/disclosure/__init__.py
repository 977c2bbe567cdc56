"""What may leave a hospital in a federated study: rules, a leak meter, a ledger, masks and noise.

:class:`~fyr.learn.federation.disclosure.control.Control` is the gate of one site. It holds an answer against the
:class:`~fyr.learn.federation.disclosure.rules.Rules`, counts with the meter whose values could be worked out from it
together with everything sent before, charges the ledger, and only then masks and lets go.
"""
