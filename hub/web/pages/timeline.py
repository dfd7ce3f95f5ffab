"""The switchboard drawing of a call: a lane per leg, ring dashed, talk solid, hold dotted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.contract.events import LegEvent, Phase, from_dict
from hub.desk.views import CallView, LegView
from hub.models import Event, Leg, now

WIDTH, LABELS, LANE, TOP, FOOT = 880, 176, 36, 22, 30
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)
_MOST_TICKS = 8

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """A piece of a line: *kind* is ring, talk or hold; from x to x on its lane."""

    kind: str
    start: float
    end: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One leg: where it lies, what happened on it and the dot in which it ends."""

    leg: LegView
    y: int
    strokes: tuple[Stroke, ...]
    bend: str  # an SVG path from the leg that it took over from; empty: none
    end: float
    dot: str  # talk or missed


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """All of it, in the units of an SVG of *width* x *height*.

    *left* and *right* are where the call begins and ends, *seconds* how long it took;
    *talk_at* is the second at which its recording begins.
    """

    lanes: tuple[Lane, ...]
    ticks: tuple[tuple[float, int], ...]
    width: int
    height: int
    left: float
    right: float
    seconds: float
    talk_at: float


def draw(session: Session, workspace_id: str, call: CallView) -> Drawing:
    """The drawing of *call*; holds and transfers are read from its events."""
    rows = session.scalars(
        select(Leg)
        .where(Leg.workspace_id == workspace_id, Leg.call_id == call.id)
        .order_by(Leg.position)
    ).all()
    keys = {row.leg_key: place for place, row in enumerate(rows)}
    replaced = [keys.get(row.replaces or "") for row in rows]
    holds = _holds(session, workspace_id, call)
    scale = _Scale(call)
    lanes = [
        _lane(leg, place, scale, replaced[place], holds.get(rows[place].leg_key, ()))
        for place, leg in enumerate(call.legs)
    ]
    return Drawing(
        lanes=tuple(lanes),
        ticks=tuple(scale.ticks()),
        width=WIDTH,
        height=TOP + LANE * max(1, len(lanes)) + FOOT,
        left=scale.left,
        right=scale.right,
        seconds=scale.seconds,
        talk_at=scale.offset(call.answered_at) if call.answered_at else 0.0,
    )


class _Scale:
    """Turns moments into places on the axis."""

    def __init__(self, call: CallView) -> None:
        ends = [leg.ended_at or now() for leg in call.legs]
        self.start = min([call.started_at, *(leg.started_at for leg in call.legs)])
        self.end = max([call.ended_at or now(), *ends]) if call.legs else call.ended_at or now()
        self.seconds = max(1.0, (self.end - self.start).total_seconds())
        self.left, self.right = float(LABELS), WIDTH - 16.0

    def offset(self, at: datetime) -> float:
        return max(0.0, (at - self.start).total_seconds())

    def x(self, at: datetime) -> float:
        share = min(1.0, self.offset(at) / self.seconds)
        return round(self.left + share * (self.right - self.left), 1)

    def ticks(self) -> Iterator[tuple[float, int]]:
        step = next((step for step in _STEPS if self.seconds / step <= _MOST_TICKS), 28800)
        for second in range(0, int(self.seconds) + 1, step):
            yield (
                round(self.left + second / self.seconds * (self.right - self.left), 1),
                second,
            )


def _lane(
    leg: LegView, place: int, scale: _Scale, from_lane: int | None, holds: Sequence[Span]
) -> Lane:
    y = _y(place)
    end = leg.ended_at or scale.end
    x = scale.x(leg.started_at)
    return Lane(
        leg=leg,
        y=y,
        strokes=tuple(_strokes(leg, end, scale, holds)),
        bend="" if from_lane is None else _bend(x, _y(from_lane), y),
        end=scale.x(end),
        dot="talk" if leg.answered_at else "missed",
    )


def _y(place: int) -> int:
    return TOP + LANE * place + LANE // 2


def _bend(x: float, above: int, y: int) -> str:
    return f"M{x - 24:g} {above}C{x - 8:g} {above} {x - 16:g} {y} {x:g} {y}"


def _strokes(
    leg: LegView, end: datetime, scale: _Scale, holds: Sequence[Span]
) -> Iterator[Stroke]:
    answered = leg.answered_at
    yield _stroke("ring", leg.started_at, answered or end, scale)
    if answered is None:
        return
    at = answered
    for held, resumed in holds:
        yield _stroke("talk", at, held, scale)
        yield _stroke("hold", held, resumed, scale)
        at = resumed
    yield _stroke("talk", at, end, scale)


def _stroke(kind: str, start: datetime, end: datetime, scale: _Scale) -> Stroke:
    return Stroke(kind=kind, start=scale.x(start), end=scale.x(max(start, end)))


def _holds(session: Session, workspace_id: str, call: CallView) -> Mapping[str, list[Span]]:
    """By leg: when it was on hold, in order."""
    bodies = session.scalars(
        select(Event.body).where(
            Event.workspace_id == workspace_id,
            Event.line_id == call.line_id,
            Event.call_key == call.call_key,
        )
    )
    events = [event for event in map(from_dict, bodies) if isinstance(event, LegEvent)]
    held: dict[str, datetime] = {}
    found: dict[str, list[Span]] = {}
    for event in sorted(events, key=lambda event: event.at):
        if event.phase is Phase.HELD:
            held.setdefault(event.leg_id, event.at)
        elif event.phase in {Phase.RESUMED, Phase.ENDED} and event.leg_id in held:
            found.setdefault(event.leg_id, []).append((held.pop(event.leg_id), event.at))
    return found
