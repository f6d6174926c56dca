"""Which clients may be registered; RFC 6749 section 2, RFC 7591 section 2."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qscope_integrations import ClientMetadata, RegistrationError, new_registration
from qscope_integrations.core.kernel.secrets import check_client_secret
from qscope_store import ClientRegistration

WEB: dict[str, Any] = {
    "client_name": "Notes",
    "grant_types": ["authorization_code", "refresh_token"],
    "scope": ["notes:read"],
    "redirect_uris": ["https://app.example.org/callback"],
}


def register(
    *, client_identifier: str | None = None, **changes: Any
) -> tuple[ClientRegistration, str | None]:
    metadata = ClientMetadata(**(WEB | changes))
    return new_registration(
        metadata, client_identifier=client_identifier, created_by="test", now=1_700_000_000
    )


def test_confidential_client_gets_a_secret_that_is_stored_as_a_hash() -> None:
    """RFC 6749 section 2.3.1; the store never sees a usable secret."""
    registration, secret = register()

    assert secret is not None
    assert registration.client.client_secret is not None
    assert secret not in registration.client.client_secret
    assert check_client_secret(secret, registration.client.client_secret)
    assert registration.client.token_endpoint_auth_method == "client_secret_basic"


def test_public_client_has_no_secret() -> None:
    """RFC 6749 section 2.1: a public client cannot keep one."""
    registration, secret = register(token_endpoint_auth_method="none")

    assert secret is None
    assert registration.client.client_secret is None
    assert not registration.client.is_confidential
    assert registration.client.token_endpoint_auth_method == "none"


def test_identifier_is_generated_when_none_is_passed() -> None:
    """RFC 6749 section 2.2: it is unique and not a secret."""
    first, _ = register()
    second, _ = register()

    assert first.client.client_identifier != second.client.client_identifier


def test_configuration_belongs_to_the_client() -> None:
    """One configuration per client, with PKCE and S256 by default."""
    registration, _ = register()

    assert registration.config.client_id == registration.client.id
    assert registration.config.require_pkce
    assert registration.config.pkce_methods == ("S256",)


def test_repeated_values_are_kept_once_and_in_order() -> None:
    """They are a set in OAuth; the order is for display."""
    registration, _ = register(scope=["b", "a", "b"])

    assert registration.client.scopes == ("b", "a")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"client_name": "  "}, "name"),
        ({"client_name": "\u200b\u2060"}, "name"),
        ({"client_name": "x" * 201}, "name"),
        ({"client_name": "two\nlines"}, "name"),
        ({"client_name": "good\u202eevil"}, "name"),
        ({"client_identifier": "a\x00b"}, "client_id"),
        ({"client_identifier": ""}, "client_id"),
        ({"client_identifier": "é"}, "client_id"),
        ({"client_identifier": "x" * 201}, "client_id"),
        ({"grant_types": []}, "grant_types"),
        ({"grant_types": ["implicit"]}, "grant_types"),
        (
            {"grant_types": ["client_credentials"], "token_endpoint_auth_method": "none"},
            "grant_types",
        ),
        ({"scope": ["a b"]}, "scopes"),
        ({"scope": ['"']}, "scopes"),
        ({"scope": [""]}, "scopes"),
        ({"redirect_uris": []}, "redirect_uris"),
        ({"token_endpoint_auth_method": "tls_client_auth"}, "token_endpoint_auth_method"),
        ({"extensions": {"unknown_member": 1}}, "unknown_member"),
    ],
)
def test_invalid_field_is_named(changed: dict[str, object], field: str) -> None:
    """The error says which field to change, so that it can be shown to users."""
    with pytest.raises(RegistrationError, match=f"^{field}: ") as refused:
        register(**changed)

    assert refused.value.field == field


@pytest.mark.parametrize("identifier", ["a", "a b:c%&+\"\\'", "~" * 200])
def test_identifier_may_hold_any_printable_ascii(identifier: str) -> None:
    """RFC 6749 appendix A.1."""
    registration, _ = register(client_identifier=identifier)

    assert registration.client.client_identifier == identifier


@given(st.text(max_size=20))
def test_whatever_the_scope_it_is_kept_exactly_or_refused(scope: str) -> None:
    """RFC 6749 section 3.3: scope tokens are compared byte for byte."""
    try:
        registration, _ = register(scope=[scope])
    except RegistrationError:
        return

    assert registration.client.scopes == (scope,)
    assert scope.isascii()
    assert scope.isprintable()
    assert not set(scope) & set(' "\\')
