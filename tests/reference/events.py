"""docs/reference/log-events.md and audit-events.md: what operators read."""

import ast
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from qscope_integrations.core.kernel.log import EVENTS
from qscope_store import AuditEvent, AuditEventType
from tests.reference.source import ROOT, code, codes, members, table

_LOG: Final = """# Log events

The server writes to Python's logger `qscope`. A line is the name of an event, followed by
`field=value` pairs in the order below:

```text
{example}
```

A field without a value is `-`. A value with unusual characters is quoted, so that no request can forge
a line. No field contains a code, token, secret or whole URL. Every refusal writes exactly one line,
with the reason that the client does not receive. A refusal that looks like an attack has the level
WARNING. `ray_id` is the `X-Ray-Id` of the response and the `ray_id` of [audit rows](audit-events.md).

"""
_AUDIT: Final = """# Audit events

`oauth_audit_log` records what happened to credentials, clients and users. A row is written in the same
transaction as its effect, is never changed, and outlives the rows that it names.
[Subscribe to events](../how-to/subscribe-to-events.md) passes each one to your code, and
`qscope audit list` prints them. A row that a newer release wrote keeps its unknown type as text.

## Types

"""
_ROW: Final = """
## Columns

Besides the key and the stamp that every row has, a row has:

"""
_EXAMPLE: Final = {
    "ray_id": "018f4d5e-7c1a-7b3e-9a51-2f6f0c9d1e42",
    "endpoint": "token",
    "client": "notes-app",
    "status": 400,
    "error_code": "invalid_grant",
    "reason": "the credential is REPLAYED",
}


def log_page() -> str:
    """The page of log events."""
    rows = (
        (
            code(event.name),
            logging.getLevelName(event.level),
            codes(event.fields),
            event.meaning,
        )
        for event in EVENTS.values()
    )
    example = EVENTS["request_refused"].text(_EXAMPLE)
    return _LOG.format(example=example) + table(("event", "level", "fields", "meaning"), rows)


def audit_page() -> str:
    """The page of audit events."""
    types = (
        (code(str(AuditEventType[each.name])), each.text, codes(sorted(_writers(each.name))))
        for each in members(AuditEventType)
    )
    columns = ((code(each.name), each.text) for each in members(AuditEvent))
    return (
        _AUDIT
        + table(("type", "recorded when", "written by"), types)
        + _ROW
        + table(("column", "meaning"), columns)
    )


def _writers(name: str) -> Iterator[str]:
    """The files outside of tests that name a type of event."""
    for package in ("qscope_store", "qscope_integrations"):
        for path in (ROOT / package).rglob("*.py"):
            relative = path.relative_to(ROOT)
            is_kit = relative.parts[1] in {"testing", "pytest_plugin.py"}
            if not is_kit and name in _named_types(path):
                yield relative.as_posix()


def _named_types(path: Path) -> set[str]:
    return {
        node.attr
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "AuditEventType"
    }
