"""The rule about missed calls: read as a sentence, tried on the right, published by hand."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from hub.contract.events import Channel, MissedReason
from hub.core import wording
from hub.core.rules import CHANNEL_CONDITIONS, CONDITIONS
from hub.core.rules import Rule as RuleBody
from hub.db import Work
from hub.desk import audit
from hub.desk import rules as desk
from hub.desk.views import CallView, assemble
from hub.models import Call, FollowUp, FollowUpState, Line, RuleVersion, now
from hub.web import forms, render
from hub.web.auth import Who
from hub.web.forms import REFUSED
from hub.web.guard import MARKETERS, back, house, route, who
from hub.web.pages import rule_form

DAYS = 30
EXAMPLES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A day: how many calls were followed up, kept quiet about, or wait."""

    day: date
    sent: int
    kept: int
    soon: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What the rule did lately: *why* are the sentences that stopped it, most frequent first."""

    bars: tuple[Bar, ...]
    why: tuple[tuple[str, int], ...]
    examples: tuple[CallView, ...]

    @property
    def highest(self) -> int:
        """The most decisions of a day."""
        return max((bar.sent + bar.kept + bar.soon for bar in self.bars), default=0) or 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """All that the page shows."""

    rule: desk.RuleView
    past: Past
    lines: tuple[tuple[str, str], ...]
    versions: Sequence[RuleVersion]


async def show(request: Request) -> Response:
    """The rule."""
    return await _page(request)


async def _page(
    request: Request, status: int = 200, error: str = "", draft: RuleBody | None = None
) -> Response:
    seen = await house(request).db.read(_seen, who(request))
    shown = draft or seen.rule.draft
    return render.page(
        request,
        "rules/rule.html",
        status,
        seen=seen,
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


def _seen(session: Session, me: Who) -> Seen:
    lines = session.execute(
        select(Line.id, Line.name).where(Line.workspace_id == me.workspace_id).order_by(Line.name)
    )
    return Seen(
        rule=desk.get(session, me.workspace_id),
        past=_past(session, me),
        lines=tuple((row[0], row[1]) for row in lines),
        versions=desk.versions(session, me.workspace_id)[:5],
    )


def _past(session: Session, me: Who) -> Past:
    since = now() - timedelta(days=DAYS)
    rows = session.execute(
        select(FollowUp.due_at, FollowUp.state, FollowUp.reason, FollowUp.call_id, FollowUp.trace)
        .where(FollowUp.workspace_id == me.workspace_id, FollowUp.due_at >= since)
        .order_by(FollowUp.due_at.desc())
    ).all()
    counts = Counter((_day(row[0], me), FollowUpState(row[1])) for row in rows)
    stops = Counter(_stop(row[4]) for row in rows if row[1] == FollowUpState.SUPPRESSED)
    wanted = [row[3] for row in rows[:EXAMPLES]]
    found = session.scalars(
        select(Call)
        .where(Call.workspace_id == me.workspace_id, Call.id.in_(wanted))
        .order_by(Call.started_at.desc())
    ).all()
    return Past(
        bars=tuple(_bars(counts, _day(now(), me))),
        why=tuple(stops.most_common(6)),
        examples=tuple(assemble(session, me.workspace_id, found)),
    )


def _day(at: object, me: Who) -> date:
    return at.astimezone(ZoneInfo(me.time_zone)).date()  # type: ignore[attr-defined,no-any-return] # a column's value


def _stop(trace: Sequence[dict[str, object]]) -> str:
    """The condition that did not hold."""
    failed = (step.get("sentence") for step in trace if step.get("passed") is False)
    return str(next(failed, ""))


def _bars(counts: Counter[tuple[date, FollowUpState]], today: date) -> Sequence[Bar]:
    days = [today - timedelta(days=ago) for ago in range(DAYS - 1, -1, -1)]
    return [
        Bar(
            day=day,
            sent=counts[day, FollowUpState.SENT],
            kept=counts[day, FollowUpState.SUPPRESSED],
            soon=counts[day, FollowUpState.WAITING],
        )
        for day in days
    ]


async def save(request: Request) -> Response:
    """Keep the draft; with `publish` it runs from now on."""
    form, me = await forms.read(request), who(request)
    try:
        await house(request).db.write(
            _keep, me, rule_form.read(form), publish=form.ticked("publish")
        )
    except REFUSED as problem:
        return await _page(request, 422, str(problem))
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


routes = [
    route("/rules", show, MARKETERS),
    route("/rules", save, MARKETERS, "POST"),
    route("/rules/switch", switch, MARKETERS, "POST"),
    route("/rules/preview", preview, MARKETERS, "POST"),
]
