"""Call stories for the simulator, the demo and the tests; each provider tells them its own way.

`webhooks/<provider>/scenarios.py` has `TELL: Mapping[str, Callable[[Cast], Sequence[Send]]]`
with the stories of `STORIES` that are `basic`; `hub.simulate` makes the other ones (duplicated,
reordered, redial, withheld) out of them. `WITHHELD` beside it is the provider's placeholder for a
caller who hides the number ("anonymous" if it has none). A story's requests carry the provider's
exact wire format and signature, and only use callback URLs in the form that the folder's own
`reply` writes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from hub.contract.errors import BadSetting
from hub.contract.events import MissedReason, Outcome
from hub.contract.webhooks import RawRequest, Secrets, Urls


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """One of our people in a story: user id, E.164 number."""

    id: str
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who plays: numbers in E.164 (or a withheld placeholder), the line's URLs and secrets.

    *token* makes the story's ids unique. *media_url* is where a recording can be fetched.
    *now* is the time of the first request; later ones add their own seconds.
    """

    caller: str
    called: str
    agents: Sequence[Agent]
    urls: Urls
    secrets: Secrets
    token: str
    now: datetime
    media_url: str = ""
    text: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)

    def agent(self, index: int = 0) -> Agent:
        """One of our people, round and round; raises BadSetting when there is nobody."""
        if not self.agents:
            raise BadSetting(
                "this story needs an agent with a phone: "
                "hub user add EMAIL --role agent --number +E164"
            )
        return self.agents[index % len(self.agents)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """One request of a story: *at* seconds after its start, signed and ready to go."""

    at: float
    request: RawRequest


Teller = Callable[[Cast], Sequence[Send]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What happens, in one sentence, and how the hub must see it when it has settled."""

    name: str
    title: str
    outcome: Outcome | None = None
    missed_reason: MissedReason | None = None
    legs: int = 0
    follow_up: bool = False
    basic: bool = True


_M, _R = Outcome.MISSED, MissedReason
STORIES: Mapping[str, Story] = {
    story.name: story
    for story in (
        Story(
            name="answered",
            title="An agent answers after 8 seconds and talks for 95",
            outcome=Outcome.ANSWERED,
            legs=1,
        ),
        Story(
            name="no_answer",
            title="Nobody answers",
            outcome=_M,
            missed_reason=_R.NO_ANSWER,
            follow_up=True,
        ),
        Story(
            name="busy",
            title="All agents are busy",
            outcome=_M,
            missed_reason=_R.BUSY,
            follow_up=True,
        ),
        Story(
            name="abandoned_in_queue",
            title="The caller hangs up after 42 seconds in the queue",
            outcome=_M,
            missed_reason=_R.ABANDONED_IN_QUEUE,
            follow_up=True,
        ),
        Story(
            name="voicemail",
            title="The caller leaves a message of 21 seconds",
            outcome=_M,
            missed_reason=_R.VOICEMAIL,
            follow_up=True,
        ),
        Story(
            name="ring_group",
            title="Several phones ring, one agent answers",
            outcome=Outcome.ANSWERED,
        ),
        Story(
            name="blind_transfer",
            title="The first agent passes the call on without a word",
            outcome=Outcome.ANSWERED,
        ),
        Story(
            name="attended_transfer",
            title="The first agent speaks to a colleague, then passes on",
            outcome=Outcome.ANSWERED,
        ),
        Story(
            name="outbound",
            title="An agent calls a customer, who answers",
            outcome=Outcome.ANSWERED,
        ),
        Story(
            name="closed",
            title="A call outside the opening hours",
            outcome=_M,
            missed_reason=_R.CLOSED,
            follow_up=True,
        ),
        Story(
            name="recording", title="An answered call that was recorded", outcome=Outcome.ANSWERED
        ),
        Story(name="inbound_stop", title="The caller texts STOP"),
        Story(
            name="redial",
            title="Nobody answers; the caller tries again within 20 seconds and is answered",
            outcome=_M,
            missed_reason=_R.NO_ANSWER,
            basic=False,
        ),
        Story(
            name="withheld",
            title="A caller without a number; nobody answers",
            outcome=_M,
            missed_reason=_R.NO_ANSWER,
            basic=False,
        ),
        Story(
            name="duplicated",
            title="An answered call whose every message comes three times",
            outcome=Outcome.ANSWERED,
            basic=False,
        ),
        Story(
            name="reordered",
            title="An answered call whose messages come in a wild order",
            outcome=Outcome.ANSWERED,
            basic=False,
        ),
    )
}
