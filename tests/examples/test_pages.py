"""The pages of the example: signing in and out, and who may send forms."""

import sqlite3
import stat
from contextlib import closing

import httpx2
import pytest

from example_app.passwords import hash_password
from qscope_store.models import new_id
from tests.example_flow import browser, hidden_fields, sign_in
from tests.example_server import ExampleServer


def login_form(http: httpx2.Client, query: str = "") -> dict[str, str]:
    return hidden_fields(http.get(f"/login{query}").text)


def test_login_goes_on_where_it_was_called_from(http: httpx2.Client) -> None:
    """The authorization request survives signing in."""
    form = login_form(http, "?next=%2Foauth%2Fauthorize%3Fstate%3Da%2526b")

    response = http.post("/login", data=form | {"username": "alice", "password": "wonderland"})

    assert response.status_code == 303
    assert response.headers["location"] == "/oauth/authorize?state=a%26b"


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_login_leads_nowhere_else(http: httpx2.Client, path: str) -> None:
    """RFC 9700 section 4.11, for the page's link and for a forged field."""
    form = login_form(http) | {"next": path, "username": "alice", "password": "wonderland"}

    response = http.post("/login", data=form)

    assert response.headers["location"] == "/"


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("alice", "wrong"),
        ("nobody", "wonderland"),
        ("", ""),
        ("alice", "x" * 2000),
        ("alice\x00", "wonderland"),
        ("\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "x"),
    ],
)
def test_wrong_credentials_lead_to_the_same_response(
    http: httpx2.Client, username: str, password: str
) -> None:
    """It does not tell who has an account."""
    response = http.post(
        "/login", data=login_form(http) | {"username": username, "password": password}
    )

    assert response.status_code == 401
    assert "Name or password is wrong." in response.text


@pytest.mark.parametrize("path", ["/logout", "/apps/revoke"])
def test_form_of_another_site_is_refused(http: httpx2.Client, path: str) -> None:
    """The hidden field binds a form to the browser session."""
    sign_in(http)

    response = http.post(path, data={"csrf": "guess"})

    assert response.status_code == 403
    assert "Signed in as" in http.get("/").text


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site", "origin": "https://evil.example"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ],
)
def test_another_site_cannot_sign_a_browser_in(
    http: httpx2.Client, headers: dict[str, str]
) -> None:
    """Login CSRF (RFC 6749 section 10.12): people would act in somebody else's account."""
    response = http.post("/login", data={"username": "bob", "password": "builder"}, headers=headers)

    assert response.status_code == 403
    assert "Signed in as" not in http.get("/").text


def test_a_script_signs_in_without_loading_the_page(http: httpx2.Client) -> None:
    """There is no session yet that another site could ride on."""
    response = http.post("/login", data={"username": "bob", "password": "builder"})

    assert (response.status_code, response.headers["location"]) == (303, "/")


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("multipart/form-data; boundary=x", b"--x--", 415),
        ("application/json", b"{}", 415),
        ("application/x-www-form-urlencoded", b"\xff", 400),
        ("application/x-www-form-urlencoded", b"csrf=%ff", 400),
        ("application/x-www-form-urlencoded", b"a=" + b"b" * 20_000, 413),
        ("application/x-www-form-urlencoded", b"&".join([b"a=b"] * 2000), 400),
    ],
)
def test_form_that_no_page_sends_is_refused(
    http: httpx2.Client, content_type: str, body: bytes, status: int
) -> None:
    """Bounded and plain; never a 500."""
    response = http.post("/login", content=body, headers={"Content-Type": content_type})

    assert response.status_code == status


def test_session_cookie_is_out_of_reach_of_scripts_and_other_sites(http: httpx2.Client) -> None:
    """RFC 6265 sections 4.1.2.6 and 5.2; Secure follows an https issuer."""
    cookie = http.get("/login").headers["set-cookie"].lower()

    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie


def test_pages_keep_to_themselves(http: httpx2.Client) -> None:
    """No framing, no third-party resources, no storing, no referrer."""
    response = http.get("/")

    assert response.headers["content-security-policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in response.headers["content-security-policy"]
    assert response.headers["x-frame-options"] == "DENY"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["cache-control"] == "no-store"


def test_unknown_page_is_a_page(http: httpx2.Client) -> None:
    """With a way home."""
    response = http.get("/nothing")

    assert response.status_code == 404
    assert 'href="/"' in response.text


@pytest.mark.parametrize(
    "query", ["", "?code=a", "?code=a&state=b", "?error=access_denied&state=b", "?state="]
)
def test_callback_of_the_demo_client_refuses_an_unrequested_response(
    http: httpx2.Client, query: str
) -> None:
    """RFC 6749 section 10.12, RFC 9207 section 2.4."""
    http.get("/demo/start")

    response = http.get(f"/demo/callback{query}")

    assert response.status_code == 400
    assert "no request of this browser" in response.text


def test_health_pages_respond(http: httpx2.Client) -> None:
    """One for the process, one for the database."""
    assert http.get("/healthz").json() == {"status": "ok"}
    assert http.get("/readyz").json() == {"status": "ok"}


def test_secret_key_is_its_owners(example: ExampleServer) -> None:
    """Nobody else on the machine can forge a session."""
    mode = (example.directory / "var/secret_key").stat().st_mode

    assert stat.S_IMODE(mode) == 0o600


def test_passwords_are_stored_as_hashes(example: ExampleServer) -> None:
    """Argon2id, RFC 9106."""
    with closing(sqlite3.connect(example.directory / "var/demo.db")) as connection:
        hashes = [row[0] for row in connection.execute("SELECT password_hash FROM demo_users")]

    assert len(hashes) == 2
    assert all(text.startswith("$argon2id$") for text in hashes)


def test_user_who_is_gone_has_to_sign_in_again(example: ExampleServer) -> None:
    """A cookie outlives its user; it must not authorize anything."""
    carol = (new_id(), "carol", "Carol", hash_password("sings"))
    with closing(sqlite3.connect(example.directory / "var/demo.db")) as connection:
        connection.execute("INSERT INTO demo_users VALUES (?, ?, ?, ?)", carol)
        connection.commit()
        with browser(example.url) as http:
            sign_in(http, "carol", "sings")
            connection.execute("DELETE FROM demo_users WHERE username = 'carol'")
            connection.commit()
            response = http.get(http.get("/demo/start").headers["location"])

    assert response.status_code in {302, 303}
    assert response.headers["location"].startswith("/login?next=")


def test_code_stays_out_of_the_access_log(example: ExampleServer) -> None:
    """The query of a callback holds one."""
    with browser(example.url) as http:
        http.get("/demo/callback?code=a-code-that-must-not-be-seen&state=x")

    assert "a-code-that-must-not-be-seen" not in example.log.read_text()


def test_slash_too_many_leads_nowhere(http: httpx2.Client) -> None:
    """Starlette's own redirect is built from the Host header, and a password follows a 307."""
    response = http.post(
        "/login/", headers={"Host": "evil.example"}, data={"password": "wonderland"}
    )

    assert response.status_code == 404
    assert "location" not in response.headers


@pytest.mark.parametrize("path", ["/", "/login"])
def test_a_page_without_a_database_says_so(
    example: ExampleServer, http: httpx2.Client, path: str
) -> None:
    """503 with a page and `Retry-After` for a person, whatever framework serves it."""
    form = login_form(http) | {"username": "alice", "password": "wonderland"}
    sign_in(http)
    file = example.directory / "var/demo.db"
    away = file.rename(file.with_name("away.db"))
    try:
        response = http.get(path) if path == "/" else http.post(path, data=form)
    finally:
        away.rename(file)

    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"
    assert response.headers["content-type"].startswith("text/html")
    assert "The server is busy" in response.text
    assert http.get("/").status_code == 200
