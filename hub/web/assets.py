"""Stylesheet, scripts, icons and font: served under a hash of their content, for ever."""

import hashlib
from functools import cache
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parent / "assets"


class Assets(StaticFiles):
    """Files whose address carries a hash may be kept for ever; others are asked for again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, with what the browser may do with it."""
        response = await super().get_response(path, scope)
        hashed = scope.get("query_string", b"").startswith(b"v=")
        response.headers["cache-control"] = (
            "public, max-age=31536000, immutable" if hashed else "no-cache"
        )
        return response


def url(path: str) -> str:
    """The address of an asset, changing with its content."""
    name = f"/assets/{path}"
    try:
        changed = (FOLDER / path).stat().st_mtime_ns
    except FileNotFoundError:
        return name  # scripts/frontend has not run: the page works without icons and font
    return f"{name}?v={_hash(path, changed)}"


@cache
def _hash(path: str, changed: int) -> str:  # noqa: ARG001 - a changed file is hashed anew
    return hashlib.sha256((FOLDER / path).read_bytes()).hexdigest()[:12]
