"""Which calls are missed, and why: the decision table, told as events."""

import pytest

from hub.contract.events import (
    MissedReason,
    Outcome,
    RecordingState,
    TalkEvent,
    Verdict,
)
from hub.core.calls import fold
from hub.testing.tales import BOX, MENU, QUEUE, A, E, F, R, came, leg, message, over, said

# Each row of the decision table: how it is told, and why the call was missed.
MISSED = {
    "nobody answers; the parent completes, because a machine spoke": (
        [came(), *leg("ann", A, rang=1, ended=21, ending=E.NO_ANSWER), over(30, measured=29)],
        R.NO_ANSWER,
    ),
    "all are busy": (
        [
            came(),
            *leg("ann", A, rang=1, ended=2, ending=E.BUSY),
            *leg("bob", A, rang=1, ended=2, ending=E.BUSY),
            over(9, measured=8),
        ],
        R.BUSY,
    ),
    "one is busy, one does not answer": (
        [
            came(),
            *leg("ann", A, rang=1, ended=2, ending=E.BUSY),
            *leg("bob", A, rang=1, ended=21, ending=E.NO_ANSWER),
            over(22),
        ],
        R.NO_ANSWER,
    ),
    "one is busy, one is offline": (
        [
            came(),
            *leg("ann", A, rang=1, ended=2, ending=E.BUSY),
            *leg("bob", A, rang=1, ended=2, ending=E.UNAVAILABLE),
            over(22),
        ],
        R.BUSY,
    ),
    "every phone is offline or a bad number": (
        [
            came(),
            *leg("ann", A, rang=1, ended=2, ending=E.UNAVAILABLE),
            *leg("bob", A, rang=1, ended=2, ending=E.FAILED),
            over(22),
        ],
        R.NO_AGENT,
    ),
    "an agent's mailbox picks up and does not press 1": (
        [came(), *leg("ann", A, rang=1, ended=20, ending=E.COMPLETED, measured=8), over(30)],
        R.NO_ANSWER,
    ),
    "somebody rejects": (
        [came(), *leg("ann", A, rang=1, ended=6, ending=E.REJECTED), over(12)],
        R.REJECTED,
    ),
    "somebody rejects, somebody else is rung to the end": (
        [
            came(),
            *leg("ann", A, rang=1, ended=6, ending=E.REJECTED),
            *leg("bob", A, rang=1, ended=21, ending=E.NO_ANSWER),
            over(22),
        ],
        R.NO_ANSWER,
    ),
    "the caller hangs up after 15 seconds of ringing": (
        [came(), *leg("ann", A, rang=1, ended=15, ending=E.CANCELED), over(15, E.CANCELED)],
        R.NO_ANSWER,
    ),
    "the caller hangs up after 4 seconds of ringing": (
        [came(), *leg("ann", A, rang=1, ended=4, ending=E.CANCELED), over(4, E.CANCELED)],
        R.SHORT_ABANDON,
    ),
    "the same, and the parent completes": (
        [came(), *leg("ann", A, rang=1, ended=4, ending=E.CANCELED), over(4, measured=4)],
        R.SHORT_ABANDON,
    ),
    "the same, and only the end of the call is told": (
        [came(), *leg("ann", A, rang=1), over(4)],
        R.SHORT_ABANDON,
    ),
    "hung up by a measure of 4 seconds, told half a minute late": (
        [came(), *leg("ann", A, rang=1, ended=4, ending=E.CANCELED), over(34, measured=4)],
        R.SHORT_ABANDON,
    ),
    "ended after 4 seconds by a phone that was busy": (
        [came(), *leg("ann", A, rang=1, ended=3, ending=E.BUSY), over(4)],
        R.BUSY,
    ),
    "hung up in the queue after 42 seconds": (
        [
            came(),
            *leg("q", QUEUE, rang=1, ended=2, ending=E.ABANDONED, measured=42),
            over(3, measured=43),
        ],
        R.ABANDONED_IN_QUEUE,
    ),
    "hung up in the queue at once": (
        [came(), *leg("q", QUEUE, rang=1, ended=9, ending=E.ABANDONED, measured=5), over(30)],
        R.SHORT_ABANDON,
    ),
    "hung up in the queue, while phones rang in vain": (
        [
            came(),
            *leg("q", QUEUE, rang=1, ended=50, ending=E.ABANDONED, measured=49),
            *leg("ann", A, rang=2, ended=22, ending=E.NO_ANSWER),
            over(50),
        ],
        R.ABANDONED_IN_QUEUE,
    ),
    "hung up in the queue, which nobody tells": (
        [came(), *leg("q", QUEUE, rang=1), over(50, measured=50)],
        R.ABANDONED_IN_QUEUE,
    ),
    "hung up in the queue after a long menu": (
        [
            came(),
            *leg("m", MENU, rang=0, ended=40, ending=E.COMPLETED),
            *leg("q", QUEUE, rang=40, ended=44, ending=E.ABANDONED, measured=4),
            over(44),
        ],
        R.ABANDONED_IN_QUEUE,
    ),
    "the queue is full, and nobody was rung": (
        [came(), *leg("q", QUEUE, rang=1, ended=30, ending=E.LEFT, measured=29), over(31)],
        R.NO_AGENT,
    ),
    "the queue times out, phones rang in vain": (
        [
            came(),
            *leg("q", QUEUE, rang=1, ended=60, ending=E.LEFT, measured=59),
            *leg("ann", A, rang=2, ended=22, ending=E.NO_ANSWER),
            over(70),
        ],
        R.NO_ANSWER,
    ),
    "hung up in the menu": (
        [came(), *leg("m", MENU, rang=0, ended=20, ending=E.ABANDONED), over(20)],
        R.ABANDONED_IN_IVR,
    ),
    "hung up in the menu, and only the end of the call is told": (
        [came(), *leg("m", MENU, answered=0), over(20, measured=20)],
        R.ABANDONED_IN_IVR,
    ),
    "the menu leads to nobody": (
        [
            came(),
            said(Verdict.NO_AGENT),
            *leg("m", MENU, rang=0, ended=20, ending=E.COMPLETED),
            over(20),
        ],
        R.NO_AGENT,
    ),
    "closed": ([came(), said(Verdict.CLOSED), over(15, measured=15)], R.CLOSED),
    "closed, and hung up at once": (
        [came(), said(Verdict.CLOSED), over(2, E.CANCELED)],
        R.CLOSED,
    ),
    "closed, rejected with a busy tone": (
        [came(), said(Verdict.CLOSED), over(1, E.BUSY)],
        R.CLOSED,
    ),
    "closed, with a message": ([came(), said(Verdict.CLOSED), message(21), over(50)], R.VOICEMAIL),
    "a message after the phones": (
        [
            came(),
            *leg("ann", A, rang=1, ended=21, ending=E.NO_ANSWER),
            *leg("box", BOX, answered=22, ended=60, ending=E.COMPLETED, measured=21),
            message(21),
            over(60, measured=60),
        ],
        R.VOICEMAIL,
    ),
    "a message that is not ready yet": (
        [came(), message(21, RecordingState.PENDING), over(60)],
        R.VOICEMAIL,
    ),
    "a message whose length nobody knows": ([came(), message(None), over(60)], R.VOICEMAIL),
    "a message of a second is silence": (
        [
            came(),
            *leg("ann", A, rang=1, ended=21, ending=E.NO_ANSWER),
            *leg("box", BOX, answered=22, ended=30, ending=E.COMPLETED, measured=1),
            message(1),
            over(30),
        ],
        R.NO_ANSWER,
    ),
    "a message that failed is none": (
        [came(), *leg("box", BOX, answered=2), message(21, RecordingState.FAILED), over(60)],
        R.NO_AGENT,
    ),
    "nobody on duty, and hung up during the greeting": (
        [came(), said(Verdict.NO_AGENT), *leg("box", BOX, answered=1), over(6, measured=6)],
        R.NO_AGENT,
    ),
    "an open line of which only the late end is told": (
        [came(), said(Verdict.OPEN), over(25, measured=25)],
        R.NO_ANSWER,
    ),
    "an open line of which only the early end is told": (
        [came(), said(Verdict.OPEN), over(6, measured=6)],
        R.SHORT_ABANDON,
    ),
    "nobody on duty, and only the end is told": (
        [came(), said(Verdict.NO_AGENT), over(25, measured=25)],
        R.NO_AGENT,
    ),
    "told without legs: nobody answered, at once": (
        [came(), said(Verdict.OPEN), over(1, E.NO_ANSWER)],
        R.NO_ANSWER,
    ),
    "the whole call says that nobody answered, a phone that the caller gave up": (
        [came(), *leg("ann", A, rang=1, ended=4, ending=E.CANCELED), over(4, E.NO_ANSWER)],
        R.SHORT_ABANDON,
    ),
    "told without legs: nobody answered": ([came(), over(25, E.NO_ANSWER)], R.NO_ANSWER),
    "told without legs: busy": ([came(), over(25, E.BUSY)], R.BUSY),
    "told without legs: rejected": ([came(), over(25, E.REJECTED)], R.REJECTED),
    "told without legs: no phone": ([came(), over(25, E.UNAVAILABLE)], R.NO_AGENT),
    "told without legs: given up": ([came(), over(25, E.CANCELED)], R.NO_ANSWER),
    "told without legs: given up soon": ([came(), over(5, E.CANCELED)], R.SHORT_ABANDON),
    "given up, and nobody knows when it began": ([over(5, E.CANCELED)], R.NO_ANSWER),
    "the end of the call is lost, but every phone told its own": (
        [came(), *leg("ann", A, rang=1, ended=21, ending=E.NO_ANSWER), over(9_000, E.LOST_END)],
        R.NO_ANSWER,
    ),
    "the end of the call is lost, but a message is there": (
        [came(), *leg("ann", A, rang=1), message(21), over(9_000, E.LOST_END)],
        R.VOICEMAIL,
    ),
}


@pytest.mark.parametrize(("events", "reason"), MISSED.values(), ids=MISSED)
def test_a_call_is_missed_for_one_reason(events: list[TalkEvent], reason: MissedReason) -> None:
    call = fold(events)

    assert (call.outcome, call.missed_reason) == (Outcome.MISSED, reason)


TAKEN = {
    "an agent answers": (
        [came(), *leg("ann", A, rang=1, answered=9, ended=99), over(100)],
        Outcome.ANSWERED,
    ),
    "the call is canceled after an agent has answered": (
        [came(), *leg("ann", A, rang=1, answered=9), over(100, E.CANCELED)],
        Outcome.ANSWERED,
    ),
    "only the hold is told": ([came(), *leg("ann", A, held=9), over(30)], Outcome.ANSWERED),
    "closed, but an agent takes it": (
        [came(), said(Verdict.CLOSED), *leg("ann", A, answered=9), over(30)],
        Outcome.ANSWERED,
    ),
    "answered, then a message after all": (
        [came(), *leg("ann", A, answered=9, ended=20), message(21), over(60)],
        Outcome.ANSWERED,
    ),
    "a number outside takes it": (
        [
            came(),
            *leg("ann", A, rang=1, ended=21, ending=E.NO_ANSWER),
            *leg("out", F, rang=22, answered=30, ended=60),
            over(60),
        ],
        Outcome.FORWARDED,
    ),
    "an agent answers, then passes it on outside": (
        [
            came(),
            *leg("ann", A, rang=1, answered=9, ended=20, ending=E.TRANSFERRED),
            *leg("out", F, rang=20, answered=30, ended=60),
            over(60),
        ],
        Outcome.ANSWERED,
    ),
    "blocked": ([came(), said(Verdict.BLOCKED), over(1, E.BUSY)], Outcome.BLOCKED),
    "broken before anything": ([came(), over(1, E.FAILED)], Outcome.FAILED),
    "the end is lost": (
        [came(), *leg("ann", A, rang=1), over(9_000, E.LOST_END)],
        Outcome.FAILED,
    ),
    "the end is lost, but an agent had answered": (
        [came(), *leg("ann", A, rang=1, answered=9), over(9_000, E.LOST_END)],
        Outcome.ANSWERED,
    ),
}


@pytest.mark.parametrize(("events", "outcome"), TAKEN.values(), ids=TAKEN)
def test_an_inbound_call_that_is_not_missed(events: list[TalkEvent], outcome: Outcome) -> None:
    call = fold(events)

    assert (call.outcome, call.missed_reason) == (outcome, None)
