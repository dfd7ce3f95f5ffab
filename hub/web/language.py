"""English and Italian: which one this answer speaks, its words, numbers and times.

The catalogues are plain `.po` files, read at first use; nothing needs to be compiled or shipped
beside them. The language of a request is a context variable, so templates and tables of words
need no argument for it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from io import BytesIO
from pathlib import Path

from babel import Locale, negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

LANGUAGES = {"en": "English", "it": "Italiano"}
"""What the console speaks, each named in itself."""

LOCALES = Path(__file__).parent / "locale"
_here: ContextVar[str] = ContextVar("language", default="en")


def choose(own: str, accepted: str) -> str:
    """A user's *own* setting if there is one, else the best of the Accept-Language header."""
    if own in LANGUAGES:
        return own
    return negotiate_locale(_wanted(accepted), list(LANGUAGES), sep="-") or "en"


def _wanted(accepted: str) -> Sequence[str]:
    """The tags of an Accept-Language header, best first; a senseless header has none."""
    found: list[tuple[float, int, str]] = []
    for place, part in enumerate(accepted[:500].split(",")):
        tag, _, quality = part.strip().partition(";q=")
        try:
            found.append((-float(quality or 1), place, tag.strip()))
        except ValueError:
            continue
    return [tag for _, _, tag in sorted(found) if tag and tag != "*"]


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """All that is rendered inside the block is in *language*."""
    token = _here.set(language)
    try:
        yield
    finally:
        _here.reset(token)


def spoken() -> str:
    """The language of this answer: a key of LANGUAGES."""
    return _here.get()


def locale() -> Locale:
    """How this answer writes numbers and times."""
    return Locale.parse(spoken())


def gettext(message: str) -> str:
    """*message* in the language of this answer."""
    return catalogue(spoken()).gettext(message)


def ngettext(singular: str, plural: str, count: int) -> str:
    """*singular* or *plural*, in the language of this answer."""
    return catalogue(spoken()).ngettext(singular, plural, count)


def said_later(message: str) -> str:
    """Mark *message* for the translators; whoever shows it passes it through `gettext`."""
    return message


@cache
def catalogue(language: str) -> NullTranslations:
    """The words of *language*; English is what the code says."""
    path = LOCALES / language / "LC_MESSAGES" / "hub.po"
    if not path.exists():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return Translations(compiled)
