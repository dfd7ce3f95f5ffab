"""Lines: add, change, rotate the secret, switch off; and what to set at the provider."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hub import registry
from hub.contract.errors import BadSetting
from hub.contract.webhooks import WebhookManifest
from hub.crypto import Safe
from hub.db import Work
from hub.desk import sites
from hub.desk.errors import Conflict, NotFound
from hub.desk.given import checked, new_secret
from hub.desk.people import read_number
from hub.desk.plans import read_plan
from hub.desk.regions import read_region
from hub.lines import hours_of
from hub.models import Line, Site, Workspace, new_id, now

KEPT_SECRETS = 2
"""Old secrets that stay valid until they are dropped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """A line. *settings* are the plain ones; *hidden* names the secret ones that are set."""

    id: str
    provider: str
    name: str
    number: str | None
    region: str
    language: str
    key: str
    settings: Mapping[str, Any]
    hidden: tuple[str, ...]
    plan: Mapping[str, Any]
    calendar: Mapping[str, Any] | None
    site: str
    rotating: bool
    created_at: datetime
    disabled_at: datetime | None

    def webhook_url(self, public_url: str) -> str:
        """Where the provider sends its requests."""
        return f"{public_url}/hooks/{self.provider}/{self.key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDraft:
    """What is to be true of a line; None leaves it as it is.

    *calendar* and *plan* as people write them (`hub.core.hours.from_dict`, `hub.desk.plans`); an
    empty calendar means always open, or the hours of the *site* (its name), if it has one.
    """

    name: str | None = None
    number: str | None = None
    region: str | None = None
    language: str | None = None
    settings: Mapping[str, str] | None = None
    calendar: Mapping[str, Any] | None = None
    plan: Mapping[str, Any] | None = None
    site: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLine:
    """A line just made; *secret* is set when we made it up, and shown this once."""

    line: LineView
    secret: str = field(default="", repr=False)


def lines(
    session: Session, safe: Safe, workspace_id: str, *, all_: bool = False
) -> list[LineView]:
    """The lines by name; with *all_* those too that are switched off."""
    found = select(Line).where(Line.workspace_id == workspace_id).order_by(Line.name, Line.id)
    if not all_:
        found = found.where(Line.disabled_at.is_(None))
    return [view(session, safe, line) for line in session.scalars(found)]


def one(session: Session, safe: Safe, workspace_id: str, line_id: str) -> LineView:
    """One line; raises NotFound."""
    return view(session, safe, row(session, workspace_id, line_id))


def row(session: Session, workspace_id: str, line_id: str) -> Line:
    """The table's row of a line; raises NotFound."""
    found = session.get(Line, (workspace_id, line_id))
    if found is None:
        raise NotFound(f"there is no line {line_id!r}")
    return found


def add(
    work: Work,
    safe: Safe,
    workspace_id: str,
    provider: str,
    draft: LineDraft,
    *,
    secret: str = "",
) -> NewLine:
    """A new line of *provider*, which knows *secret*; raises BadSetting naming the cure.

    An empty secret is made up where the provider lets us choose it. The first line's region
    becomes that of the workspace.
    """
    manifest: WebhookManifest = registry.webhook(provider).MANIFEST
    made = not secret.strip()
    secret = _secret(manifest, secret)
    workspace = work.session.get_one(Workspace, workspace_id)
    if draft.region and not work.session.scalar(select(func.count()).select_from(Line)):
        workspace.region = read_region(draft.region)
    line = Line(
        workspace_id=workspace_id,
        id=new_id(),
        provider=provider,
        name=manifest.title,
        number=None,
        region=workspace.region,
        language="",
        key=secrets.token_hex(16),
        secrets=safe.seal({"current": secret}),
        settings={},
        plan={},
    )
    whole = draft if draft.settings is not None else replace(draft, settings={})
    _apply(work.session, safe, line, whole)
    work.session.add(line)
    work.session.flush()
    return NewLine(line=view(work.session, safe, line), secret=secret if made else "")


def change(work: Work, safe: Safe, workspace_id: str, line_id: str, draft: LineDraft) -> LineView:
    """Change what *draft* names; raises NotFound, BadSetting."""
    line = row(work.session, workspace_id, line_id)
    _apply(work.session, safe, line, draft)
    work.session.flush()
    return view(work.session, safe, line)


def rotate(work: Work, safe: Safe, workspace_id: str, line_id: str, secret: str = "") -> NewLine:
    """Give a line a new secret; the one before stays valid until `drop_old`."""
    line = row(work.session, workspace_id, line_id)
    manifest: WebhookManifest = registry.webhook(line.provider).MANIFEST
    made, secret = not secret.strip(), _secret(manifest, secret)
    opened = safe.open(line.secrets)
    old = [opened.get("current", ""), *opened.get("previous", "").split("\n")]
    kept = [part for part in old if part and part != secret][:KEPT_SECRETS]
    line.secrets = safe.seal({**opened, "current": secret, "previous": "\n".join(kept)})
    work.session.flush()
    return NewLine(line=view(work.session, safe, line), secret=secret if made else "")


def drop_old(work: Work, safe: Safe, workspace_id: str, line_id: str) -> LineView:
    """End a rotation: only the present secret is valid from now on."""
    line = row(work.session, workspace_id, line_id)
    line.secrets = safe.seal({**safe.open(line.secrets), "previous": ""})
    work.session.flush()
    return view(work.session, safe, line)


def switch(work: Work, safe: Safe, workspace_id: str, line_id: str, *, on: bool) -> LineView:
    """Take the line's webhooks, or answer them as if it were not there."""
    line = row(work.session, workspace_id, line_id)
    if on and line.disabled_at:
        _check_free(work.session, line, line.number)
    line.disabled_at = None if on else line.disabled_at or now()
    work.session.flush()
    return view(work.session, safe, line)


def places(line: LineView, public_url: str) -> list[tuple[str, str]]:
    """What to set where at the provider: pairs of label and URL."""
    manifest: WebhookManifest = registry.webhook(line.provider).MANIFEST
    base = line.webhook_url(public_url)
    return [(label, f"{base}/{step}" if step else base) for label, step in manifest.places]


def view(session: Session, safe: Safe, line: Line) -> LineView:
    """The row as a value, without its secrets."""
    site = session.get(Site, (line.workspace_id, line.site_id or ""))
    opened = safe.open(line.secrets)
    return LineView(
        id=line.id,
        provider=line.provider,
        name=line.name,
        number=line.number,
        region=line.region,
        language=line.language,
        key=line.key,
        settings=line.settings,
        hidden=tuple(name for name in opened if name not in {"current", "previous"}),
        plan=line.plan,
        calendar=hours_of(session, line),
        site=site.name if site else "",
        rotating=bool(opened.get("previous")),
        created_at=line.created_at,
        disabled_at=line.disabled_at,
    )


def _secret(manifest: WebhookManifest, secret: str) -> str:
    if secret.strip():
        return secret.strip()
    if not manifest.generates_secret:
        raise BadSetting(
            f"the secret is empty: give {manifest.title}'s {manifest.secret_label} "
            f"({manifest.secret_help})"
        )
    return new_secret()


def _apply(session: Session, safe: Safe, line: Line, draft: LineDraft) -> None:
    if draft.site is not None:
        site = sites.row(session, line.workspace_id, draft.site) if draft.site else None
        line.site_id, line.region = (site.id, site.region) if site else (None, line.region)
    if draft.region is not None:
        line.region = read_region(draft.region)
    if draft.name is not None and draft.name.strip():
        line.name = draft.name.strip()
    if draft.language is not None:
        line.language = draft.language.strip()
    if draft.number is not None:
        wanted = draft.number.strip()
        number = read_number(wanted, line.region, what="the number") if wanted else None
        if number != line.number:
            _check_free(session, line, number)
        line.number = number
    if draft.settings is not None:
        _set(safe, line, draft.settings)
    if draft.plan is not None:
        line.plan = read_plan(session, line.workspace_id, draft.plan, region=line.region)
    if draft.calendar is not None:
        _keep_hours(session, line, draft.calendar)


def _check_free(session: Session, line: Line, number: str | None) -> None:
    """Raise Conflict when another line of the provider has *number*: calls would be torn apart."""
    if number is None:
        return
    other = session.scalar(
        select(Line).where(
            Line.workspace_id == line.workspace_id,
            Line.provider == line.provider,
            Line.number == number,
            Line.id != line.id,
            Line.disabled_at.is_(None),
        )
    )
    if other is not None:
        raise Conflict(
            f"{number} is already the number of the line {other.name!r} ({other.id}): "
            "change that line, or switch it off first"
        )


def _set(safe: Safe, line: Line, given: Mapping[str, str]) -> None:
    """Replace the provider's settings; a secret one that is not given stays."""
    manifest: WebhookManifest = registry.webhook(line.provider).MANIFEST
    opened = safe.open(line.secrets)
    hidden = {setting.name for setting in manifest.settings if setting.secret}
    kept = {name: value for name, value in opened.items() if name in hidden}
    plain, secret = checked(manifest.settings, {**kept, **given}, whose=manifest.title)
    shared = {name: value for name, value in opened.items() if name in {"current", "previous"}}
    line.settings, line.secrets = plain, safe.seal({**shared, **secret})


def _keep_hours(session: Session, line: Line, given: Mapping[str, Any]) -> None:
    if not given:
        line.calendar_id = None
        return
    line.calendar_id = sites.keep_hours(session, line.workspace_id, line.name, given)
