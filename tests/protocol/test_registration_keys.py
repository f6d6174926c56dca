"""RFC 7517 and RFC 7591 section 2: the keys of a client that signs."""

from typing import Any

import pytest
from joserfc.jwk import ECKey, OKPKey

from qscope_integrations import ClientMetadata, RegistrationError, new_registration
from tests.assertions import EC, JWKS, RSA

PUBLIC = dict(EC.as_dict(private=False))


def register(jwks: Any, method: str = "private_key_jwt") -> Any:
    metadata = ClientMetadata(
        client_name="Signer",
        grant_types=["client_credentials"],
        token_endpoint_auth_method=method,
        jwks=jwks,
    )
    return new_registration(metadata, created_by="test", now=0)


def test_a_signing_client_has_keys_and_no_secret() -> None:
    """It is nevertheless confidential (RFC 6749 section 2.1)."""
    registration, secret = register(JWKS)

    assert secret is None
    assert registration.client.client_secret is None
    assert registration.client.is_confidential
    assert registration.config.jwks == JWKS


@pytest.mark.parametrize(
    "jwks",
    [
        None,
        [],
        {},
        {"keys": []},
        {"keys": [PUBLIC] * 11},
        {"keys": ["EC"]},
        {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]},
        {"keys": [dict(EC.as_dict(private=True))]},
        {"keys": [dict(RSA.as_dict(private=True))]},
        {"keys": [PUBLIC, PUBLIC]},
        {"keys": [PUBLIC | {"kid": 7}]},
        {"keys": [PUBLIC | {"use": "enc"}]},
        {"keys": [PUBLIC | {"x": "AAAA"}]},
        {"keys": [{"kty": "EC"}]},
        {"keys": [PUBLIC | {"kty": ["EC"]}]},
        {"keys": [PUBLIC | {"crv": ["P-256"]}]},
        {"keys": [PUBLIC | {"alg": "HS256"}]},
        {"keys": [PUBLIC | {"alg": ["ES256"]}]},
        {"keys": [PUBLIC | {"key_ops": ["encrypt"]}]},
        {"keys": [PUBLIC | {"key_ops": "verify"}]},
        {"keys": [dict(ECKey.generate_key("secp256k1").as_dict(private=False))]},
        {"keys": [dict(OKPKey.generate_key("X25519").as_dict(private=False))]},
        {"keys": [dict(OKPKey.generate_key("Ed448").as_dict(private=False))]},
        {"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]},
    ],
)
def test_keys_that_cannot_be_used_are_refused(jwks: Any) -> None:
    """The error names the field."""
    with pytest.raises(RegistrationError, match="jwks: "):
        register(jwks)


def test_keys_are_for_the_signing_method_only() -> None:
    """A client has one authentication method."""
    with pytest.raises(RegistrationError, match="private_key_jwt only"):
        register(JWKS, "client_secret_basic")


@pytest.mark.parametrize(
    "key",
    [
        *(ECKey.generate_key(curve) for curve in ("P-256", "P-384", "P-521")),
        OKPKey.generate_key("Ed25519"),
        RSA,
    ],
    ids=lambda key: getattr(key, "curve_name", "RSA"),
)
@pytest.mark.parametrize("about", [{}, {"use": "sig"}, {"key_ops": ["verify"]}, {"x5t": "AAAA"}])
def test_a_key_that_can_be_used_is_kept_as_it_is(key: Any, about: dict[str, Any]) -> None:
    """RFC 7517 section 4: including its metadata."""
    public = dict(key.as_dict(private=False)) | about

    registration, _ = register({"keys": [public]})

    assert registration.config.jwks == {"keys": [public]}


@pytest.mark.parametrize("alg", ["EdDSA", "Ed25519"])
def test_an_ed25519_key_may_name_its_algorithm_either_way(alg: str) -> None:
    """RFC 8037 section 3.1, RFC 9864 section 2.2."""
    public = dict(OKPKey.generate_key("Ed25519").as_dict(private=False)) | {"alg": alg}

    registration, _ = register({"keys": [public]})

    assert registration.config.jwks == {"keys": [public]}
