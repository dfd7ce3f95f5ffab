"""What is known around a past call, with its moments: it can be seen as it was at any of them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from hub.contract.events import Channel, Consent
from hub.core.rules import Facts, as_of
from hub.models import Call

WINDOW = timedelta(hours=24)
"""How long after a message of theirs one may write freely on WhatsApp."""


class Word(NamedTuple):
    """The last word of an address about being written to on a channel."""

    at: datetime
    channel: Channel
    word: Consent


class Again(NamedTuple):
    """A later call of the same caller. *over_at*: when it was answered, else when it ended.

    *followed* says that it was missed, and that the rule is about it as well.
    """

    at: datetime
    over_at: datetime | None
    followed: bool

    def counts(self, at: datetime) -> bool:
        """Whether the call before it is left to this one: it is the rule's, or not over yet."""
        if self.at > at:
            return False
        return self.followed or self.over_at is None or self.over_at > at


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """All that is known around a call. *facts* have the first moment of what happened since.

    *addresses* are the caller's; *texted* the follow-ups sent there, *whatsapp* what came from
    there, *again* the caller's later calls on lines of the rule, *calls_back* when we called the
    caller; in no order.
    """

    call: Call
    facts: Facts
    addresses: tuple[str, ...]
    texted: tuple[datetime, ...]
    whatsapp: tuple[datetime, ...]
    words: tuple[Word, ...]
    again: tuple[Again, ...]
    calls_back: tuple[datetime, ...]

    def now(self, at: datetime) -> Facts:
        """The facts of this very moment, *at*: whatever is known counts."""
        return self._seen(at, self.texted, self.words)

    def then(self, at: datetime, texted: Iterable[datetime] = ()) -> Facts:
        """The facts as they were known at *at*; *texted* are follow-ups besides those sent."""
        sent = (moment for moment in (*self.texted, *texted) if moment <= at)
        said = [word for word in self.words if word.at <= at]
        return as_of(self._seen(at, sent, said), at)

    def _seen(self, at: datetime, texted: Iterable[datetime], words: Iterable[Word]) -> Facts:
        words = tuple(words)
        stop = any(one.word is Consent.STOP for one in words)
        return replace(
            self.facts,
            last_texted_at=max(texted, default=None),
            called_again_at=min((one.at for one in self.again if one.counts(at)), default=None),
            # A STOP binds all channels of the person: who says stop does not mean "on SMS".
            opted_out=frozenset(Channel) if stop else frozenset(),
            consented=frozenset(one.channel for one in words if one.word is Consent.START),
            whatsapp_window_open=any(at - WINDOW < moment <= at for moment in self.whatsapp),
        )
