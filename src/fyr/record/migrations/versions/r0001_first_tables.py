"""The first tables, and the triggers that keep findings, journal and audit trail as they were written.

What is written here stays as it is: a later change of the schema is a later revision.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_KEY: Final = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_NEVER_EDITED: Final = ("finding", "journal_entry", "audit_entry")


def upgrade() -> None:
    """Create every table, then forbid editing where nothing may ever be edited."""
    _create_patients()
    _create_evidence()
    _create_findings()
    _create_journal()
    _create_audit_trail()
    _create_accounts()
    forbid = {"sqlite": _forbid_editing_on_sqlite, "postgresql": _forbid_editing_on_postgresql}
    forbid[op.get_bind().dialect.name]()


def _create_patients() -> None:
    op.create_table(
        "patient",
        sa.Column("key", _KEY, nullable=False),
        sa.Column("hospital", sa.String, nullable=False),
        sa.Column("local", sa.String, nullable=False),
        sa.Column("attributes", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_patient"),
        sa.UniqueConstraint("hospital", "local", name="uq_patient_hospital_local"),
    )
    op.create_table(
        "encounter",
        sa.Column("key", _KEY, nullable=False),
        sa.Column("patient_key", _KEY, nullable=False),
        sa.Column("ward", sa.String, nullable=False),
        sa.Column("bed", sa.String, nullable=False),
        sa.Column("start_us", sa.BigInteger, nullable=False),
        sa.Column("end_us", sa.BigInteger),
        sa.PrimaryKeyConstraint("key", name="pk_encounter"),
        sa.ForeignKeyConstraint(["patient_key"], ["patient.key"], name="fk_encounter_patient_key_patient"),
        sa.UniqueConstraint(
            "patient_key", "start_us", "ward", "bed", name="uq_encounter_patient_key_start_us_ward_bed"
        ),
    )
    op.create_index("ix_encounter_ward_start_us", "encounter", ["ward", "start_us"])


def _create_evidence() -> None:
    op.create_table(
        "observation",
        sa.Column("key", _KEY, nullable=False),
        sa.Column("patient_key", _KEY, nullable=False),
        sa.Column("code", sa.String, nullable=False),
        sa.Column("time_us", sa.BigInteger, nullable=False),
        sa.Column("value_number", sa.Double),
        sa.Column("value_text", sa.Text),
        sa.Column("value_truth", sa.Boolean),
        sa.Column("unit", sa.String),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_observation"),
        sa.ForeignKeyConstraint(["patient_key"], ["patient.key"], name="fk_observation_patient_key_patient"),
        sa.UniqueConstraint("digest", name="uq_observation_digest"),
    )
    op.create_index("ix_observation_patient_key_code_time_us", "observation", ["patient_key", "code", "time_us"])
    op.create_table(
        "segment",
        sa.Column("key", _KEY, nullable=False),
        sa.Column("patient_key", _KEY, nullable=False),
        sa.Column("signal", sa.String, nullable=False),
        sa.Column("unit", sa.String, nullable=False),
        sa.Column("period_us", sa.BigInteger, nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("start_us", sa.BigInteger, nullable=False),
        sa.Column("end_us", sa.BigInteger, nullable=False, comment="time of the last sample"),
        sa.Column("samples", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("path", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_segment"),
        sa.ForeignKeyConstraint(["patient_key"], ["patient.key"], name="fk_segment_patient_key_patient"),
        sa.UniqueConstraint("digest", name="uq_segment_digest"),
    )
    op.create_index("ix_segment_patient_key_signal_start_us", "segment", ["patient_key", "signal", "start_us"])
    op.create_table(
        "stored_object",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("media_type", sa.String, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("path", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_stored_object"),
    )
    op.create_table(
        "stored_object_use",
        sa.Column("key", _KEY, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("patient_key", _KEY),
        sa.Column("study", sa.String),
        sa.PrimaryKeyConstraint("key", name="pk_stored_object_use"),
        sa.ForeignKeyConstraint(["sha256"], ["stored_object.sha256"], name="fk_stored_object_use_sha256_stored_object"),
        sa.ForeignKeyConstraint(["patient_key"], ["patient.key"], name="fk_stored_object_use_patient_key_patient"),
    )
    op.create_index("ix_stored_object_use_sha256", "stored_object_use", ["sha256"])
    op.create_index("ix_stored_object_use_patient_key_study", "stored_object_use", ["patient_key", "study"])


def _create_findings() -> None:
    op.create_table(
        "finding",
        sa.Column("key", _KEY, nullable=False),
        sa.Column("patient_key", _KEY, nullable=False),
        sa.Column("model_name", sa.String, nullable=False),
        sa.Column("model_version", sa.String, nullable=False),
        sa.Column("model_digest", sa.String, nullable=False),
        sa.Column("time_us", sa.BigInteger, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("inputs", sa.Text, nullable=False),
        sa.Column("explanation", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_finding"),
        sa.ForeignKeyConstraint(["patient_key"], ["patient.key"], name="fk_finding_patient_key_patient"),
        sa.UniqueConstraint("digest", name="uq_finding_digest"),
    )
    op.create_index("ix_finding_patient_key_time_us", "finding", ["patient_key", "time_us"])


def _create_journal() -> None:
    op.create_table(
        "journal_partition",
        sa.Column("key", _KEY, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_journal_partition"),
        sa.UniqueConstraint("name", name="uq_journal_partition_name"),
    )
    op.create_table(
        "journal_entry",
        sa.Column("partition_key", _KEY, autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("time_us", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("dedupe_key", sa.String),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("partition_key", "position", name="pk_journal_entry"),
        sa.ForeignKeyConstraint(
            ["partition_key"], ["journal_partition.key"], name="fk_journal_entry_partition_key_journal_partition"
        ),
    )
    op.create_index(
        "uq_journal_entry_partition_key_dedupe_key",
        "journal_entry",
        ["partition_key", "dedupe_key"],
        unique=True,
        sqlite_where=sa.text("dedupe_key IS NOT NULL"),
        postgresql_where=sa.text("dedupe_key IS NOT NULL"),
    )
    if op.get_bind().dialect.name == "postgresql":  # batches are compact already: do not try to compress them again
        op.execute("ALTER TABLE journal_entry ALTER COLUMN payload SET STORAGE EXTERNAL")


def _create_audit_trail() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("sequence", _KEY, autoincrement=False, nullable=False),
        sa.Column("patient", sa.String),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_audit_entry"),
    )
    op.create_index("ix_audit_entry_patient", "audit_entry", ["patient"])
    op.create_table(
        "audit_head",
        sa.Column("key", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_audit_head"),
    )
    op.execute(f"INSERT INTO audit_head (key, sequence, hash) VALUES (1, 0, '{'0' * 64}')")  # noqa: S608  a constant


def _create_accounts() -> None:
    op.create_table(
        "account",
        sa.Column("name", sa.String, nullable=False),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("password_hash", sa.String, nullable=False),
        sa.Column("created_us", sa.BigInteger, nullable=False),
        sa.Column("disabled_us", sa.BigInteger),
        sa.PrimaryKeyConstraint("name", name="pk_account"),
    )
    op.create_table(
        "login_session",
        sa.Column("token_sha256", sa.String(64), nullable=False),
        sa.Column("account_name", sa.String, nullable=False),
        sa.Column("csrf_token", sa.String, nullable=False),
        sa.Column("created_us", sa.BigInteger, nullable=False),
        sa.Column("last_seen_us", sa.BigInteger, nullable=False),
        sa.Column("expires_us", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("token_sha256", name="pk_login_session"),
        sa.ForeignKeyConstraint(["account_name"], ["account.name"], name="fk_login_session_account_name_account"),
    )
    op.create_index("ix_login_session_account_name", "login_session", ["account_name"])


def _forbid_editing_on_sqlite() -> None:
    for table in _NEVER_EDITED:
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_refuses_{deed.lower()} BEFORE {deed} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is never edited'); END"
            )


def _forbid_editing_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_editing() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is never edited', TG_TABLE_NAME; END $$"
    )
    for table in _NEVER_EDITED:
        op.execute(
            f"CREATE TRIGGER {table}_refuses_editing BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_editing()"
        )
