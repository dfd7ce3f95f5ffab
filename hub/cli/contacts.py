"""`hub contact`: the phone book in and out."""

import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from hub.cli.frame import answer, as_json, house, pairs, workspace_id
from hub.cli.people import ACTOR
from hub.contract.connectors import BadRow, Contact
from hub.contract.errors import BadPayload, BadSetting
from hub.desk import audit, contacts, files, shelf, workspace
from hub.desk.imports import Importer, ImportView
from hub.desk.regions import read_region

KINDS = {".vcf": "vcard", ".vcard": "vcard"}


@click.group("contact")
def contact_() -> None:
    """The phone book: import and export."""


@contact_.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--region", default="", help="Where national numbers belong: US, GB, IT ...")
@click.option(
    "--map",
    "given",
    multiple=True,
    metavar="COLUMN=FIELD",
    help="What a column holds: name, phone, email ...",
)
@as_json
def import_(file: Path, region: str, given: tuple[str, ...], *, json_: bool) -> None:
    """Take in a CSV or vCard file; nothing is seen before all of it is there."""
    columns = pairs(given, "--map")
    with house() as built:
        body, workspace_ = _body(file, built.settings.max_upload), workspace_id(built)
        wanted = read_region(region or built.db.read_now(workspace.the_one).region)
        people = _people(body, wanted, columns)
        importer = Importer(
            db=built.db, workspace_id=workspace_, file_name=file.name, progress=_Progress().show
        )
        done = importer.run_now(people)
        built.db.write_now(audit.record, workspace_, ACTOR, "contact.import", file.name)
    answer(_shown(done), json_=json_, text=_told(done))


@contact_.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@click.option("--format", "kind", type=click.Choice(["csv", "vcard"]), help="As the file's name.")
def export(file: Path | None, kind: str | None) -> None:
    """Write everybody to FILE, or to the output."""
    wanted = kind or (KINDS.get(file.suffix.casefold(), "csv") if file else "csv")
    with house() as built:
        people = built.db.read_now(_everybody, workspace_id(built))
        body = files.write_contacts(people, wanted)
    if file is None:
        sys.stdout.buffer.write(body)
    else:
        file.write_bytes(body)
        click.echo(f"{len(people)} people are in {file}.", err=True)


class _Progress:
    """A line on the terminal, or now and then one in a log."""

    def __init__(self) -> None:
        self._last = 0.0

    def show(self, view: ImportView) -> None:
        at, terminal = time.monotonic(), sys.stderr.isatty()
        if at - self._last < (0.2 if terminal else 5.0):
            return
        self._last = at
        start = "\r" if terminal else ""
        click.echo(f"{start}{view.done} rows", nl=not terminal, err=True)


def _body(file: Path, most: int) -> bytes:
    if file.stat().st_size > most:
        raise BadSetting(f"{file} is larger than {most} bytes: split it, or set HUB_MAX_UPLOAD")
    return file.read_bytes()


def _people(body: bytes, region: str, columns: Mapping[str, str]) -> Iterator[Contact | BadRow]:
    """The people in the file; raises BadSetting with the option that says what columns hold."""
    try:
        return files.read_contacts(body, region=region, columns=columns)
    except BadPayload as error:
        headers = list(files.read_columns(body))
        if not headers:
            raise
        raise BadSetting(f"{error}, as in --map '{headers[0]}=name'; see --help") from error


def _everybody(session: Session, workspace_: str) -> list[Any]:
    pages = contacts.export(session, workspace_)
    return [shelf.contact(one) for page in pages for one in page]


def _shown(done: ImportView) -> dict[str, Any]:
    return {
        "id": done.id,
        "rows": done.done,
        "made": done.made,
        "changed": done.changed,
        "bad_count": done.bad_count,
        "bad": [asdict(one) for one in done.bad],
    }


def _told(done: ImportView) -> str:
    counts = f"{done.made} people are new, {done.changed} changed, {done.bad_count} bad"
    told = [f"{done.done} rows: {counts}."]
    told += [f"  line {one.line}: {one.reason}" for one in done.bad[:20]]
    return "\n".join(told)
