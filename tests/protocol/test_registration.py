"""What may be registered as a client; RFC 6749 section 2, RFC 7591 section 2."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qscope_integrations.core.registration import RegistrationError, new_registration
from qscope_integrations.core.secrets import check_client_secret

WEB = {
    "name": "Notes",
    "grant_types": ["authorization_code", "refresh_token"],
    "scopes": ["notes:read"],
    "redirect_uris": ["https://app.example.org/callback"],
    "created_by": "test",
    "now": 1_700_000_000,
}


def test_confidential_client_gets_a_secret_that_is_stored_as_a_hash() -> None:
    """RFC 6749 section 2.3.1; the store never sees a usable secret."""
    registration, secret = new_registration(**WEB)

    assert secret is not None
    assert registration.client.client_secret is not None
    assert secret not in registration.client.client_secret
    assert check_client_secret(secret, registration.client.client_secret)
    assert registration.client.token_endpoint_auth_method == "client_secret_basic"


@pytest.mark.parametrize("public", [{"is_public": True}, {"auth_method": "none"}])
def test_public_client_has_no_secret(public: dict[str, object]) -> None:
    """RFC 6749 section 2.1: a public client cannot keep one."""
    registration, secret = new_registration(**{**WEB, **public})

    assert secret is None
    assert registration.client.client_secret is None
    assert not registration.client.is_confidential
    assert registration.client.token_endpoint_auth_method == "none"


def test_identifier_is_made_when_none_is_given() -> None:
    """RFC 6749 section 2.2: it is unique and not a secret."""
    first, _ = new_registration(**WEB)
    second, _ = new_registration(**WEB)

    assert first.client.client_identifier != second.client.client_identifier


def test_configuration_belongs_to_the_client() -> None:
    """One configuration for each client; PKCE with S256 unless changed on purpose."""
    registration, _ = new_registration(**WEB)

    assert registration.config.client_id == registration.client.id
    assert registration.config.require_pkce
    assert registration.config.pkce_methods == ("S256",)


def test_repeated_values_are_kept_once_and_in_order() -> None:
    """A set in OAuth; the order is what people read."""
    registration, _ = new_registration(**{**WEB, "scopes": ["b", "a", "b"]})

    assert registration.client.scopes == ("b", "a")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "\u200b\u2060"}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"name": "good\u202eevil"}, "name"),
        ({"client_identifier": "a\x00b"}, "client_id"),
        ({"client_identifier": ""}, "client_id"),
        ({"client_identifier": "é"}, "client_id"),
        ({"client_identifier": "x" * 201}, "client_id"),
        ({"grant_types": []}, "grant_types"),
        ({"grant_types": ["implicit"]}, "grant_types"),
        ({"grant_types": ["client_credentials"], "is_public": True}, "grant_types"),
        ({"scopes": ["a b"]}, "scopes"),
        ({"scopes": ['"']}, "scopes"),
        ({"scopes": [""]}, "scopes"),
        ({"redirect_uris": []}, "redirect_uris"),
        ({"auth_method": "tls_client_auth"}, "token_endpoint_auth_method"),
        ({"auth_method": "client_secret_post", "is_public": True}, "token_endpoint_auth_method"),
    ],
)
def test_broken_rule_names_the_field(changed: dict[str, object], field: str) -> None:
    """The error says which field to change, so that it can be shown as it is."""
    with pytest.raises(RegistrationError, match=f"^{field}: ") as refused:
        new_registration(**{**WEB, **changed})

    assert refused.value.field == field


@pytest.mark.parametrize("identifier", ["a", "a b:c%&+\"\\'", "~" * 200])
def test_identifier_may_hold_any_printable_ascii(identifier: str) -> None:
    """RFC 6749 appendix A.1."""
    registration, _ = new_registration(**{**WEB, "client_identifier": identifier})

    assert registration.client.client_identifier == identifier


@given(st.text(max_size=20))
def test_whatever_the_scope_it_is_kept_exactly_or_refused(scope: str) -> None:
    """RFC 6749 section 3.3: scope tokens are compared byte for byte."""
    try:
        registration, _ = new_registration(**{**WEB, "scopes": [scope]})
    except RegistrationError:
        return

    assert registration.client.scopes == (scope,)
    assert scope.isascii()
    assert scope.isprintable()
    assert not set(scope) & set(' "\\')
