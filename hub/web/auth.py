"""Who sits at the browser: sign-ins, their cookie and their one-time links.

A browser holds a random token; the table holds its SHA-256. Each request finds the user through
it, so that a disabled user or a changed role counts at once.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from hub.contract.errors import BadSetting
from hub.crypto import fingerprint, new_token
from hub.db import Work
from hub.house import House
from hub.live import Signal, Topic
from hub.models import Missed, Role, SignIn, User, Workspace, now

KEPT = timedelta(days=30)
"""For how long a browser keeps the cookie; the table decides when it ends."""
INVITED = timedelta(hours=72)
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """The signed-in user, as pages need them. *missed*: open entries of the missed-call inbox."""

    id: str
    workspace_id: str
    email: str
    name: str
    role: Role
    number: str
    language: str
    available: bool
    settings: Mapping[str, Any]
    workspace: str
    region: str
    time_zone: str
    csrf: str
    sign_in_id: str
    expires_at: datetime
    missed: int = 0

    @property
    def shortcuts(self) -> bool:
        """Whether single keys do something (WCAG 2.1.4)."""
        return bool(self.settings.get("shortcuts", True))

    @property
    def theme(self) -> str:
        """`light`, `dark`, or empty: as the system has it."""
        return str(self.settings.get("theme", ""))


def cookie_name(request: Request) -> str:
    """`__Host-` nails the cookie to this very host; browsers take that prefix over https only."""
    return "__Host-hub" if _is_https(request) else "hub"


def set_cookie(request: Request, response: Response, token: str) -> None:
    """Hand the browser its *token*."""
    response.set_cookie(
        cookie_name(request),
        token,
        max_age=int(KEPT.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=_is_https(request),
    )


def drop_cookie(request: Request, response: Response) -> None:
    """Take the token back."""
    response.delete_cookie(
        cookie_name(request), httponly=True, samesite="lax", secure=_is_https(request)
    )


def _is_https(request: Request) -> bool:
    house: House = request.app.state.house
    return house.settings.public_url.startswith("https://")


async def whoever(request: Request) -> Who | None:
    """The user of this request, or None; prolongs a sign-in that is in use."""
    token = request.cookies.get(cookie_name(request), "")
    if not token:
        return None
    house: House = request.app.state.house
    who = await house.db.read(find, fingerprint(token))
    idle = timedelta(hours=house.settings.session_hours)
    if who and who.expires_at - now() < idle * 0.9:
        await house.db.write(_prolong, who.workspace_id, who.sign_in_id, now() + idle)
    return who


def find(session: Session, token_hash: str) -> Who | None:
    """The user whose sign-in has *token_hash*, if it is still good."""
    row = session.execute(
        select(SignIn, User, Workspace)
        .join(User, (User.workspace_id == SignIn.workspace_id) & (User.id == SignIn.user_id))
        .join(Workspace, Workspace.id == User.workspace_id)
        .where(SignIn.token_hash == token_hash, SignIn.once.is_(False))
        .where(SignIn.expires_at > now(), User.disabled_at.is_(None))
    ).first()
    if row is None:
        return None
    sign_in, user, workspace = row
    return Who(
        id=user.id,
        workspace_id=user.workspace_id,
        email=user.email,
        name=user.name or user.email,
        role=Role(user.role),
        number=user.number or "",
        language=user.language,
        available=user.available,
        settings=user.settings,
        workspace=workspace.name,
        region=workspace.region,
        time_zone=workspace.time_zone,
        csrf=sign_in.csrf,
        sign_in_id=sign_in.id,
        expires_at=sign_in.expires_at,
        missed=_open_missed(session, user.workspace_id),
    )


def _open_missed(session: Session, workspace_id: str) -> int:
    return (
        session.scalar(
            select(func.count())
            .select_from(Missed)
            .where(Missed.workspace_id == workspace_id, Missed.open.is_(True))
        )
        or 0
    )


def _prolong(work: Work, workspace_id: str, sign_in_id: str, until: datetime) -> None:
    sign_in = work.session.get(SignIn, (workspace_id, sign_in_id))
    if sign_in is not None:
        sign_in.expires_at = until


def by_email(session: Session, email: str) -> tuple[str, str, str | None] | None:
    """(workspace, user, password hash) of an enabled user."""
    user = session.scalar(
        select(User).where(User.email == email.strip().casefold(), User.disabled_at.is_(None))
    )
    return (user.workspace_id, user.id, user.password_hash) if user else None


def begin(work: Work, workspace_id: str, user_id: str, idle: timedelta) -> str:
    """A new sign-in, always with a new token; gives the token. Old ones are swept out."""
    work.session.execute(
        delete(SignIn).where(SignIn.workspace_id == workspace_id, SignIn.expires_at < now())
    )
    token = new_token()
    work.session.add(_row(workspace_id, user_id, token, idle))
    return token


def end(work: Work, workspace_id: str, sign_in_id: str) -> None:
    """Sign out; the open pages of this sign-in are told."""
    row = work.session.get(SignIn, (workspace_id, sign_in_id))
    if row is not None:
        work.session.delete(row)
        work.tell(
            Signal(
                workspace_id=workspace_id,
                topic=Topic.BYE,
                subject=row.user_id,
                audience=frozenset({row.user_id}),
            )
        )


def once_link(work: Work, workspace_id: str, user_id: str, lasts: timedelta = INVITED) -> str:
    """The token of a one-time link for `/sign-in/once/{token}`; older ones are void."""
    work.session.execute(
        delete(SignIn).where(
            SignIn.workspace_id == workspace_id, SignIn.user_id == user_id, SignIn.once.is_(True)
        )
    )
    token = new_token()
    row = _row(workspace_id, user_id, token, lasts)
    row.once = True
    work.session.add(row)
    return token


def _row(workspace_id: str, user_id: str, token: str, lasts: timedelta) -> SignIn:
    return SignIn(
        workspace_id=workspace_id,
        user_id=user_id,
        token_hash=fingerprint(token),
        csrf=new_token(),
        expires_at=now() + lasts,
    )


def invited(session: Session, token: str) -> str | None:
    """The e-mail address of the user for whom a one-time link is still good."""
    found = _once(session, token)
    return found[1].email if found else None


def redeem(work: Work, token: str, hashed: str | None, idle: timedelta) -> str | None:
    """Turn a one-time link into a sign-in, once; gives the new token, None if it is void.

    *hashed*: the user's new password; it ends whatever sign-ins there were.
    """
    found = _once(work.session, token)
    if found is None:
        return None
    sign_in, user = found
    if hashed is not None:
        user.password_hash = hashed
        _close_all(work, user)
    work.session.delete(sign_in)
    return begin(work, user.workspace_id, user.id, idle)


def _once(session: Session, token: str) -> tuple[SignIn, User] | None:
    row = session.execute(
        select(SignIn, User)
        .join(User, (User.workspace_id == SignIn.workspace_id) & (User.id == SignIn.user_id))
        .where(SignIn.token_hash == fingerprint(token), SignIn.once.is_(True))
        .where(SignIn.expires_at > now(), User.disabled_at.is_(None))
    ).first()
    return (row[0], row[1]) if row else None


def new_password(work: Work, who: Who, hashed: str) -> None:
    """Keep a new password of *who*; every other sign-in of theirs ends."""
    user = work.session.get_one(User, (who.workspace_id, who.id))
    user.password_hash = hashed
    work.session.execute(
        delete(SignIn).where(
            SignIn.workspace_id == who.workspace_id,
            SignIn.user_id == who.id,
            SignIn.id != who.sign_in_id,
        )
    )


def _close_all(work: Work, user: User) -> None:
    work.session.execute(
        delete(SignIn).where(
            SignIn.workspace_id == user.workspace_id,
            SignIn.user_id == user.id,
            SignIn.once.is_(False),
        )
    )


def check_new_password(password: str) -> None:
    """Refuse one that is too short to be safe, or long enough to be an attack."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise BadSetting(f"a password has at least {SHORTEST_PASSWORD} characters")


def is_token(who: Who, given: str) -> bool:
    """Whether *given* is the form token of this sign-in."""
    return hmac.compare_digest(who.csrf.encode(), given.encode())
