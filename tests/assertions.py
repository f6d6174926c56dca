"""Clients and issuers that sign: keys made once, and assertions of any shape."""

import itertools
import time
from typing import Any, Final

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from tests.host import ISSUER

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
EC: Final = ECKey.generate_key("P-256", {"kid": "ec"})
RSA: Final = RSAKey.generate_key(2048, {"kid": "rsa"})
STRANGER: Final = ECKey.generate_key("P-256", {"kid": "ec"})
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
