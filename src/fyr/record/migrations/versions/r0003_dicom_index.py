"""The index of DICOM objects: studies, series and instances, and the objects that have no place in it.

Objects that were kept before are indexed when they are first looked for: only a reader of DICOM knows what they say.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_KEY: Final = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "dicom_study",
        sa.Column("key", _KEY, nullable=False),
        sa.Column("patient_key", _KEY, nullable=False),
        sa.Column("uid", sa.String(64), nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in ("date", "time", "accession_number", "study_id")),
        *(sa.Column(name, sa.String, nullable=False) for name in ("description", "patient_name", "patient_birth_date")),
        *(sa.Column(name, sa.String, nullable=False) for name in ("patient_sex", "referring_physician")),
        sa.Column("patient_name_folded", sa.String, nullable=False),
        sa.Column("referring_physician_folded", sa.String, nullable=False),
        sa.Column("attributes", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_dicom_study"),
        sa.ForeignKeyConstraint(["patient_key"], ["patient.key"], name="fk_dicom_study_patient_key_patient"),
        sa.UniqueConstraint("patient_key", "uid", name="uq_dicom_study_patient_key_uid"),
    )
    op.create_index("ix_dicom_study_uid", "dicom_study", ["uid"])
    op.create_index("ix_dicom_study_date", "dicom_study", ["date"])
    op.create_table(
        "dicom_series",
        sa.Column("key", _KEY, nullable=False),
        sa.Column("study_key", _KEY, nullable=False),
        sa.Column("uid", sa.String(64), nullable=False),
        sa.Column("modality", sa.String, nullable=False),
        sa.Column("number", sa.BigInteger),
        *(sa.Column(name, sa.String, nullable=False) for name in ("description", "date", "time")),
        *(sa.Column(name, sa.String, nullable=False) for name in ("body_part", "frame_of_reference")),
        sa.Column("attributes", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_dicom_series"),
        sa.ForeignKeyConstraint(["study_key"], ["dicom_study.key"], name="fk_dicom_series_study_key_dicom_study"),
        sa.UniqueConstraint("study_key", "uid", name="uq_dicom_series_study_key_uid"),
    )
    op.create_index("ix_dicom_series_uid", "dicom_series", ["uid"])
    op.create_table(
        "dicom_instance",
        sa.Column("key", _KEY, nullable=False),
        sa.Column("series_key", _KEY, nullable=False),
        sa.Column("uid", sa.String(64), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("sop_class", sa.String(64), nullable=False),
        sa.Column("transfer_syntax", sa.String(64), nullable=False),
        sa.Column("number", sa.BigInteger),
        sa.Column("frames", sa.BigInteger, nullable=False),
        sa.Column("attributes", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_dicom_instance"),
        sa.ForeignKeyConstraint(["series_key"], ["dicom_series.key"], name="fk_dicom_instance_series_key_dicom_series"),
        sa.ForeignKeyConstraint(["sha256"], ["stored_object.sha256"], name="fk_dicom_instance_sha256_stored_object"),
        sa.UniqueConstraint("series_key", "uid", name="uq_dicom_instance_series_key_uid"),
    )
    op.create_index("ix_dicom_instance_uid", "dicom_instance", ["uid"])
    op.create_index("ix_dicom_instance_sha256", "dicom_instance", ["sha256"])
    op.create_table(
        "dicom_not_indexed",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_dicom_not_indexed"),
        sa.ForeignKeyConstraint(["sha256"], ["stored_object.sha256"], name="fk_dicom_not_indexed_sha256_stored_object"),
    )
