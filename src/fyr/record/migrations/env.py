"""Alembic's entry: runs the revisions on the connection that :mod:`fyr.record.upgrade` hands over."""

from alembic import context

from fyr.record.schema import METADATA, REVISION_TABLE


def run() -> None:
    """Run the revisions inside the caller's transaction: all of them, or none."""
    context.configure(
        connection=context.config.attributes["connection"], target_metadata=METADATA, version_table=REVISION_TABLE
    )
    context.run_migrations()


if __name__ == "env_py":  # the name under which Alembic runs this file; importing it does nothing
    run()
