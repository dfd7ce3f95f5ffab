"""A recording, played in the page: in ranges, so that a click may jump."""

from http import HTTPStatus

from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from hub.desk import calls, recordings
from hub.desk.recordings import BadRange, Sound
from hub.web.auth import Who
from hub.web.guard import EVERYBODY, house, route, who
from hub.web.pages.calls import may_see


async def audio(request: Request) -> Response:
    """The sound, or the part of it that the browser asks for (RFC 9110, 14)."""
    me, recording_id = who(request), request.path_params["recording_id"]
    await house(request).db.read(_allow, me, recording_id)
    wanted = request.headers.get("range", "")
    try:
        sound = await recordings.sound(house(request), me.workspace_id, recording_id, wanted)
    except BadRange as error:
        headers = {"content-range": f"bytes */{error.size}"}
        return Response(status_code=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=headers)
    status = HTTPStatus.PARTIAL_CONTENT if sound.partial else HTTPStatus.OK
    return StreamingResponse(
        sound.chunks, status, headers=_headers(sound), media_type=sound.media_type
    )


def _headers(sound: Sound) -> dict[str, str]:
    found = {
        "accept-ranges": "bytes",
        "cache-control": "private, max-age=3600",
        "content-length": str(sound.end - sound.start),
    }
    if sound.partial:
        found["content-range"] = f"bytes {sound.start}-{sound.end - 1}/{sound.size}"
    return found


def _allow(session: Session, me: Who, recording_id: str) -> None:
    found = recordings.one(session, me.workspace_id, recording_id)
    if not may_see(me, calls.view(session, me.workspace_id, found.call_id)):
        raise HTTPException(HTTPStatus.FORBIDDEN)


routes = [route("/recordings/{recording_id}/audio", audio, EVERYBODY)]
