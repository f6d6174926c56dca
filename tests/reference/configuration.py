"""docs/reference/configuration.md: the fields of `QScopeConfig` and what they hold."""

from typing import Final

from qscope_integrations import GuessLimit, GuessLimits, QScopeConfig
from qscope_store import Client, ClientConfig
from qscope_store.models import CONFIG_BOUNDS
from tests.reference.source import Member, code, members, summary, table, union

_INTRODUCTION: Final = """# Configuration

Everything that your application decides, in Python. Each [feature](features.md) has further settings.
A value that cannot work raises `ConfigurationError` when the configuration is created;
`qscope doctor --config` reports values that work but are not safe. All times are in seconds.
"""


def page() -> str:
    """The whole page."""
    parts = [_INTRODUCTION]
    for cls in (QScopeConfig, GuessLimits, GuessLimit):
        parts += [f"## {cls.__name__}\n", f"{summary(cls)}\n", settings(cls)]
    parts += ["## Clients\n", f"{_CLIENTS}\n"]
    for cls in (Client, ClientConfig):
        parts += [f"### {cls.__name__}\n", f"{summary(cls)}\n", _client_fields(cls)]
    return "\n".join(parts)


_CLIENTS: Final = """Every client is a row with these columns. `qscope client create` and
`new_registration` fill them from the [client metadata](features.md#client-metadata)."""


def settings(cls: type) -> str:
    """The fields of a configuration class as a table."""
    return table(
        ("setting", "type", "default", "meaning"),
        ((code(each.name), union(each.type), _default(each), each.text) for each in members(cls)),
    )


def _client_fields(cls: type) -> str:
    return table(
        ("column", "type", "default", "bounds", "meaning"),
        (
            (code(each.name), union(each.type), _default(each), _bounds(each.name), each.text)
            for each in members(cls)
        ),
    )


def _bounds(name: str) -> str:
    if name not in CONFIG_BOUNDS:
        return "-"
    least, greatest = CONFIG_BOUNDS[name]
    return f"{least:,} to {greatest:,}"


def _default(member: Member) -> str:
    return "required" if member.default is None else code(member.default)
