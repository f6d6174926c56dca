"""The API of the example."""

import httpx2
import pytest

from tests.example_flow import allow, browser, sign_in
from tests.example_server import ExampleServer

Bearer = dict[str, str]


def test_profile_tells_whose_token_it_is(http: httpx2.Client, bearer: Bearer) -> None:
    """The `sub` is a key, not the name people sign in with."""
    profile = http.get("/api/me", headers=bearer).json()

    assert profile["username"] == "alice"
    assert profile["name"] == "Alice"
    assert profile["sub"] not in {"", "alice"}


@pytest.mark.parametrize("path", ["/api/me", "/api/notes"])
def test_request_without_a_token_is_refused(http: httpx2.Client, path: str) -> None:
    """RFC 6750 section 3."""
    response = http.get(path)

    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")


def test_browser_session_alone_opens_no_api(http: httpx2.Client) -> None:
    """The cookie is for pages, the token for the API."""
    sign_in(http)

    assert http.get("/api/me").status_code == 401


def test_token_without_the_scope_is_refused(http: httpx2.Client, example: ExampleServer) -> None:
    """RFC 6750 section 3.1: insufficient_scope."""
    sign_in(http)
    redirect_uri = f"{example.url}/demo/callback"
    allowed = allow(http, client_id="demo", redirect_uri=redirect_uri, scope="notes:read")

    response = http.post("/api/notes", json={"text": "no"}, headers=allowed.bearer)

    assert response.status_code == 403
    assert 'error="insufficient_scope"' in response.headers["www-authenticate"]


def test_written_note_is_read_by_its_owner_only(
    http: httpx2.Client, bearer: Bearer, example: ExampleServer
) -> None:
    """The row is committed before the answer; others do not see it."""
    written = http.post("/api/notes", json={"text": "Buy milk 🥛"}, headers=bearer)
    assert written.status_code == 201

    mine = http.get("/api/notes", headers=bearer).json()["notes"]
    with browser(example.url) as bob:
        sign_in(bob, "bob", "builder")
        allowed = allow(
            bob,
            client_id="demo",
            redirect_uri=f"{example.url}/demo/callback",
            scope="notes:read",
        )
        theirs = bob.get("/api/notes", headers=allowed.bearer).json()["notes"]

    assert mine[0] == written.json()
    assert written.json()["text"] == "Buy milk 🥛"
    assert written.json() not in theirs


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff", 400),
        (b"[" * 10_000, 400),
        (b"[]", 422),
        (b"{}", 422),
        (b'{"text": 1}', 422),
        (b'{"text": " "}', 422),
        (b'{"text": "a\\u0000b"}', 422),
        (b'{"text": "\\ud800"}', 422),
        (b'{"text": "' + b"a" * 2001 + b'"}', 422),
        (b'{"text": "' + b"a" * 20_000 + b'"}', 413),
    ],
)
def test_bad_note_is_a_json_error(
    http: httpx2.Client, bearer: Bearer, body: bytes, status: int
) -> None:
    """Nothing a client sends is a 500."""
    response = http.post(
        "/api/notes", content=body, headers=bearer | {"Content-Type": "application/json"}
    )

    assert response.status_code == status
    assert response.json()["error"]


def test_note_that_is_no_json_is_refused(http: httpx2.Client, bearer: Bearer) -> None:
    """RFC 9110 section 15.5.16."""
    response = http.post("/api/notes", data={"text": "x"}, headers=bearer)

    assert response.status_code == 415


def test_unknown_path_of_the_api_is_a_json_error(http: httpx2.Client) -> None:
    """A program reads it."""
    response = http.get("/api/nothing")

    assert response.status_code == 404
    assert response.json()["error"]


def test_wrong_method_says_which_are_allowed(http: httpx2.Client) -> None:
    """RFC 9110 section 15.5.6."""
    response = http.delete("/api/me")

    assert response.status_code == 405
    assert "GET" in response.headers["allow"]
