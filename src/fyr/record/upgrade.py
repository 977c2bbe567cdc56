"""Brings a database to the schema that this code knows, or leaves it alone and says why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import column as sql_column
from sqlalchemy import inspect, select, table

from fyr.errors import BadInput
from fyr.record.schema import METADATA, REVISION, REVISION_TABLE

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from fyr.record.storage import Storage

__all__ = ["bring_up_to_date"]


def bring_up_to_date(storage: Storage, *, create: bool) -> None:
    """Run the missing revisions in one transaction; does nothing where there are none.

    Raises
    ------
    BadInput
        If the database is newer than this code, belongs to another program, or is empty and `create` is false.
    """
    with storage.reading() as connection:
        found = _revision_of(connection)
    if found == REVISION:
        return
    if found is None and not create:
        raise BadInput("there is no record here", where=storage.name, mend="import something first, or name another")
    with storage.writing() as connection:
        storage.lock(connection, "schema")
        found = _revision_of(connection)
        if found != REVISION:
            _upgrade(connection, found, storage.name)


def _revision_of(connection: Connection) -> str | None:
    if not inspect(connection).has_table(REVISION_TABLE):
        return None
    revision: str | None = connection.scalar(select(sql_column("version_num")).select_from(table(REVISION_TABLE)))
    return revision


def _upgrade(connection: Connection, found: str | None, where: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    settings = Config()
    settings.set_main_option("script_location", "fyr.record:migrations")
    known = {script.revision for script in ScriptDirectory.from_config(settings).walk_revisions()}
    if found is not None and found not in known:
        raise BadInput(
            f"the database has revision {found} but this Fyr knows revisions up to {REVISION}",
            where=where,
            mend="open it with the Fyr that wrote it, or a newer one; nothing was altered",
        )
    if found is None and (taken := set(inspect(connection).get_table_names()) & set(METADATA.tables)):
        raise BadInput(
            f"the database already has tables {', '.join(sorted(taken))} that are not Fyr's",
            where=where,
            mend="give Fyr a database of its own; nothing was altered",
        )
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")
