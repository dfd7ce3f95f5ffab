"""What the same server can do without a hub in it: the references beside our own figures.

/bare      a Starlette route that answers 204
/ceiling   the same after a look at the form and its signature, by the standard library alone
"""

import base64
import hashlib
import hmac
import sys
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.stage import PUBLIC_URL, TOKEN


async def bare(_: Request) -> Response:
    """Answer."""
    return Response(status_code=204)


async def ceiling(request: Request) -> Response:
    """Answer whoever has signed."""
    form = parse_qsl((await request.body()).decode(), keep_blank_values=True)
    signed = (
        PUBLIC_URL + request.url.path + "".join(f"{name}{value}" for name, value in sorted(form))
    )
    digest = hmac.new(TOKEN.encode(), signed.encode(), hashlib.sha1).digest()
    given = request.headers.get("x-twilio-signature", "")
    fits = hmac.compare_digest(base64.b64encode(digest).decode(), given)
    return Response(status_code=204 if fits else 403)


app = Starlette(
    routes=[
        Route("/bare{step:path}", bare, methods=["POST"]),
        Route("/ceiling{step:path}", ceiling, methods=["POST"]),
    ]
)

if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False, backlog=4096)
