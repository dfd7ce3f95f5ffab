"""The words behind the hook's address: callback URLs that we hand out carry their meaning there.

Opaque words in the path, never a query: some proxies re-encode queries, and the signature covers
the URL byte by byte. A number stands there without its plus sign. `doc.md` lists the grammar.
"""

from urllib.parse import quote, unquote

from hub.contract.errors import BadPayload
from hub.contract.webhooks import Urls

DIRECT, SCREENED = "direct", "screened"
"""How a phone is rung: whoever picks up is a person, or has to press 1 to prove it."""

MOST_PHONES = 10  # that one <Dial> can ring

RETRY = "#rc=3&rp=5xx,ct,rt"
"""Three retries after a 5xx or a time-out (the default is one, after a failed connection only).

A fragment is never sent to us and never signed.
https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
"""


def step(*words: str) -> str:
    """The path of *words*; empty ones are left out."""
    return "/".join(quote(word, safe="") for word in words if word)


def words(path: str) -> tuple[str, ...]:
    """What `step` was made of."""
    return tuple(unquote(word) for word in path.strip("/").split("/") if word)


def bare(number: str) -> str:
    """An E.164 number as a word of the path."""
    return number.removeprefix("+")


def number(word: str) -> str:
    """The number that `bare` made a word of; with a plus sign already, it is left as it is."""
    return f"+{word}" if word.isascii() and word.isdigit() else word


def told(urls: Urls, *path: str) -> str:
    """A status callback's URL: Twilio only tells us something there, so it may try again."""
    return urls(step(*path)) + RETRY


def at(path: tuple[str, ...], index: int) -> str:
    """A word that has to be there; raises BadPayload."""
    if index >= len(path):
        raise BadPayload(
            f"/{'/'.join(path)} is shorter than what we hand out; use the URLs of the line's page",
            path="url",
        )
    return path[index]
