"""What all tables share: ids in the order of time, UTC, the workspace first in every key."""

import os
import time
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    Enum,
    ForeignKey,
    ForeignKeyConstraint,
    MetaData,
    String,
    TypeDecorator,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32, lower case


def new_id(at: float | None = None) -> str:
    """A ULID: 26 characters, sorted by time (*at*, epoch seconds), then random."""
    millis = int((time.time() if at is None else at) * 1000)
    number = (millis << 80) | int.from_bytes(os.urandom(10))
    return "".join(_DIGITS[(number >> shift) & 31] for shift in range(125, -1, -5))


class Utc(TypeDecorator[datetime]):
    """An aware time in UTC; SQLite forgets the offset, so it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times: they are a bug of ours."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without an offset was about to be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, _: Dialect) -> datetime | None:
        """Give aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _values(words: type[StrEnum]) -> list[str]:
    """What is stored of our words: the value, in a plain text column."""
    return [word.value for word in words]


class Row(DeclarativeBase):
    """The base of all tables; constraints are named, so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own declarative form
        datetime: Utc,
        dict[str, Any]: JSON,
        list[Any]: JSON,
        StrEnum: Enum(StrEnum, native_enum=False, length=24, values_callable=_values),
    }


class Owned:
    """A table whose rows belong to a workspace: the key is (workspace, id)."""

    workspace_id: Mapped[str] = mapped_column(
        String(26), ForeignKey("workspace.id", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)


def belongs(column: str, table: str, *, on_delete: str = "CASCADE") -> ForeignKeyConstraint:
    """A foreign key that cannot leave its workspace."""
    return ForeignKeyConstraint(
        ["workspace_id", column], [f"{table}.workspace_id", f"{table}.id"], ondelete=on_delete
    )


def now() -> datetime:
    """The time of the machine, in UTC."""
    return datetime.now(UTC)
