"""A file of people into the phone book: upload, match the columns, watch; and out again."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import structlog
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from hub.contract.connectors import Contact
from hub.contract.errors import BadPayload, HubError
from hub.desk import contacts, files, imports
from hub.desk.errors import Conflict
from hub.desk.imports import Importer
from hub.house import House
from hub.models import new_id
from hub.web import forms, render
from hub.web.auth import Who
from hub.web.forms import REFUSED
from hub.web.guard import MANAGERS, back, house, route, who
from hub.web.language import gettext
from hub.web.language import said_later as _
from hub.web.problems import said

FIELDS = {
    "": _("leave out"),
    "name": _("Name"),
    "given": _("First name"),
    "family": _("Last name"),
    "company": _("Company"),
    "title": _("Role in the company"),
    "phone": _("Number"),
    "email": _("E-mail"),
    "owner": _("Looked after by"),
    "tags": _("Tags"),
    "language": _("Language"),
    "note": _("Note"),
}
_FORMATS = {"csv": ("text/csv; charset=utf-8", "csv"), "vcard": ("text/vcard", "vcf")}
_PIECE = 1_048_576
log = structlog.get_logger()
_running: set[asyncio.Task[None]] = set()


async def show(request: Request) -> Response:
    """Choose a file; and what became of those before."""
    return await _page(request)


async def _page(request: Request, status: int = 200, error: str = "") -> Response:
    found = await house(request).db.read(imports.imports, who(request).workspace_id)
    return render.page(request, "contacts/import.html", status, imports=found, error=error)


async def upload(request: Request) -> Response:
    """Keep the file; a CSV asks next what its columns are, a vCard starts at once."""
    form = await forms.read(request)
    sent = form.file("file")
    if sent is None:
        return await _page(request, 422, error=gettext("Choose a file first."))
    path = _place(house(request), new_id())
    await _keep(sent, path)
    try:
        columns = await asyncio.to_thread(lambda: files.read_columns(path.read_bytes()))
    except REFUSED as problem:
        await asyncio.to_thread(path.unlink)
        return await _page(request, 422, said(problem))
    if not columns:
        return await _begin(request, path, sent.filename or "", {})
    return render.page(
        request,
        "contacts/columns.html",
        file=path.name,
        file_name=sent.filename,
        columns=columns,
        fields=_fields(columns),
    )


def _fields(columns: Mapping[str, str]) -> dict[str, str]:
    """The choices; a finer word that the reader guessed is one of them."""
    guessed = {field: field for field in columns.values() if field not in FIELDS}
    return {**FIELDS, **guessed}


def _place(parts: House, name: str) -> Path:
    folder = parts.settings.data_dir / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name


async def _keep(sent: UploadFile, path: Path) -> None:
    with path.open("wb") as kept:
        while piece := await sent.read(_PIECE):
            await asyncio.to_thread(kept.write, piece)
    await sent.close()


async def start(request: Request) -> Response:
    """Take the file in, with the columns as they were matched."""
    form = await forms.read(request)
    path = _place(house(request), Path(form.text("file")).name)
    if not await asyncio.to_thread(path.is_file):
        return await _page(request, 422, error=gettext("Choose a file first."))
    pairs = zip(form.fields.getlist("header"), form.fields.getlist("field"), strict=False)
    columns = {str(header): str(field) for header, field in pairs}
    return await _begin(request, path, form.text("file_name"), columns)


async def _begin(
    request: Request, path: Path, file_name: str, columns: Mapping[str, str]
) -> Response:
    parts, me = house(request), who(request)
    try:
        import_id = await parts.db.write(imports.begin, me.workspace_id, file_name)
    except Conflict as problem:
        await asyncio.to_thread(path.unlink)
        return await _page(request, 409, said(problem))
    task = asyncio.create_task(_take_in(parts, me, import_id, path, columns))
    _running.add(task)
    task.add_done_callback(_running.discard)
    return back(request, f"/contacts/imports/{import_id}")


async def _take_in(
    parts: House, me: Who, import_id: str, path: Path, columns: Mapping[str, str]
) -> None:
    """In the background; what goes wrong stands in the import's row."""
    importer = Importer(db=parts.db, workspace_id=me.workspace_id)
    try:
        body = await asyncio.to_thread(_emptied, path)
        people = files.read_contacts(body, region=me.region, columns=columns)
        await importer.go_on(import_id, people)
    except HubError as error:
        await parts.db.write(imports.fail, me.workspace_id, import_id, str(error))
        log.warning("an import broke off", id=import_id, error=str(error))


def _emptied(path: Path) -> bytes:
    """What the file held; it is gone then."""
    body = path.read_bytes()
    path.unlink()
    return body


async def one(request: Request) -> Response:
    """How far it is, and the rows that could not be taken."""
    me, import_id = who(request), request.path_params["import_id"]
    found = await house(request).db.read(imports.one, me.workspace_id, import_id)
    return render.page(request, "contacts/progress.html", found=found)


async def export(request: Request) -> Response:
    """Everybody, as a file that the import reads back."""
    kind = request.query_params.get("format", "csv")
    if kind not in _FORMATS:
        raise BadPayload(f"is none of {', '.join(_FORMATS)}", path="format")
    body = await house(request).db.read(
        lambda session: files.write_contacts(
            (
                _plain(one)
                for page in contacts.export(session, who(request).workspace_id)
                for one in page
            ),
            kind,
        )
    )
    media_type, ending = _FORMATS[kind]
    name = f'attachment; filename="contacts.{ending}"'
    headers = {"content-disposition": name, "cache-control": "no-store"}
    return Response(body, media_type=media_type, headers=headers)


def _plain(one: contacts.ContactView) -> Contact:
    return Contact(
        remote_id=one.remote_id,
        name=one.name,
        company=one.company,
        title=one.title,
        phones=one.phones,
        emails=one.emails,
        owner=one.owner,
        tags=one.tags,
        language=one.language,
        time_zone=one.time_zone,
        note=one.note,
        url=one.url,
    )


routes = [
    route("/contacts/import", show, MANAGERS),
    route("/contacts/import", upload, MANAGERS, "POST"),
    route("/contacts/import/start", start, MANAGERS, "POST"),
    route("/contacts/imports/{import_id}", one, MANAGERS),
    route("/contacts/export", export, MANAGERS),
]
