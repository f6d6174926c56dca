"""Which redirect URIs may be registered; RFC 6749 section 3.1.2, RFC 8252 section 7."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qscope_integrations import RegistrationError
from qscope_integrations.core.clients.redirect_uris import check_redirect_uri


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example.org/callback?tenant=a%20b",
        "https://app.example.org:8443",
        "http://127.0.0.1/callback",
        "http://127.0.0.1:53112/callback",
        "http://[::1]:53112/callback",
        "http://localhost:3000/",
        "com.example.app:/callback",
        "com.example.app://callback",
    ],
)
def test_safe_uri_is_kept_byte_for_byte(uri: str) -> None:
    """RFC 6749 section 3.1.2.3: it is compared as text, so it must not be rewritten."""
    assert check_redirect_uri(uri) == uri


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "/callback",
        "//app.example.org/callback",
        "https:///callback",
        "https://app.example.org/#top",
        "https://app.example.org/#",
        "https://app.example.org/a b",
        "https://app.example.org/\n",
        "https://app.example.org/\x00",
        "https://app.example.org/é",
        "https://app.example.org/%zz",
        'https://app.example.org/"',
        "https://app.example.org/\\evil",
        "https://user:pw@app.example.org/",
        "https://app.example.org/?a=b&state=",
        "https://app.example.org/?i%73s=https://other.example",
        "com.example.app:/callback?code=x",
        "https://app.example.org:0/",
        "https://app.example.org:99999/",
        "https://app.example.org:x/",
        "https://[::1",
        "http://app.example.org/callback",
        "http://127.0.0.1.example.org/",
        "http://127.0.0.1@example.org/",
        "javascript:alert(1)",
        "data:text/html,x",
        "myapp://callback",
        "*",
        "https://app.example.org/" + "a" * 2000,
    ],
)
def test_unsafe_uri_is_refused(uri: str) -> None:
    """Someone else could read a code that is sent there."""
    with pytest.raises(RegistrationError, match=r"^redirect_uris: ") as refused:
        check_redirect_uri(uri)

    assert "\n" not in str(refused.value)
    assert "\x00" not in str(refused.value)


@given(st.text() | st.text().map(lambda rest: f"https://a.example/{rest}"))
def test_whatever_the_text_it_is_kept_or_refused(uri: str) -> None:
    """No input raises anything but a RegistrationError."""
    try:
        kept = check_redirect_uri(uri)
    except RegistrationError:
        return

    assert kept == uri
    assert uri.isascii()
    assert uri.isprintable()
