"""Contacts: our copy of a CRM's people, and the embedded phone book itself."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub.models.base import Owned, Row, belongs, now


class Contact(Owned, Row):
    """A person of one connection. `search` is the folded text of name, company and numbers.

    Rows of a running import carry `staged` and are invisible until it ends.
    """

    __tablename__ = "contact"
    __table_args__ = (
        UniqueConstraint("workspace_id", "connection_id", "remote_id"),
        Index(None, "workspace_id", "sort_name", "id"),
        Index(None, "workspace_id", "staged"),
        belongs("connection_id", "connection"),
    )

    connection_id: Mapped[str]
    remote_id: Mapped[str] = mapped_column(String(200))
    name: Mapped[str]
    sort_name: Mapped[str]
    company: Mapped[str] = mapped_column(default="")
    title: Mapped[str] = mapped_column(default="")
    owner: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="")
    time_zone: Mapped[str] = mapped_column(default="")
    tags: Mapped[list[Any]] = mapped_column(default=list)
    emails: Mapped[list[Any]] = mapped_column(default=list)
    note: Mapped[str] = mapped_column(default="")
    url: Mapped[str] = mapped_column(default="")
    search: Mapped[str] = mapped_column(default="")
    staged: Mapped[str | None] = mapped_column(String(26))  # id of the import that brings it
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)
    deleted_at: Mapped[datetime | None]


class ContactPhone(Owned, Row):
    """A number of a person: E.164, and its last nine digits for numbers without a country."""

    __tablename__ = "contact_phone"
    __table_args__ = (
        Index(None, "workspace_id", "number"),
        Index(None, "workspace_id", "tail"),
        Index(None, "workspace_id", "contact_id"),
        belongs("contact_id", "contact"),
    )

    contact_id: Mapped[str]
    number: Mapped[str] = mapped_column(String(40))
    tail: Mapped[str] = mapped_column(String(9), default="")
    label: Mapped[str] = mapped_column(default="")


class Choice(Owned, Row):
    """An agent's word on who a number is: always this person for this number."""

    __tablename__ = "choice"
    __table_args__ = (UniqueConstraint("workspace_id", "number"), belongs("contact_id", "contact"))

    number: Mapped[str] = mapped_column(String(40))
    contact_id: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)


class Activity(Owned, Row):
    """An entry in the phone book's own history of a person, once per call."""

    __tablename__ = "activity"
    __table_args__ = (
        UniqueConstraint("workspace_id", "contact_id", "ref"),
        belongs("contact_id", "contact"),
    )

    contact_id: Mapped[str]
    ref: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]
    subject: Mapped[str]
    body: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Import(Owned, Row):
    """A file of people being taken in; `bad` holds up to 1,000 rows: line, reason, text."""

    __tablename__ = "import"

    file_name: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="running")  # running, done, failed
    done: Mapped[int] = mapped_column(default=0)
    made: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    bad_count: Mapped[int] = mapped_column(default=0)
    bad: Mapped[list[Any]] = mapped_column(default=list)
    error: Mapped[str] = mapped_column(default="")
    started_at: Mapped[datetime] = mapped_column(default=now)
    heard_at: Mapped[datetime] = mapped_column(default=now)  # when it last told how far it is
    ended_at: Mapped[datetime | None]
