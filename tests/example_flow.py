"""What a browser does at the example, without a browser: sign in, read a form, send it."""

import secrets
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx2
from authlib.oauth2.rfc7636 import create_s256_code_challenge


class _HiddenFields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "input" and values.get("type") == "hidden":
            self.fields[values["name"] or ""] = values["value"] or ""


def hidden_fields(html: str) -> dict[str, str]:
    """The hidden inputs of a page."""
    parser = _HiddenFields()
    parser.feed(html)
    return parser.fields


def browser(url: str) -> httpx2.Client:
    """Keeps cookies, and shows redirects."""
    return httpx2.Client(base_url=url, trust_env=False, timeout=30)


def sign_in(http: httpx2.Client, username: str = "alice", password: str = "wonderland") -> None:
    """Fill in and send the login form."""
    form = hidden_fields(http.get("/login").text)
    response = http.post("/login", data=form | {"username": username, "password": password})
    assert response.status_code == 303, response.text


@dataclass(frozen=True)
class Allowed:
    """What one authorization gave a client."""

    code: str
    verifier: str
    tokens: dict[str, str]

    @property
    def bearer(self) -> dict[str, str]:
        """The header that carries the access token."""
        return {"Authorization": f"Bearer {self.tokens['access_token']}"}


def allow(http: httpx2.Client, *, client_id: str, redirect_uri: str, scope: str) -> Allowed:
    """Go through consent as who is signed in, and redeem the code."""
    verifier = secrets.token_urlsafe(48)
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": scope,
        "code_challenge": create_s256_code_challenge(verifier),
        "code_challenge_method": "S256",
    }
    consent = http.get(f"/oauth/authorize?{urlencode(query)}")
    assert consent.status_code == 200, consent.text
    action = consent.text.partition('action="')[2].partition('"')[0]
    back = http.post(
        urljoin("/oauth/authorize", action.replace("&amp;", "&")),
        data=hidden_fields(consent.text) | {"decision": "approve"},
    )
    assert back.status_code == 303, back.text
    (code,) = parse_qs(urlsplit(back.headers["location"]).query)["code"]
    response = http.post(
        "/oauth/token",
        data={
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "client_id": client_id,
            "code_verifier": verifier,
        },
    )
    assert response.status_code == 200, response.text
    return Allowed(code, verifier, response.json())
