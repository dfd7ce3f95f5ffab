"""The rule about missed calls: read as a sentence, tried on the right, published by hand."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from hub.contract.events import Channel, MissedReason
from hub.core import rules, wording
from hub.core.rules import CHANNEL_CONDITIONS, CONDITIONS
from hub.core.rules import Rule as RuleBody
from hub.crypto import Safe
from hub.db import Work
from hub.desk import audit
from hub.desk import rules as desk
from hub.desk.backtest import Backtests
from hub.models import Line, RuleVersion
from hub.web import forms, render
from hub.web.auth import Who
from hub.web.forms import REFUSED
from hub.web.guard import MARKETERS, back, house, route, who
from hub.web.pages import rule_form, rule_past
from hub.web.problems import said


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """All that the page shows."""

    rule: desk.RuleView
    past: rule_past.Past
    lines: tuple[tuple[str, str], ...]
    versions: Sequence[RuleVersion]


async def show(request: Request) -> Response:
    """The rule."""
    return await _page(request)


async def _page(
    request: Request, status: int = 200, error: str = "", draft: RuleBody | None = None
) -> Response:
    parts, me = house(request), who(request)
    seen = await parts.db.read(_seen, me, parts.safe, _backtests(request), draft)
    shown = draft or seen.rule.draft
    return render.page(
        request,
        "rules/rule.html",
        status,
        seen=seen,
        past=seen.past,
        rule=seen.rule,
        draft=shown,
        quiet=rule_form.quiet(shown),
        variables=rule_form.variables,
        previews=rule_form.previews(shown.then.contents),
        reasons=list(MissedReason),
        channels=list(Channel),
        conditions=[*CONDITIONS, *CHANNEL_CONDITIONS],
        names=wording.NAMES,
        saved="saved" in request.query_params,
        error=error,
    )


def _seen(session: Session, me: Who, safe: Safe, tests: Backtests, draft: RuleBody | None) -> Seen:
    lines = session.execute(
        select(Line.id, Line.name).where(Line.workspace_id == me.workspace_id).order_by(Line.name)
    )
    rule = desk.get(session, me.workspace_id)
    tried = tests.of(session, safe, me.workspace_id, draft or rule.draft)
    return Seen(
        rule=rule,
        past=rule_past.of(session, me.workspace_id, me.time_zone, tried),
        lines=tuple((row[0], row[1]) for row in lines),
        versions=desk.versions(session, me.workspace_id)[:5],
    )


def _backtests(request: Request) -> Backtests:
    state = request.app.state
    if not hasattr(state, "backtests"):
        state.backtests = Backtests()
    found: Backtests = state.backtests
    return found


async def save(request: Request) -> Response:
    """Keep the draft; with `publish` it runs from now on."""
    form, me = await forms.read(request), who(request)
    try:
        await house(request).db.write(
            _keep, me, rule_form.read(form), publish=form.ticked("publish")
        )
    except REFUSED as problem:
        return await _page(request, 422, said(problem))
    return back(request, "/rules?saved")


def _keep(work: Work, me: Who, body: dict[str, object], *, publish: bool) -> None:
    desk.save(work, me.workspace_id, body, me.email)
    if publish:
        desk.publish(work, me.workspace_id, me.email)
    act = "rule.published" if publish else "rule.drafted"
    audit.record(work, me.workspace_id, me.email, act)


async def switch(request: Request) -> Response:
    """Let it run, or not."""
    form, me = await forms.read(request), who(request)
    await house(request).db.write(_switch, me, on=form.ticked("on"))
    return back(request, "/rules?saved")


def _switch(work: Work, me: Who, *, on: bool) -> None:
    desk.switch(work, me.workspace_id, on=on, by=me.email)
    audit.record(work, me.workspace_id, me.email, "rule.on" if on else "rule.off")


async def preview(request: Request) -> Response:
    """One text as it is being typed."""
    form = await forms.read(request)
    language = form.text("preview")[:20]
    shown = rule_form.preview(language, form.text(f"text-{language}"))
    return render.page(request, "rules/_preview.html", one=shown)


async def look_back(request: Request) -> Response:
    """What the rule as it stands in the form would have done."""
    form, me, parts = await forms.read(request), who(request), house(request)
    try:
        draft = rules.from_dict(rule_form.read(form))
    except REFUSED as problem:
        return render.page(request, "rules/_past.html", past=None, error=said(problem))
    seen = await parts.db.read(_seen, me, parts.safe, _backtests(request), draft)
    return render.page(request, "rules/_past.html", past=seen.past, error="")


routes = [
    route("/rules", show, MARKETERS),
    route("/rules", save, MARKETERS, "POST"),
    route("/rules/switch", switch, MARKETERS, "POST"),
    route("/rules/preview", preview, MARKETERS, "POST"),
    route("/rules/past", look_back, MARKETERS, "POST"),
]
