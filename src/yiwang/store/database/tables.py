"""The tables, as they are after the last step of `migrations/`. A change here needs a new step there."""

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

store = sa.Table(
    "store",
    metadata,
    sa.Column("name", sa.String(32), primary_key=True),  # at random: tells this store's revisions from another's
    sa.Column("revision", sa.BigInteger, nullable=False),  # of the last change to anything
)

revision = sa.Table(
    "revision",
    metadata,
    sa.Column("kind", sa.String(16), primary_key=True),  # source, schedule, members, numbers, document
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("digest", sa.LargeBinary, nullable=False),  # of the content
    sa.Column("revision", sa.BigInteger, nullable=False),  # of the store, when the content last changed
)

source = sa.Table(
    "source",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("etag", sa.Text),
    sa.Column("last_modified", sa.Text),
    sa.Column("fetched_at_s", sa.BigInteger),
    sa.Column("checked_at_s", sa.BigInteger, nullable=False),
    sa.Column("fault", sa.Text),
    sa.Column("fault_since_s", sa.BigInteger),
)

source_copy = sa.Table(
    "source_copy",
    metadata,
    sa.Column("source_id", sa.Text, sa.ForeignKey("source.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("octets", sa.LargeBinary, nullable=False),
)

member = sa.Table(
    "member",
    metadata,
    sa.Column("listed_id", sa.Text, primary_key=True),  # source/key
    sa.Column("service_id", sa.Text, nullable=False),
)

number = sa.Table(
    "number",
    metadata,
    sa.Column("region_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("service_id", sa.Text, nullable=False),
)

schedule = sa.Table(
    "schedule",
    metadata,
    sa.Column("service_id", sa.Text, primary_key=True),
    sa.Column("start_s", sa.BigInteger, nullable=False),
    sa.Column("stop_s", sa.BigInteger, nullable=False),
    sa.Column("events", sa.Integer, nullable=False),
    sa.Column("octets", sa.LargeBinary, nullable=False),
)

decision = sa.Table(
    "decision",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String(64), nullable=False),
    sa.Column("about", sa.Text, nullable=False),  # ids, a JSON array
    sa.Column("value", sa.Text, nullable=False),  # JSON
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("at_s", sa.BigInteger, nullable=False),
    sa.Column("withdrawn_by", sa.Text),
    sa.Column("withdrawn_at_s", sa.BigInteger),
)

account = sa.Table(
    "account",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("role", sa.String(16), nullable=False),  # viewer, operator, admin
    sa.Column("password", sa.Text, nullable=False),  # argon2id, in its own encoding with parameters and salt
    sa.Column("made_at_s", sa.BigInteger, nullable=False),
    sa.Column("signed_in_at_s", sa.BigInteger),
)

session = sa.Table(
    "session",
    metadata,
    sa.Column("token", sa.String(64), primary_key=True),  # its SHA-256: who reads the database has no session
    sa.Column("account_name", sa.String(64), sa.ForeignKey("account.name", ondelete="CASCADE"), nullable=False),
    sa.Column("begun_at_s", sa.BigInteger, nullable=False),
    sa.Column("seen_at_s", sa.BigInteger, nullable=False),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at_s", sa.BigInteger, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("action", sa.String(64), nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("before", sa.Text),  # JSON
    sa.Column("after", sa.Text),  # JSON
)
