"""A recording, played in the page: in ranges, so that a click may jump."""

from http import HTTPStatus

from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from hub.desk import calls, sound
from hub.web.auth import Who
from hub.web.guard import EVERYBODY, house, route, who
from hub.web.pages.calls import may_see


async def audio(request: Request) -> Response:
    """The sound, or the part of it that the browser asks for."""
    recording_id = request.path_params["recording_id"]
    found = await house(request).db.read(_found, who(request), recording_id)
    part = sound.part(found, request.headers.get("range", ""))
    return StreamingResponse(
        sound.read(house(request).settings.recordings, found, part),
        part.status,
        headers=dict(part.headers),
        media_type=found.media_type,
    )


def _found(session: Session, me: Who, recording_id: str) -> sound.Sound:
    found = sound.find(session, me.workspace_id, recording_id)
    if not may_see(me, calls.view(session, me.workspace_id, found.call_id)):
        raise HTTPException(HTTPStatus.FORBIDDEN)
    return found


routes = [route("/recordings/{recording_id}/audio", audio, EVERYBODY)]
