"""The policies that come with Fyr, as YAML; :func:`fyr.attention.load_policy` reads them by name."""
