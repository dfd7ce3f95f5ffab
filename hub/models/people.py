"""Users, their signed-in browsers, and the tokens of programs."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub.models.base import Owned, Row, belongs, now


class Role(StrEnum):
    """What a person or a token may do; each page and route names the roles it wants."""

    AGENT = "agent"
    MANAGER = "manager"
    MARKETER = "marketer"
    ADMIN = "admin"


class User(Owned, Row):
    """A colleague. `number` is E.164, `extension` and `sip` as the phone system knows them.

    `settings`: shortcuts (bool), sound (0..1), pop_seconds, theme.
    """

    __tablename__ = "user"
    __table_args__ = (UniqueConstraint("email"),)

    email: Mapped[str] = mapped_column(String(320))
    name: Mapped[str] = mapped_column(default="")
    role: Mapped[Role]
    number: Mapped[str | None] = mapped_column(String(32))
    extension: Mapped[str | None] = mapped_column(String(32))
    sip: Mapped[str | None] = mapped_column(String(320))
    language: Mapped[str] = mapped_column(default="")  # empty: follows the browser
    available: Mapped[bool] = mapped_column(default=True)
    password_hash: Mapped[str | None]
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = mapped_column(default=now)
    disabled_at: Mapped[datetime | None]


class SignIn(Owned, Row):
    """A signed-in browser. `token_hash` is the SHA-256 of the cookie; `csrf` its form token.

    A row with `once` true is a one-time link: the first use turns it into a real sign-in.
    """

    __tablename__ = "sign_in"
    __table_args__ = (belongs("user_id", "user"), UniqueConstraint("token_hash"))

    user_id: Mapped[str]
    token_hash: Mapped[str] = mapped_column(String(64))
    csrf: Mapped[str] = mapped_column(String(64))
    once: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]


class ApiToken(Owned, Row):
    """A program's key: `token_hash` is the SHA-256 of the Bearer token, shown once."""

    __tablename__ = "api_token"
    __table_args__ = (UniqueConstraint("token_hash"),)

    name: Mapped[str] = mapped_column(default="")
    role: Mapped[Role]
    token_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=now)
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Audit(Owned, Row):
    """Who did what, when: `actor` is an e-mail address or a token's name."""

    __tablename__ = "audit"
    __table_args__ = (Index(None, "workspace_id", "at"),)

    at: Mapped[datetime] = mapped_column(default=now)
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
