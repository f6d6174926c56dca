"""The commands on which scripts depend, read from the command line itself."""

from collections.abc import Iterator

import click
import pytest

from qscope_integrations.cli import qscope

FIXED = {
    *(f"db {name}" for name in ("upgrade", "check", "prune")),
    *(f"client {name}" for name in ("create", "list", "show", "disable", "enable", "delete")),
    "client rotate-secret",
    *(f"user {name}" for name in ("list", "disable", "enable")),
    *(f"grant {name}" for name in ("list", "revoke")),
    "audit list",
    "doctor",
}


def leaves(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from leaves(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


COMMANDS = dict(leaves(qscope))


def test_fixed_commands_are_there() -> None:
    """Scripts depend on them."""
    assert set(COMMANDS) >= FIXED


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_json_and_says_what_it_does(name: str) -> None:
    """Programs use the one, people read the other."""
    options = {option for parameter in COMMANDS[name].params for option in parameter.opts}

    assert "--json" in options
    assert COMMANDS[name].help


@pytest.mark.parametrize("name", sorted(FIXED))
def test_fixed_command_takes_the_database_by_its_url(name: str) -> None:
    """The option is also accepted after the command's name."""
    options = {option for parameter in COMMANDS[name].params for option in parameter.opts}

    assert "--database-url" in options


def test_creating_a_client_has_the_fixed_options() -> None:
    """Options that may be repeated are lists."""
    parameters = {option: each for each in COMMANDS["client create"].params for option in each.opts}

    assert parameters.keys() >= {"--name", "--public", "--id", "--auth-method"}
    assert all(parameters[each].multiple for each in ("--grant-type", "--scope", "--redirect-uri"))
