"""docs/reference/errors.md: what clients receive, and the codes of the store behind it."""

from collections import defaultdict
from typing import Final, get_args

from qscope_integrations.core.bearer.token import BearerError, bearer_problem
from qscope_integrations.core.kernel.errors import UNEXPECTED, Problem, unavailable
from qscope_store import ErrorCode, StorageUnavailable
from qscope_store.result import MESSAGES
from tests.reference.oauth_errors import errors_of
from tests.reference.servers import every_feature, server_of
from tests.reference.source import code, codes, members, table

_INTRODUCTION: Final = """# Error codes

## OAuth errors

An error is JSON with `error` and `error_description` (RFC 6749 section 5.2), or a page where a person
sees it. Once the authorization endpoint knows a redirect URI of the client, it sends the error there
instead (section 4.1.2.1). The description is for developers and may change. It never says more than a
client may know; the [log](log-events.md) has the reason.
"""
_EVERYWHERE: Final = "every endpoint"
_BEARER: Final = """## Errors of bearer tokens

The routes of your application that require a token respond with these (RFC 6750 section 3). The
`WWW-Authenticate` header has the details. A request without any token receives no error code there.
"""
_STORE: Final = """## Error codes of the store

Methods of the store return a `Result`: a `SuccessResult`, or a `FailedResult` with one of these codes.
Each method of a contract names the codes that it can fail with. A database that does not respond
raises `StorageUnavailable` instead.
"""


def page() -> str:
    """The whole page."""
    parts = [_INTRODUCTION, _oauth(), _BEARER, _bearer(), _STORE, _store()]
    return "\n".join(parts)


def _oauth() -> str:
    endpoints = server_of(every_feature(), serves_openapi=True).endpoints
    where: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    for endpoint in endpoints:
        for error in errors_of(endpoint):
            where[error.code, error.status].append(endpoint.name)
    rows = [
        (code(name), str(status), _EVERYWHERE if len(names) == len(endpoints) else codes(names))
        for (name, status), names in sorted(where.items())
    ]
    rows += [
        (code(problem.error), str(problem.status), _EVERYWHERE)
        for problem in (unavailable(StorageUnavailable("")), UNEXPECTED)
    ]
    return table(("error", "status", "endpoints"), rows)


def _bearer() -> str:
    problems: list[tuple[str, Problem]] = [
        (name, bearer_problem(name)) for name in get_args(BearerError)
    ]
    return table(
        ("situation", "status", "error", "description"),
        (
            (code(name), str(each.status), code(each.error), each.description)
            for name, each in problems
        ),
    )


def _store() -> str:
    return table(
        ("code", "message", "meaning"),
        (
            (code(each.name), MESSAGES[ErrorCode[each.name]], each.text)
            for each in members(ErrorCode)
        ),
    )
