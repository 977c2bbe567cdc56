"""The HTTP API, sign-in and roles, live events, the built web page."""
