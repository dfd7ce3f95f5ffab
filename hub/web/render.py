"""Pages from templates: strict about names, escaped, in the language of the reader."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from hub.models import Role
from hub.web import assets, language, numbers, security, words
from hub.web.auth import Who
from hub.web.guard import ADMINS, EVERYBODY, MARKETERS
from hub.web.language import said_later as _

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An entry of the navigation."""

    path: str
    label: str
    icon: str
    roles: frozenset[Role] = EVERYBODY


NAVIGATION = (
    Place(path="/now", label=_("Now"), icon="radio-tower"),
    Place(path="/calls", label=_("Calls"), icon="phone"),
    Place(path="/contacts", label=_("Contacts"), icon="users"),
    Place(path="/rules", label=_("Rules"), icon="workflow", roles=MARKETERS),
    Place(path="/lines", label=_("Lines"), icon="phone-incoming", roles=ADMINS),
    Place(path="/connections", label=_("Connections"), icon="plug", roles=ADMINS),
    Place(path="/deliveries", label=_("Deliveries"), icon="inbox", roles=ADMINS),
    Place(path="/settings", label=_("Settings"), icon="settings", roles=ADMINS),
)


def environment() -> Environment:
    """The templates' world: filters for numbers and times, the words of the house, gettext."""
    world = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    # Added by the extension i18n, unknown to the annotations.
    install = world.install_gettext_callables  # type: ignore[attr-defined]
    install(language.gettext, language.ngettext, newstyle=True)
    world.filters.update(
        number=numbers.number,
        duration=numbers.duration,
        phone=numbers.phone,
        size=numbers.size,
        exact=numbers.exact,
        when=numbers.when,
        day=numbers.day,
        clock=numbers.clock,
        plainday=numbers.plainday,
        origin=numbers.origin,
        moment=numbers.moment,
        translated=translated,
    )
    world.globals.update(
        asset=assets.url, words=words, navigation=NAVIGATION, languages=language.LANGUAGES
    )
    return world


def translated(table: Mapping[str, str]) -> list[tuple[str, str]]:
    """The pairs of a table of words, as the options of a choice."""
    return [(key, language.gettext(word)) for key, word in table.items()]


_WORLD = environment()


def text(request: Request, template: str, **values: object) -> str:
    """*template*, filled, for the reader of *request*."""
    who: Who | None = getattr(request.state, "who", None)
    common: Mapping[str, Any] = {
        "who": who,
        "zone": who.time_zone if who else "UTC",
        "region": who.region if who else "",
        "nonce": getattr(request.state, "nonce", ""),
        "csrf": who.csrf if who else "",
        "path": request.url.path,
        "here": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        "language": language.spoken(),
        "demo": request.app.state.house.settings.demo,
    }
    return _WORLD.get_template(template).render({**common, **values})


def page(request: Request, template: str, status: int = 200, **values: object) -> HTMLResponse:
    """*template* as an answer that nobody keeps."""
    return HTMLResponse(
        text(request, template, **values),
        status,
        headers={"cache-control": "no-store", "vary": "Cookie, Accept-Language"},
    )


def is_partial(request: Request) -> bool:
    """Whether htmx asks for a part of the page."""
    return request.headers.get("hx-request") == "true"


_SAYINGS: Mapping[int, tuple[str, str]] = {
    400: (_("That request cannot be read"), _("Go back and try again.")),
    403: (
        _("This page is not for you"),
        _("Your role does not open it, or the form was too old. Go back and try again."),
    ),
    404: (_("There is nothing here"), _("The address may be wrong, or what it showed is gone.")),
    405: (_("That cannot be done here"), _("Go back and try again.")),
    413: (_("That is too large"), _("Send a smaller file.")),
    429: (_("Too many tries"), _("Wait a moment, then try again.")),
    500: (
        _("Something broke on our side"),
        _("It is in the log. Try again; if it stays, tell your administrator."),
    ),
    503: (_("The database is away"), _("Nothing is lost. Try again in a moment.")),
}


def failure(request: Request, status: int) -> Response:
    """The page of an error: what happened and what to do, never a trace."""
    if request.url.path.startswith(security.OTHERS):
        problem = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
        return JSONResponse(problem, status, media_type="application/problem+json")
    title, sentence = _SAYINGS.get(status, _SAYINGS[400 if status < 500 else 500])  # noqa: PLR2004 - HTTP's own border
    if not hasattr(request.state, "nonce"):
        request.state.nonce = ""
    with language.speaking(_spoken(request)):
        answer = page(request, "failure.html", status, title=title, sentence=sentence)
    answer.headers.update(security.headers(request.state.nonce))
    return answer


def _spoken(request: Request) -> str:
    who: Who | None = getattr(request.state, "who", None)
    return language.choose(who.language if who else "", request.headers.get("accept-language", ""))


async def on_http_error(request: Request, error: Exception) -> Response:
    """For `exception_handlers`: an HTTPException as a page, a problem (RFC 9457) for programs."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    answer = failure(request, status)
    if isinstance(error, HTTPException):
        answer.headers.update(error.headers or {})
    return answer


async def on_bug(request: Request, _error: Exception) -> Response:
    """For `exception_handlers`: the server logs it, the reader gets a page."""
    return failure(request, 500)


async def on_away(request: Request, _error: Exception) -> Response:
    """For `exception_handlers`: `hub.db.Away`."""
    answer = failure(request, 503)
    answer.headers["retry-after"] = "2"
    return answer


async def on_not_found(request: Request, _error: Exception) -> Response:
    """For `exception_handlers`: `hub.desk.errors.NotFound`."""
    return failure(request, 404)


async def on_bad_payload(request: Request, _error: Exception) -> Response:
    """For `exception_handlers`: an address with a part that is none of ours, as a cursor."""
    return failure(request, 400)
