"""The bearer tokens by which machines sign in: never the token itself, only its digest."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "machine_token",
        sa.Column("name", sa.String, nullable=False),
        sa.Column("may", sa.String, nullable=False),
        sa.Column("token_sha256", sa.String(64), nullable=False),
        sa.Column("created_us", sa.BigInteger, nullable=False),
        sa.Column("last_used_us", sa.BigInteger),
        sa.Column("revoked_us", sa.BigInteger),
        sa.PrimaryKeyConstraint("name", name="pk_machine_token"),
        sa.UniqueConstraint("token_sha256", name="uq_machine_token_token_sha256"),
    )
