"""Users and the tokens of programs."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from hub.contract.errors import BadSetting
from hub.contract.phone import CallerKind, read
from hub.crypto import fingerprint, hash_password, new_token
from hub.db import Work
from hub.desk.errors import Conflict, NotFound
from hub.desk.signals import tell
from hub.live import Topic
from hub.models import ApiToken, Role, SignIn, User, new_id, now

SHORTEST_PASSWORD = 10
USED_AGAIN_AFTER = timedelta(minutes=5)
"""A token's last use is written down at most this often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserView:
    """A colleague, as lists and forms show them."""

    id: str
    email: str
    name: str
    role: Role
    number: str | None
    extension: str | None
    sip: str | None
    language: str
    available: bool
    has_password: bool
    created_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDraft:
    """What is to be true of a user; None leaves it as it is, empty takes it away."""

    name: str | None = None
    role: Role | None = None
    number: str | None = None
    extension: str | None = None
    sip: str | None = None
    language: str | None = None
    available: bool | None = None
    password: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenView:
    """A program's token, without the token."""

    id: str
    workspace_id: str
    name: str
    role: Role
    created_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


def users(session: Session, workspace_id: str, *, all_: bool = False) -> list[UserView]:
    """The colleagues by e-mail address; with *all_* those too who were disabled."""
    found = select(User).where(User.workspace_id == workspace_id).order_by(User.email)
    if not all_:
        found = found.where(User.disabled_at.is_(None))
    return [view(user) for user in session.scalars(found)]


def one(session: Session, workspace_id: str, user: str) -> UserView:
    """The colleague by id or e-mail address; raises NotFound."""
    return view(row(session, workspace_id, user))


def row(session: Session, workspace_id: str, user: str) -> User:
    """The table's row of `one`; raises NotFound."""
    found = session.scalar(
        select(User).where(
            User.workspace_id == workspace_id,
            (User.id == user) | (User.email == user.strip().casefold()),
        )
    )
    if found is None:
        raise NotFound(f"there is no user {user!r}: see the list of users in the settings")
    return found


def add(
    work: Work, workspace_id: str, email: str, draft: UserDraft, *, region: str = ""
) -> UserView:
    """A new colleague. Raises BadSetting (address, number, password), Conflict when taken."""
    email = _email(email)
    if work.session.scalar(select(User.id).where(User.email == email)):
        raise Conflict(f"{email} is already a user: choose another address")
    user = User(
        workspace_id=workspace_id,
        id=new_id(),
        email=email,
        role=draft.role or Role.AGENT,
        settings={},
        name="",
        language="",
        available=True,
    )
    _apply(user, draft, region)
    work.session.add(user)
    work.session.flush()
    return view(user)


def change(
    work: Work, workspace_id: str, user: str, draft: UserDraft, *, region: str = ""
) -> UserView:
    """Change what *draft* names; raises NotFound, BadSetting."""
    found = row(work.session, workspace_id, user)
    _apply(found, draft, region)
    work.session.flush()
    return view(found)


def disable(work: Work, workspace_id: str, user: str) -> UserView:
    """Let *user* in no more: open sign-ins end now, and so do the streams of open screens."""
    found = row(work.session, workspace_id, user)
    found.disabled_at = found.disabled_at or now()
    work.session.execute(
        delete(SignIn).where(SignIn.workspace_id == workspace_id, SignIn.user_id == found.id)
    )
    tell(work, workspace_id, Topic.BYE, found.id)
    work.session.flush()
    return view(found)


def enable(work: Work, workspace_id: str, user: str) -> UserView:
    """Let a disabled *user* sign in again."""
    found = row(work.session, workspace_id, user)
    found.disabled_at = None
    work.session.flush()
    return view(found)


def view(user: User) -> UserView:
    """The row as a value."""
    return UserView(
        id=user.id,
        email=user.email,
        name=user.name,
        role=Role(user.role),
        number=user.number,
        extension=user.extension,
        sip=user.sip,
        language=user.language,
        available=user.available,
        has_password=user.password_hash is not None,
        created_at=user.created_at,
        disabled_at=user.disabled_at,
    )


def read_number(number: str, region: str, *, what: str) -> str:
    """*number* as E.164; raises BadSetting that names *what* it was for."""
    caller = read(number, region=region)
    if caller.kind is not CallerKind.NUMBER or caller.e164 is None:
        raise BadSetting(f"{what} {number!r} is no telephone number: write it as in +12025550143")
    return caller.e164


def add_token(work: Work, workspace_id: str, role: Role, name: str = "") -> tuple[str, str]:
    """A new token: its id, and the token itself, which is shown this once."""
    token = new_token("hub_")
    kept = ApiToken(
        workspace_id=workspace_id,
        id=new_id(),
        name=name or f"{role} token",
        role=role,
        token_hash=fingerprint(token),
    )
    work.session.add(kept)
    work.session.flush()
    return kept.id, token


def tokens(session: Session, workspace_id: str) -> list[TokenView]:
    """All tokens, newest first."""
    found = select(ApiToken).where(ApiToken.workspace_id == workspace_id)
    return [_token(token) for token in session.scalars(found.order_by(ApiToken.id.desc()))]


def revoke_token(work: Work, workspace_id: str, token_id: str) -> None:
    """Let the token in no more; raises NotFound."""
    found = work.session.get(ApiToken, (workspace_id, token_id))
    if found is None:
        raise NotFound(f"there is no token {token_id!r}")
    found.revoked_at = found.revoked_at or now()


def check_token(session: Session, token: str) -> TokenView | None:
    """Whose *token* this is; None when nobody's, or revoked."""
    found = session.scalar(
        select(ApiToken).where(
            ApiToken.token_hash == fingerprint(token), ApiToken.revoked_at.is_(None)
        )
    )
    return _token(found) if found else None


def token_used(work: Work, token: TokenView) -> None:
    """Write down that *token* was used now."""
    found = work.session.get(ApiToken, (token.workspace_id, token.id))
    if found is not None:
        found.used_at = now()


def _token(token: ApiToken) -> TokenView:
    return TokenView(
        id=token.id,
        workspace_id=token.workspace_id,
        name=token.name,
        role=Role(token.role),
        created_at=token.created_at,
        used_at=token.used_at,
        revoked_at=token.revoked_at,
    )


def _apply(user: User, draft: UserDraft, region: str) -> None:
    for name in ("name", "role", "language", "available"):
        value = getattr(draft, name)
        if value is not None:
            setattr(user, name, value)
    for name in ("extension", "sip"):
        value = getattr(draft, name)
        if value is not None:
            setattr(user, name, value.strip() or None)
    if draft.number is not None:
        wanted = draft.number.strip()
        user.number = read_number(wanted, region, what="the number") if wanted else None
    if draft.password is not None:
        user.password_hash = hash_password(_password(draft.password))


def _password(password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        raise BadSetting(f"the password is too short: {SHORTEST_PASSWORD} characters or more")
    return password


def _email(email: str) -> str:
    folded = email.strip().casefold()
    name, at, host = folded.rpartition("@")
    if not (name and at and "." in host.strip(".")) or any(map(str.isspace, folded)):
        raise BadSetting(f"{email!r} is no e-mail address: write it as in anna@example.com")
    return folded
