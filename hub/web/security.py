"""What every answer says to the browser, and how large a request may be."""

import secrets
from collections.abc import Collection, Mapping
from http import HTTPStatus

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BODY = 1_048_576
"""Bytes of a request to the console; uploads take more."""

OTHERS = ("/hooks/", "/api/")
"""What is no page: these speak in their own way, and bound their own bodies."""

_POLICY = {
    "default-src": "'none'",
    "script-src": "'self' 'nonce-{nonce}'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "media-src": "'self' blob:",
    "manifest-src": "'self'",
    "worker-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    # htmx swaps through its own policy; nothing else may write HTML into the page.
    "require-trusted-types-for": "'script'",
    "trusted-types": "htmx",
}
_PLAIN = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def headers(nonce: str, *, https: bool = False) -> Mapping[str, str]:
    """The headers of every answer; *nonce* is the one that our own scripts carry."""
    policy = "; ".join(f"{name} {value}" for name, value in _POLICY.items())
    found = {"content-security-policy": policy.format(nonce=nonce), **_PLAIN}
    if https:
        found["strict-transport-security"] = "max-age=31536000"
    return found


class Shield:
    """Gives each request a nonce and each answer its headers, and cuts off bodies too large.

    Middleware of the whole application; it leaves alone what is already said by an inner part.
    The webhooks and the API bound their own bodies.
    """

    def __init__(self, app: ASGIApp, *, wide: Collection[str] = ()) -> None:
        """Stand before *app*; the paths *wide* take as much as `Settings.max_upload`."""
        self.app = app
        self.wide = frozenset(wide)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["nonce"] = nonce
        said = headers(nonce, https=_is_https(scope))

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                for name, value in said.items():
                    answer.setdefault(name, value)
            await send(message)

        await self.app(scope, self._bounded(scope, receive), sending)

    def _bounded(self, scope: Scope, receive: Receive) -> Receive:
        path = scope["path"]
        if path.startswith(OTHERS):
            return receive
        settings = scope["app"].state.house.settings
        left = settings.max_upload if path in self.wide else MOST_BODY

        async def bounded() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return message

        return bounded


def _is_https(scope: Scope) -> bool:
    """Whether people reach us by https; a proxy may speak plain http to us."""
    public: str = scope["app"].state.house.settings.public_url
    return public.startswith("https://")
