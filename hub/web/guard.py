"""Who may ask for what: every route of the console names its roles, and proves its forms."""

from collections.abc import Awaitable, Callable
from functools import wraps
from http import HTTPStatus
from urllib.parse import quote, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hub.house import House
from hub.models import Role
from hub.web import auth, language
from hub.web.auth import Who

Endpoint = Callable[[Request], Awaitable[Response]]

EVERYBODY = frozenset(Role)
MANAGERS = frozenset({Role.MANAGER, Role.ADMIN})
MARKETERS = frozenset({Role.MARKETER, Role.MANAGER, Role.ADMIN})
ADMINS = frozenset({Role.ADMIN})
PUBLIC: frozenset[Role] = frozenset()
"""Nobody needs to sign in: the sign-in itself."""

_SAFE = {"GET", "HEAD"}


def route(
    path: str, endpoint: Endpoint, roles: frozenset[Role], *methods: str, name: str | None = None
) -> Route:
    """A route of the console that only *roles* may use; GET unless *methods* are named."""
    guarded = _public(endpoint) if roles is PUBLIC else _guarded(endpoint, roles)
    return Route(path, guarded, methods=methods or ("GET",), name=name)


def roles_of(route: Route) -> frozenset[Role] | None:
    """The roles that a route names; None for one that was made without `route`."""
    found: frozenset[Role] | None = getattr(route.endpoint, "roles", None)
    return found


def who(request: Request) -> Who:
    """The signed-in user of a guarded request."""
    found: Who = request.state.who
    return found


def house(request: Request) -> House:
    """The parts of the hub."""
    found: House = request.app.state.house
    return found


def _guarded(endpoint: Endpoint, roles: frozenset[Role]) -> Endpoint:
    @wraps(endpoint)
    async def guarded(request: Request) -> Response:
        found = await auth.whoever(request)
        request.state.who = found
        with language.speaking(_language(request, found)):
            if found is None:
                return _to_sign_in(request)
            if found.role not in roles:
                raise HTTPException(HTTPStatus.FORBIDDEN)
            if request.method not in _SAFE:
                await _prove(request, found)
            return await endpoint(request)

    guarded.roles = roles  # type: ignore[attr-defined] # a function carries what its test asks
    return guarded


def _public(endpoint: Endpoint) -> Endpoint:
    @wraps(endpoint)
    async def public(request: Request) -> Response:
        request.state.who = None
        with language.speaking(_language(request, None)):
            if request.method not in _SAFE and not comes_from_us(request):
                raise HTTPException(HTTPStatus.FORBIDDEN)
            return await endpoint(request)

    public.roles = PUBLIC  # type: ignore[attr-defined] # as above
    return public


def _language(request: Request, found: Who | None) -> str:
    own = found.language if found else ""
    return language.choose(own, request.headers.get("accept-language", ""))


def _to_sign_in(request: Request) -> Response:
    """The page to sign in at; htmx and the stream get a plain 401 with the same address."""
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    target = "/sign-in" if request.method != "GET" else f"/sign-in?next={quote(back, safe='/')}"
    if request.headers.get("hx-request"):
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
    if "text/event-stream" in request.headers.get("accept", ""):
        return Response(status_code=401)
    return RedirectResponse(target, 303)


async def _prove(request: Request, found: Who) -> None:
    """Raise 403 unless the request comes from a page of ours (CSRF)."""
    given = request.headers.get("x-csrf-token", "")
    if not given:
        given = str((await request.form(max_files=1, max_fields=1000)).get("csrf", ""))
    if not comes_from_us(request) or not auth.is_token(found, given):
        raise HTTPException(HTTPStatus.FORBIDDEN)


def comes_from_us(request: Request) -> bool:
    """Whether the browser says that a page of this very origin asks.

    Sec-Fetch-Site is sent by browsers that know it; others send Origin with every POST.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin")
    if origin is None:
        return True  # no browser; the form token has its own say
    ours = {urlsplit(house(request).settings.public_url).netloc, request.headers.get("host", "")}
    return urlsplit(origin).netloc in ours


def local(path: str, otherwise: str = "/") -> str:
    """*path* if it is one of ours, so that nobody is led elsewhere; else *otherwise*."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if plain and path.isprintable() else otherwise


def back(request: Request, path: str) -> Response:
    """After a form: see *path* now."""
    return RedirectResponse(request.scope.get("root_path", "") + local(path), 303)
