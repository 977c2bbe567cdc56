"""What needs a human now: conditions, the alarm state machine, policies, the worklist."""
