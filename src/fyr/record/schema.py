"""The tables as they are today; how they came to be is in ``migrations/versions``.

All times are int64 microseconds UTC. Findings, journal entries and audit entries are never updated or deleted: the
database itself refuses it (triggers, see the migrations).
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

__all__ = [
    "METADATA",
    "NEVER_EDITED",
    "REVISION",
    "REVISION_TABLE",
    "account",
    "audit_entry",
    "audit_head",
    "dicom_instance",
    "dicom_not_indexed",
    "dicom_series",
    "dicom_study",
    "encounter",
    "finding",
    "journal_entry",
    "journal_partition",
    "login_session",
    "machine_token",
    "observation",
    "patient",
    "segment",
    "stored_object",
    "stored_object_use",
]

REVISION: Final = "0003"
"""The newest revision that this code knows."""

REVISION_TABLE: Final = "fyr_revision"

NEVER_EDITED: Final = ("finding", "journal_entry", "audit_entry")

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_Key: Final = BigInteger().with_variant(Integer, "sqlite")


def _patient_key(*, nullable: bool = False) -> Column[int]:
    return Column("patient_key", _Key, ForeignKey("patient.key"), nullable=nullable)


patient: Final = Table(
    "patient",
    METADATA,
    Column("key", _Key, primary_key=True),
    Column("hospital", String, nullable=False),
    Column("local", String, nullable=False),
    Column("attributes", Text, nullable=False),
    UniqueConstraint("hospital", "local"),
)

encounter: Final = Table(
    "encounter",
    METADATA,
    Column("key", _Key, primary_key=True),
    _patient_key(),
    Column("ward", String, nullable=False),
    Column("bed", String, nullable=False),
    Column("start_us", BigInteger, nullable=False),
    Column("end_us", BigInteger),
    UniqueConstraint("patient_key", "start_us", "ward", "bed"),
    Index(None, "ward", "start_us"),
)

observation: Final = Table(
    "observation",
    METADATA,
    Column("key", _Key, primary_key=True),
    _patient_key(),
    Column("code", String, nullable=False),
    Column("time_us", BigInteger, nullable=False),
    Column("value_number", Double),
    Column("value_text", Text),
    Column("value_truth", Boolean),
    Column("unit", String),
    Column("status", String, nullable=False),
    Column("source", String, nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Index(None, "patient_key", "code", "time_us"),
)

segment: Final = Table(
    "segment",
    METADATA,
    Column("key", _Key, primary_key=True),
    _patient_key(),
    Column("signal", String, nullable=False),
    Column("unit", String, nullable=False),
    Column("period_us", BigInteger, nullable=False),
    Column("source", String, nullable=False),
    Column("start_us", BigInteger, nullable=False),
    Column("end_us", BigInteger, nullable=False, comment="time of the last sample"),
    Column("samples", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("path", String, nullable=False),
    Index(None, "patient_key", "signal", "start_us"),
)

stored_object: Final = Table(
    "stored_object",
    METADATA,
    Column("sha256", String(64), primary_key=True),
    Column("media_type", String, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("path", String, nullable=False),
)

stored_object_use: Final = Table(
    "stored_object_use",
    METADATA,
    Column("key", _Key, primary_key=True),
    Column("sha256", String(64), ForeignKey("stored_object.sha256"), nullable=False),
    _patient_key(nullable=True),
    Column("study", String, nullable=True),
    Index(None, "sha256"),
    Index(None, "patient_key", "study"),
)


def _texts(*names: str) -> list[Column[str]]:
    return [Column(name, String, nullable=False) for name in names]


dicom_study: Final = Table(
    "dicom_study",
    METADATA,
    Column("key", _Key, primary_key=True),
    _patient_key(),
    Column("uid", String(64), nullable=False, index=True),
    Column("date", String, nullable=False, index=True),
    *_texts("time", "accession_number", "study_id", "description"),
    *_texts("patient_name", "patient_birth_date", "patient_sex", "referring_physician"),
    *_texts("patient_name_folded", "referring_physician_folded"),
    Column("attributes", Text, nullable=False),
    UniqueConstraint("patient_key", "uid"),
)

dicom_series: Final = Table(
    "dicom_series",
    METADATA,
    Column("key", _Key, primary_key=True),
    Column("study_key", _Key, ForeignKey("dicom_study.key"), nullable=False),
    Column("uid", String(64), nullable=False, index=True),
    Column("modality", String, nullable=False),
    Column("number", BigInteger),
    *_texts("description", "date", "time", "body_part", "frame_of_reference"),
    Column("attributes", Text, nullable=False),
    UniqueConstraint("study_key", "uid"),
)

dicom_instance: Final = Table(
    "dicom_instance",
    METADATA,
    Column("key", _Key, primary_key=True),
    Column("series_key", _Key, ForeignKey("dicom_series.key"), nullable=False),
    Column("uid", String(64), nullable=False, index=True),
    Column("sha256", String(64), ForeignKey("stored_object.sha256"), nullable=False, index=True),
    Column("sop_class", String(64), nullable=False),
    Column("transfer_syntax", String(64), nullable=False),
    Column("number", BigInteger),
    Column("frames", BigInteger, nullable=False),
    Column("attributes", Text, nullable=False),
    UniqueConstraint("series_key", "uid"),
)

dicom_not_indexed: Final = Table(
    "dicom_not_indexed",
    METADATA,
    Column("sha256", String(64), ForeignKey("stored_object.sha256"), primary_key=True),
    Column("reason", Text, nullable=False),
)

finding: Final = Table(
    "finding",
    METADATA,
    Column("key", _Key, primary_key=True),
    _patient_key(),
    Column("model_name", String, nullable=False),
    Column("model_version", String, nullable=False),
    Column("model_digest", String, nullable=False),
    Column("time_us", BigInteger, nullable=False),
    Column("answer", Text, nullable=False),
    Column("inputs", Text, nullable=False),
    Column("explanation", Text, nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Index(None, "patient_key", "time_us"),
)

journal_partition: Final = Table(
    "journal_partition",
    METADATA,
    Column("key", _Key, primary_key=True),
    Column("name", String, nullable=False, unique=True),
)

journal_entry: Final = Table(
    "journal_entry",
    METADATA,
    Column("partition_key", _Key, ForeignKey("journal_partition.key"), primary_key=True, autoincrement=False),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("time_us", BigInteger, nullable=False),
    Column("kind", String, nullable=False),
    Column("dedupe_key", String),
    Column("payload", LargeBinary, nullable=False),
    Index(
        "uq_journal_entry_partition_key_dedupe_key",
        "partition_key",
        "dedupe_key",
        unique=True,
        sqlite_where=Column("dedupe_key").is_not(None),
        postgresql_where=Column("dedupe_key").is_not(None),
    ),
)

audit_entry: Final = Table(
    "audit_entry",
    METADATA,
    Column("sequence", _Key, primary_key=True, autoincrement=False),
    Column("patient", String, index=True),
    Column("document", Text, nullable=False),
    Column("hash", String(64), nullable=False),
)

audit_head: Final = Table(
    "audit_head",
    METADATA,
    Column("key", Integer, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
)

account: Final = Table(
    "account",
    METADATA,
    Column("name", String, primary_key=True),
    Column("title", String, nullable=False),
    Column("role", String, nullable=False),
    Column("password_hash", String, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("disabled_us", BigInteger),
)

login_session: Final = Table(
    "login_session",
    METADATA,
    Column("token_sha256", String(64), primary_key=True),
    Column("account_name", String, ForeignKey("account.name"), nullable=False, index=True),
    Column("csrf_token", String, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("last_seen_us", BigInteger, nullable=False),
    Column("expires_us", BigInteger, nullable=False),
)

machine_token: Final = Table(
    "machine_token",
    METADATA,
    Column("name", String, primary_key=True),
    Column("may", String, nullable=False),
    Column("token_sha256", String(64), nullable=False, unique=True),
    Column("created_us", BigInteger, nullable=False),
    Column("last_used_us", BigInteger),
    Column("revoked_us", BigInteger),
)
