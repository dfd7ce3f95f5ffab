"""Two languages: nothing on a page is left untranslated."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from hub import web
from hub.core import rules, wording
from hub.core.calls import MISSED_RULES
from hub.web import language

WEB = Path(web.__file__).parent
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "said_later": None}


def said() -> Iterator[str]:
    """Every sentence that a page may show, by its first form."""
    options = {"**.html": {"trimmed": "true"}}
    for found in extract_from_dir(WEB, METHODS, options, keywords=KEYWORDS):
        yield found[2] if isinstance(found[2], str) else found[2][0]
    yield from (rule.sentence for rule in MISSED_RULES)
    yield from (one.sentence for one in (*rules.CONDITIONS, *rules.CHANNEL_CONDITIONS))
    yield rules.NO_CHANNEL_SENTENCE
    yield from wording.NAMES.values()


def test_everything_that_a_page_says_is_said_in_italian() -> None:
    with (language.LOCALES / "it/LC_MESSAGES/hub.po").open("rb") as file:
        catalogue = read_po(file, locale="it")
    known = {
        message.id if isinstance(message.id, str) else message.id[0]
        for message in catalogue
        if message.id and message.string and all(message.string)
    }

    assert len(known) > 400
    assert sorted(set(said()) - known) == []


def test_a_placeholder_stands_in_both_languages() -> None:
    with (language.LOCALES / "it/LC_MESSAGES/hub.po").open("rb") as file:
        catalogue = read_po(file, locale="it")

    assert [error for _, errors in catalogue.check() for error in errors] == []


@pytest.mark.parametrize(
    ("own", "accepted", "spoken"),
    [
        ("", "it-IT,it;q=0.9,en;q=0.8", "it"),
        ("", "de-DE,de;q=0.9", "en"),
        ("", "de;q=0.9,it;q=0.5", "it"),
        ("en", "it", "en"),
        ("", "", "en"),
        ("", ";;q=,,*;q=x", "en"),
    ],
)
def test_the_users_own_language_wins_over_the_browsers(
    own: str, accepted: str, spoken: str
) -> None:
    assert language.choose(own, accepted) == spoken


async def test_the_page_follows_the_browser(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get("/sign-in", headers={"accept-language": "it"})

    assert '<html lang="it">' in answer.text
    assert "Accedi" in answer.text
