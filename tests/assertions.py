"""Clients and issuers that sign: keys made once, and assertions of any shape."""

import itertools
import time
from typing import Any, Final

import httpx2
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


def assert_refused(answer: httpx2.Response) -> None:
    """The one answer to every failed authentication, byte for byte."""
    assert answer.status_code == 401
    assert answer.json() == {
        "error": "invalid_client",
        "error_description": "Client authentication failed.",
    }
    assert answer.headers["www-authenticate"].startswith("Basic realm=")
