"""The first tables."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None


def upgrade() -> None:
    """Make them."""
    store = op.create_table(
        "store",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_store"),
    )
    op.bulk_insert(store, [{"name": secrets.token_hex(4), "revision": 0}])
    op.create_table(
        "revision",
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("kind", "name", name="pk_revision"),
    )
    op.create_table(
        "source",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("etag", sa.Text),
        sa.Column("last_modified", sa.Text),
        sa.Column("fetched_at_s", sa.BigInteger),
        sa.Column("checked_at_s", sa.BigInteger, nullable=False),
        sa.Column("fault", sa.Text),
        sa.Column("fault_since_s", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_source"),
    )
    op.create_table(
        "source_copy",
        sa.Column("source_id", sa.Text, nullable=False),
        sa.Column("octets", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("source_id", name="pk_source_copy"),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], ondelete="CASCADE"),
    )
    op.create_table(
        "member",
        sa.Column("listed_id", sa.Text, nullable=False),
        sa.Column("service_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("listed_id", name="pk_member"),
    )
    op.create_table(
        "number",
        sa.Column("region_id", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("service_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("region_id", "number", name="pk_number"),
    )
    op.create_table(
        "schedule",
        sa.Column("service_id", sa.Text, nullable=False),
        sa.Column("start_s", sa.BigInteger, nullable=False),
        sa.Column("stop_s", sa.BigInteger, nullable=False),
        sa.Column("events", sa.Integer, nullable=False),
        sa.Column("octets", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("service_id", name="pk_schedule"),
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("at_s", sa.BigInteger, nullable=False),
        sa.Column("withdrawn_by", sa.Text),
        sa.Column("withdrawn_at_s", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_decision"),
    )
