"""The life of a call: a call is the fold of its set of events.

Phone systems tell a call in pieces: many requests, from several machines with several clocks,
in any order, twice or never. So nothing here is a state that a message changes. All events of
the call so far are kept; after each new one the whole call is computed again:

    fold({events}) -> Call          the same set gives the same call, in any order, however often
    effects(before, after)          what has to be done because the call looks different now

What a set of events means:

1. Only a person answers. A call is answered when an event says that a person's leg talks
   (ANSWERED, HELD or RESUMED): inbound the leg of an agent or of a forward, outbound that of the
   callee (the agent's own phone is up before the callee's). Menus, queues and voicemails pick
   up, and so the caller's own leg is "answered" and "completed" on nearly every missed call:
   neither word counts, and the length of a leg does not count either (an agent's mailbox that
   picks up has one).
2. Evidence adds up and is never taken back. What makes a call answered is looked for in single
   events, so more events may fill in the rest, but cannot make an answered call a missed one.
3. The end of the call is the end of its own, the caller's, leg; with it every other leg has
   ended. What upkeep closed (LOST_END) gives way to any real end that comes later; unanswered,
   it has failed, unless every phone told its own end or a message was left: then it was missed.
4. Told twice, the more telling word wins: REJECTED says more than COMPLETED (`legs._TELLING`).
5. A provider's own measure outweighs the difference of two clocks, which is never negative.
6. A call that nobody answered is missed for exactly one reason, the first that holds in
   `MISSED_RULES`.

    shapes.py    the call as it comes out
    legs.py      legs and recordings, each from its own events
    missed.py    the table of reasons
    fold.py      the whole
    effects.py   what follows from a change
"""

from hub.core.calls.effects import Effect, EffectKind, effects
from hub.core.calls.fold import fold
from hub.core.calls.missed import MISSED_RULES, MissedRule
from hub.core.calls.shapes import Call, Leg, Policy, Recording

__all__ = [
    "MISSED_RULES",
    "Call",
    "Effect",
    "EffectKind",
    "Leg",
    "MissedRule",
    "Policy",
    "Recording",
    "effects",
    "fold",
]
