"""``python -m fyr.cli`` is the `fyr` command."""

from fyr.cli.main import main

main()
