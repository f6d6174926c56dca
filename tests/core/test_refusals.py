"""The check of the log after each test notices what it is there for."""

import json
import logging
from typing import Any

import pytest

from qscope_integrations.core.kernel.log import (
    BEARER_REFUSED,
    ERROR_PAGE_FAILED,
    REQUEST_REFUSED,
    STORAGE_UNAVAILABLE,
)
from qscope_store import StorageUnavailable
from tests.refusals import Exchange, Recording, recording

RAY_ID = "0123456789"
SECRET = "a token of some length"


def exchange(path: str = "/oauth/token", status: int | None = 400, **changes: Any) -> Exchange:
    """A refused request that names its client."""
    fields: dict[str, Any] = {
        "scope": {
            "type": "http",
            "method": "POST",
            "path": path,
            "headers": [(b"content-type", b"application/x-www-form-urlencoded")],
        },
        "body": b"client_id=one&token=" + SECRET.replace(" ", "+").encode(),
        "status": status,
        "headers": {"x-ray-id": RAY_ID},
        "content": json.dumps({"error": "invalid_request"}).encode(),
    }
    return Exchange(**(fields | changes))


def line(**changes: Any) -> dict[str, Any]:
    """What the log should say about it."""
    return {
        "ray_id": RAY_ID,
        "endpoint": "token",
        "client": "one",
        "status": 400,
        "error_code": "invalid_request",
        "reason": "a reason",
        **changes,
    }


def faults(exchanges: list[Exchange], *lines: dict[str, Any]) -> list[str]:
    with recording() as record:
        record.exchanges += exchanges
        for each in lines:
            REQUEST_REFUSED.log(**each)
    return record.faults()


def test_one_line_for_one_refusal_is_right() -> None:
    """As it should be."""
    assert faults([exchange()], line()) == []


def test_a_missing_and_a_second_line_are_noticed() -> None:
    """None and two are wrong, and so is one for a response that is no error."""
    assert "no line for" in faults([exchange()])[0]
    assert "without a refusal" in faults([exchange()], line(), line())[0]
    assert "without a refusal" in faults([exchange(status=200)], line())[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"ray_id": "another-ray"},
        {"endpoint": "revoke"},
        {"client": None},
        {"client": "two"},
        {"status": 401},
        {"error_code": "invalid_client"},
    ],
)
def test_a_line_about_something_else_is_noticed(changes: dict[str, Any]) -> None:
    """It must be the line of this request."""
    assert len(faults([exchange()], line(**changes))) == 2


def test_a_line_without_a_reason_is_noticed() -> None:
    """The reason is what the line is for."""
    assert "fields are missing" in faults([exchange()], line(reason=None))[0]
    assert "fields are missing" in faults([exchange()], line(reason=""))[0]


@pytest.mark.parametrize("reason", [SECRET, f"the value {SECRET} is wrong"])
def test_a_secret_in_a_line_is_noticed(reason: str) -> None:
    """What the request brought as a token, wherever it appears."""
    assert "the log has a token" in faults([exchange()], line(reason=reason))[0]


def test_a_secret_in_a_traceback_is_noticed() -> None:
    """A traceback is part of the log."""
    with recording() as record:
        record.exchanges.append(exchange(status=200))
        ERROR_PAGE_FAILED.log(ValueError(SECRET), ray_id=RAY_ID)

    assert "the log has a token" in record.faults()[0]


@pytest.mark.parametrize(
    ("path", "status", "headers", "content"),
    [
        ("/oauth/token/", 404, {}, b""),
        ("/oauth/authorize", 302, {"location": "/login?next=%2F"}, b""),
        ("/oauth/authorize", 303, {"location": "https://client.example/?code=x"}, b""),
        ("/api/notes", 404, {}, b'{"error": "not_found"}'),
        ("/api/notes", 401, {"www-authenticate": "Basic"}, b""),
        ("/api/notes", 500, {}, b"Internal Server Error"),
    ],
)
def test_what_is_no_refusal_needs_no_line(
    path: str, status: int, headers: dict[str, str], content: bytes
) -> None:
    """Look-alike paths, redirects to the login page, and errors of the application."""
    assert faults([exchange(path, status, headers=headers, content=content)]) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"location": "https://client.example/?error=access_denied"},
        {"location": "cursor://cb?error=invalid_scope&state=x"},
    ],
)
def test_an_error_in_a_redirect_is_a_refusal(headers: dict[str, str]) -> None:
    """RFC 6749 section 4.1.2.1."""
    assert len(faults([exchange("/oauth/authorize", 303, headers=headers)])) == 1


def test_guards_web_sockets_and_a_lost_database_need_a_line() -> None:
    """The application's own routes have no page and no endpoint of the server."""
    challenge = {"www-authenticate": 'Bearer realm="oauth"', "x-ray-id": RAY_ID}
    path = "/api/me"
    socket = {"type": "websocket", "path": path, "headers": []}
    lost = exchange(path, None, error=StorageUnavailable("away"), headers={"x-ray-id": RAY_ID})
    for each in (
        exchange(path, 401, headers=challenge),
        exchange(path, None, scope=socket, close_code=1008, content=b""),
        lost,
    ):
        assert len(faults([each])) == 1

    guard = line(endpoint=path, client=None, status=401)
    with recording() as record:
        record.exchanges.append(exchange(path, 401, headers=challenge))
        BEARER_REFUSED.log(**guard)
    assert record.faults() == []


def test_a_level_that_does_not_suit_the_event_is_noticed() -> None:
    """ERROR is for bugs: somebody is called at night."""
    with recording() as record:
        record.exchanges.append(exchange(status=503))
        STORAGE_UNAVAILABLE.log_at(logging.ERROR, **line(status=503))

    assert "the wrong level" in record.faults()[0]


def test_the_logger_is_left_as_it_was() -> None:
    """Other suites set its level themselves."""
    logger = logging.getLogger("qscope")
    before = logger.level, list(logger.handlers)

    with recording() as record:
        assert isinstance(record, Recording)

    assert (logger.level, list(logger.handlers)) == before
