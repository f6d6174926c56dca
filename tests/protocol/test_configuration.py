"""An unsafe configuration is refused when it is created."""

from typing import Any

import pytest

from qscope_integrations import ConfigurationError, RefreshToken
from tests.host import make_config, with_features


@pytest.mark.parametrize(
    "issuer",
    [
        "http://auth.example.org",
        "http://192.0.2.1",
        "ftp://auth.example.org",
        "auth.example.org",
        "",
        "https://",
        "https://auth.example.org/",
        "https://auth.example.org?x=1",
        "https://auth.example.org#x",
        "https://user@auth.example.org",
        "https://auth.example.org/ä",
        'https://auth.example.org/"',
        "https://auth.example.org:port",
    ],
)
def test_an_issuer_is_an_https_url_without_query_or_fragment(issuer: str) -> None:
    """RFC 6749 section 3.1 and 3.2, RFC 8414 section 2, RFC 9207 section 2."""
    with pytest.raises(ConfigurationError, match="issuer"):
        make_config(issuer=issuer)


@pytest.mark.parametrize("issuer", ["http://127.0.0.1:8000", "http://[::1]", "http://localhost"])
def test_plain_http_is_for_loopback(issuer: str) -> None:
    """RFC 8252 section 8.3: loopback traffic does not leave the machine."""
    assert not make_config(issuer=issuer).settings.is_https


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("secret_key", "short"),
        ("scopes", {"a b": "Two"}),
        ("resources", ("not a URI",)),
        ("api_resource", "https://api.example/#part"),
        ("consent_ttl_s", 0),
    ],
)
def test_an_unsafe_setting_is_named(setting: str, value: Any) -> None:
    """The message begins with the name of the setting."""
    with pytest.raises(ConfigurationError, match=f"^{setting}"):
        make_config(**{setting: value})


@pytest.mark.parametrize("leeway_s", [-1, 61])
def test_the_leeway_of_refreshes_is_bounded(leeway_s: int) -> None:
    """RFC 9700 section 4.14.2: a tolerance of a minute at most."""
    with pytest.raises(ConfigurationError, match=r"^reuse_leeway_s"):
        make_config(**with_features(RefreshToken(reuse_leeway_s=leeway_s)))


def test_the_secret_key_is_in_no_repr() -> None:
    """A configuration may be logged."""
    assert "a key that only tests use" not in repr(make_config())
