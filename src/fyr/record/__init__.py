"""What is known about a patient: identities, observations, series, objects, findings, journal, audit trail."""
