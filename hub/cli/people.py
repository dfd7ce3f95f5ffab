"""`hub user` and `hub token`."""

import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TypedDict, Unpack

import click

from hub.cli.frame import answer, as_json, house, workspace_id
from hub.desk import audit, people
from hub.desk.people import UserDraft, UserView
from hub.desk.regions import read_region
from hub.models import Role

ACTOR = "hub on the command line"
ROLES = click.Choice([role.value for role in Role])
_HOW = "hub line add ... --set plan.agents=EMAIL,EMAIL; lines without a plan ring every agent"
_SHOWN = ("id", "email", "role", "name", "number", "extension", "sip", "disabled_at")


class About(TypedDict):
    """What the options say of a user."""

    number: str | None
    name: str | None
    extension: str | None
    sip: str | None
    region: str
    password_stdin: bool


@click.group("user")
def user_() -> None:
    """Colleagues: who may sign in, and which phones are theirs."""


def _about(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say something about a user."""
    for option in (
        click.option("--number", help="The phone that rings, as in +12025550143."),
        click.option("--name", help="As colleagues see it."),
        click.option("--extension", help="As the phone system knows them."),
        click.option("--sip", help="A SIP address that rings instead of the number."),
        click.option("--region", default="", help="For a national --number: US, GB, IT ..."),
        click.option("--password-stdin", is_flag=True, help="Read the password from the input."),
    ):
        command = option(command)
    return command


@user_.command("add")
@click.argument("email")
@click.option("--role", type=ROLES, default=Role.AGENT.value, show_default=True)
@_about
@as_json
def add(email: str, role: str, *, json_: bool, **given: Unpack[About]) -> None:
    """Add a colleague.

    A line without a plan rings every agent; people of other roles ring where a line names them.
    """
    with house() as built:
        workspace = workspace_id(built)
        draft, region = _draft(given, role)
        made = built.db.write_now(people.add, workspace, email, draft, region=region)
        built.db.write_now(audit.record, workspace, ACTOR, "user.add", made.email)
    if made.role != Role.AGENT and (made.number or made.sip):
        click.echo(f"{made.email} rings only on lines that name them: {_HOW}", err=True)
    answer(_shown(made), json_=json_, text=f"{made.email} is added as {made.role}.")


@user_.command("set")
@click.argument("email")
@click.option("--role", type=ROLES)
@_about
@as_json
def set_(email: str, role: str | None, *, json_: bool, **given: Unpack[About]) -> None:
    """Change a colleague: only what is given."""
    with house() as built:
        workspace = workspace_id(built)
        draft, region = _draft(given, role)
        made = built.db.write_now(people.change, workspace, email, draft, region=region)
        built.db.write_now(audit.record, workspace, ACTOR, "user.change", made.email)
    answer(_shown(made), json_=json_, text=f"{made.email} is changed.")


@user_.command("disable")
@click.argument("email")
@as_json
def disable(email: str, *, json_: bool) -> None:
    """Let a colleague in no more: open sign-ins end now."""
    with house() as built:
        workspace = workspace_id(built)
        made = built.db.write_now(people.disable, workspace, email)
        built.db.write_now(audit.record, workspace, ACTOR, "user.disable", made.email)
    answer(_shown(made), json_=json_, text=f"{made.email} cannot sign in any more.")


@user_.command("list")
@as_json
def list_(*, json_: bool) -> None:
    """List the colleagues."""
    with house() as built:
        found = built.db.read_now(people.users, workspace_id(built), all_=True)
    text = "\n".join(f"{user.email:40} {user.role:10} {user.number or ''}" for user in found)
    answer({"items": [_shown(user) for user in found]}, json_=json_, text=text)


@click.group("token")
def token_() -> None:
    """Keys for programs that use the API."""


@token_.command("add")
@click.option("--role", type=ROLES, required=True, help="What the program may do.")
@click.option("--name", default="", help="What it is for.")
@as_json
def add_token(role: str, name: str, *, json_: bool) -> None:
    """Make a token; it is shown this once."""
    with house() as built:
        workspace = workspace_id(built)
        id_, token = built.db.write_now(people.add_token, workspace, Role(role), name)
        built.db.write_now(audit.record, workspace, ACTOR, "token.add", name or id_)
    answer({"id": id_, "token": token, "role": role}, json_=json_, text=token)


@token_.command("revoke")
@click.argument("token_id")
def revoke_token(token_id: str) -> None:
    """Let a token in no more."""
    with house() as built:
        workspace = workspace_id(built)
        built.db.write_now(people.revoke_token, workspace, token_id)
        built.db.write_now(audit.record, workspace, ACTOR, "token.revoke", token_id)
    click.echo(f"{token_id} is revoked.")


@token_.command("list")
@as_json
def list_tokens(*, json_: bool) -> None:
    """List the tokens, without the tokens."""
    with house() as built:
        found = built.db.read_now(people.tokens, workspace_id(built))
    text = "\n".join(
        f"{one.id}  {one.role:10} {one.name}{' (revoked)' if one.revoked_at else ''}"
        for one in found
    )
    answer({"items": [asdict(one) for one in found]}, json_=json_, text=text)


def _draft(given: About, role: str | None) -> tuple[UserDraft, str]:
    region = read_region(given["region"]) if given["region"] else ""
    password = sys.stdin.readline().rstrip("\r\n") if given["password_stdin"] else None
    draft = UserDraft(
        name=given["name"],
        role=Role(role) if role else None,
        number=given["number"],
        extension=given["extension"],
        sip=given["sip"],
        password=password,
    )
    return draft, region


def _shown(user: UserView) -> dict[str, Any]:
    return {name: getattr(user, name) for name in _SHOWN}
