"""`hub serve`, `hub demo`, `hub db` and `hub replay`."""

import click

from hub import settings
from hub.cli.frame import as_json, house, workspace_id


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
def serve_(host: str, port: int) -> None:
    """Run the hub; prints one line with its address when it is ready."""
    with house() as built:
        found = built.settings
    from hub import app

    app.serve(found, host, port)


@click.command("demo")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
def demo_(host: str, port: int) -> None:
    """Show the whole product with invented people and vendors."""
    import importlib

    importlib.import_module("hub.demo").run(settings.load(), host, port)


@click.group("db")
def db_() -> None:
    """The database."""


@db_.command("upgrade")
def upgrade() -> None:
    """Bring the tables to the shape of this version."""
    from sqlalchemy.exc import OperationalError

    from hub import db
    from hub.contract.errors import BadSetting

    found = settings.load()
    try:
        db.upgrade(found.database)
    except OperationalError as error:
        raise BadSetting(
            f"the database does not answer ({error.orig}): see HUB_DATABASE_URL"
        ) from error
    click.echo("The tables are up to date.")


@click.command("replay")
@click.argument("delivery_id", required=False)
@click.option("--failed", is_flag=True, help="All that failed or could not be read.")
@as_json
def replay_(delivery_id: str | None, *, failed: bool, json_: bool) -> None:
    """Do again what a kept delivery asks for; what was done already stays as it is."""
    from hub.cli.frame import answer
    from hub.desk import deliveries

    if bool(delivery_id) == failed:
        raise click.UsageError("give the id of a delivery, or --failed")
    with house() as built:
        workspace = workspace_id(built)
        ids = built.db.read_now(deliveries.failed, workspace) if failed else [str(delivery_id)]
        done = [
            built.db.write_now(
                deliveries.replay, built.safe, built.settings.public_url, workspace, id_
            )
            for id_ in ids
        ]
    items = [{"id": one.id, "state": one.state, "error": one.error} for one in done]
    text = "\n".join(f"{one.id}  {one.state}  {one.error}" for one in done) or "Nothing to replay."
    answer({"items": items}, json_=json_, text=text)
    if any(one.state != "done" for one in done):
        raise click.exceptions.Exit(1)
