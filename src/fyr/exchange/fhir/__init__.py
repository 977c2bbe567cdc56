"""HL7 FHIR R4 (4.0.1) as JSON, both ways: Observations in; alarms, what was told of them, and risks out.

What comes in is read by hand, without building a model of each resource: one resource is a few dictionary look-ups.
What goes out is plain dictionaries, held to the independent package ``fhir.resources`` by the tests.
"""
