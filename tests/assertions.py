"""Clients and issuers that sign: keys made once, and assertions of any shape."""

import base64
import itertools
import json
import time
from typing import Any, Final

import httpx2
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey

from tests.host import ISSUER, Host, RegisteredClient

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
EC: Final = ECKey.generate_key("P-256", {"kid": "ec"})
RSA: Final = RSAKey.generate_key(2048, {"kid": "rsa"})
STRANGER: Final = ECKey.generate_key("P-256", {"kid": "ec"})
PUBLISHED: Final = OKPKey.import_key(
    {
        "kty": "OKP",
        "crv": "Ed25519",
        "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    }
)
"""The example key of RFC 8037 appendix A.1: everybody can sign with it."""
JWKS: Final[dict[str, Any]] = {
    "keys": [dict(EC.as_dict(private=False)), dict(RSA.as_dict(private=False))]
}

EdwardsKey = Ed25519PrivateKey | Ed448PrivateKey

_numbers = itertools.count()


def claims_of(issuer: str, **changes: Any) -> dict[str, Any]:
    """Good claims; a change to None leaves one out, a function is given the time."""
    now = int(time.time())
    claims = {
        "iss": issuer,
        "sub": issuer,
        "aud": ISSUER,
        "exp": now + 60,
        "iat": now,
        "jti": f"jti-{next(_numbers)}",
        **changes,
    }
    return {
        name: value(now) if callable(value) else value
        for name, value in claims.items()
        if value is not None
    }


def sign(claims: dict[str, Any], key: Any = EC, *, alg: str = "ES256", **header: Any) -> str:
    """A JWT of the claims."""
    return jwt.encode({"alg": alg, "kid": key.kid, **header}, claims, key, algorithms=[alg])


def sign_by_hand(claims: dict[str, Any], key: EdwardsKey, *, alg: str = "EdDSA") -> str:
    """A JWT as other libraries than joserfc make it, which warns of the name EdDSA."""
    text = ".".join(base64url(json.dumps(part)) for part in ({"alg": alg}, claims))
    return f"{text}.{base64url(key.sign(text.encode()))}"


def public_jwk(key: EdwardsKey) -> dict[str, str]:
    """Its public half (RFC 8037 section 2)."""
    public = key.public_key().public_bytes_raw()
    curve = "Ed25519" if len(public) == 32 else "Ed448"
    return {"kty": "OKP", "crv": curve, "x": base64url(public)}


def base64url(content: str | bytes) -> str:
    """As the parts of a JWT are written (RFC 7515 section 2)."""
    raw = content.encode() if isinstance(content, str) else content
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


async def signing_client(host: Host, **changes: Any) -> RegisteredClient:
    """A client of the method `private_key_jwt`, for its own tokens."""
    fields: dict[str, Any] = {
        "grant_types": ("client_credentials",),
        "redirect_uris": (),
        "auth_method": "private_key_jwt",
        "jwks": JWKS,
    }
    return await host.register(**(fields | changes))


async def send(host: Host, assertion: str, **form: Any) -> httpx2.Response:
    """Ask for a token with an assertion and nothing else; a field None is left out."""
    fields = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
    }
    data = {name: value for name, value in (fields | form).items() if value is not None}
    return await host.http.post("/oauth/token", data=data)


def assert_refused(response: httpx2.Response) -> None:
    """The one answer to every failed authentication, byte for byte."""
    assert response.status_code == 401
    assert response.json() == {
        "error": "invalid_client",
        "error_description": "Client authentication failed.",
    }
    assert response.headers["www-authenticate"].startswith("Basic realm=")
