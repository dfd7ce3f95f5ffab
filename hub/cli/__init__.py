"""The command line: everything that needs no browser, straight on the database.

Commands live in modules of their own and are imported when they are called, so that `hub --help`
answers at once. What goes wrong is one line on standard error that names the cure.
"""

import importlib
import sys
from collections.abc import Mapping
from typing import NoReturn

import click

from hub.contract.errors import HubError

COMMANDS: Mapping[str, tuple[str, str]] = {
    "check": ("hub.cli.check", "Look whether everything is set up, and list all settings"),
    "connection": ("hub.cli.lines", "Accounts at systems that send, dial or keep people"),
    "contact": ("hub.cli.contacts", "The phone book: import and export"),
    "db": ("hub.cli.running", "The database: upgrade"),
    "demo": ("hub.cli.running", "Show the whole product with invented people and vendors"),
    "line": ("hub.cli.lines", "Numbers and phone systems that tell the hub things"),
    "providers": ("hub.cli.check", "List what the hub can be connected to"),
    "replay": ("hub.cli.running", "Do again what a kept delivery asks for"),
    "rules": ("hub.cli.rules", "What follows a missed call"),
    "serve": ("hub.cli.running", "Run the hub"),
    "simulate": ("hub.cli.simulate", "Tell a call story to the running hub, as a provider would"),
    "site": ("hub.cli.sites", "Places of the company, whose lines share region and hours"),
    "token": ("hub.cli.people", "Keys for programs that use the API"),
    "user": ("hub.cli.people", "Colleagues"),
    "workspace": ("hub.cli.workspace", "What holds for all: name, region, blocked callers"),
}
"""Name of the command -> its module and what `hub --help` says of it."""


class Commands(click.Group):
    """Finds a command's module when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own face
        """The names, sorted."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's own face
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name][0])
        found: click.Command = getattr(module, f"{cmd_name}_")
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's own face
        """The list for `--help`, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, told) for name, (_, told) in sorted(COMMANDS.items())])


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="centralino", prog_name="hub")
def hub() -> None:
    """Centralino: it recognises your callers, tells your CRM and answers missed calls."""


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run one command and end the program: 0 good, 1 refused, 2 wrongly called."""
    try:
        code = hub.main(arguments, prog_name="hub", standalone_mode=False)
    except click.exceptions.Abort:
        _end("stopped", 130)
    except click.ClickException as error:
        _end(error.format_message(), error.exit_code)
    except (HubError, OSError) as error:
        _end(str(error), 1)
    sys.exit(code if isinstance(code, int) else 0)


def _end(message: str, code: int) -> NoReturn:
    click.echo("hub: " + " ".join(message.split()), err=True)
    sys.exit(code)
