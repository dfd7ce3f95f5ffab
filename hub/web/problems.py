"""What the desk says no with, in the reader's language: the most frequent of its sentences.

The desk speaks English to programs and people alike; a sentence that is not in the table stays so.
"""

import re
from functools import cache

from hub.web.language import gettext
from hub.web.language import said_later as _

_SENTENCES = (
    _("this caller hid the number: nobody can be chosen for it"),
    _("this contact belongs to %(system)s: change it there"),
    _("the line of this delivery is switched off: switch it on first"),
    _("no connection can place calls on this line: add one that can dial"),
    _("this caller has a newer open entry: handle that one"),
    _("it is known by now what became of this message: look again"),
    _("%(email)s is already a user: choose another address"),
    _("%(email)s is no e-mail address: write it as in anna@example.com"),
    _("%(what)s %(number)s is no telephone number: write it as in +12025550143"),
    _("there is no region %(region)s: give two letters, as in US, GB or IT"),
    _("an import is running since %(since)s UTC: wait for it"),
    _("a password has at least %(count)s characters"),
)


def said(problem: Exception) -> str:
    """What went wrong, for a page."""
    text = str(problem)
    for sentence in _SENTENCES:
        if found := _pattern(sentence).fullmatch(text):
            return gettext(sentence) % found.groupdict()
    return text


@cache
def _pattern(sentence: str) -> re.Pattern[str]:
    """The sentence with a group for each of its placeholders."""
    parts = re.split(r"%\((\w+)\)s", sentence)
    texts = (
        f"(?P<{part}>.+?)" if place % 2 else re.escape(part) for place, part in enumerate(parts)
    )
    return re.compile("".join(texts), re.DOTALL)
