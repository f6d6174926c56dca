"""`qscope completion`: shell scripts that complete commands, options and their values."""

from collections.abc import Callable, Iterable
from typing import Final

import rich_click as click
from click import get_current_context
from click.shell_completion import CompletionItem, get_completion_class

from qscope_integrations.cli.output import Output, Script
from qscope_integrations.cli.run import without_storage

PROGRAM: Final = "qscope"
_VARIABLE: Final = "_QSCOPE_COMPLETE"
"""The environment variable through which a shell asks Click for completions."""

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@without_storage
async def completion(*, shell: str) -> Output:
    """Print the script with which a shell completes qscope commands."""
    shell_class = get_completion_class(shell)
    if shell_class is None:  # pragma: no cover - Click knows the shells that are offered
        raise LookupError(shell)
    root = get_current_context().find_root().command
    return Script(text=shell_class(root, {}, PROGRAM, _VARIABLE).source())


def one_of(words: Iterable[str]) -> Complete:
    """A completion that offers these words; other values are accepted here and checked later."""
    known = [str(word) for word in words]

    def complete(_: click.Context, __: click.Parameter, begun: str) -> list[CompletionItem]:
        return [CompletionItem(word) for word in known if word.startswith(begun)]

    return complete
