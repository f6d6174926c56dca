"""The public keys of a client that signs assertions (RFC 7517)."""

from collections.abc import Mapping
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry

from qscope_integrations.core.clients.fields import RegistrationError
from qscope_integrations.core.kernel.assertions import ALGORITHMS

MAX_KEYS: Final = 10
_MIN_RSA_BITS: Final = 2048
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_TYPES: Final = ("EC", "OKP", "RSA")
_CURVES: Final = ("Ed25519", "P-256", "P-384", "P-521")


def check_jwks(value: Any) -> Mapping[str, Any]:
    """The key set, unchanged, if each of its keys can verify a signature.

    Raises `RegistrationError` for private keys, weak or unreadable keys, and keys whose `kid` is
    not unique.
    """
    keys = value.get("keys") if isinstance(value, dict) else None
    if not isinstance(keys, list) or not 1 <= len(keys) <= MAX_KEYS:
        raise RegistrationError("jwks", f'use {{"keys": [...]}} with 1 to {MAX_KEYS} public keys')
    for key in keys:
        _check_key(key)
    names = [key.get("kid") for key in keys]
    if len(keys) > 1 and (len(set(names)) < len(names) or None in names):
        raise RegistrationError("jwks", "each of several keys needs a unique kid")
    return {"keys": keys}


def _check_key(key: Any) -> None:
    if not isinstance(key, dict) or key.get("kty") not in _TYPES:
        raise RegistrationError("jwks", f"the kty of a key must be one of {', '.join(_TYPES)}")
    if _PRIVATE & key.keys():
        raise RegistrationError("jwks", "a key has private parts; use the public key only")
    if not isinstance(key.get("kid", ""), str):
        raise RegistrationError("jwks", "a kid must be a string")
    _check_use(key)
    if key["kty"] == "RSA" and len(str(key.get("n", ""))) * 6 < _MIN_RSA_BITS:
        raise RegistrationError("jwks", f"an RSA key needs at least {_MIN_RSA_BITS} bits")
    try:
        JWKRegistry.import_key(key).raw_value  # noqa: B018 - the property reads the key
    except (JoseError, ValueError, TypeError, KeyError):
        raise RegistrationError("jwks", "a key cannot be read") from None


def _check_use(key: Mapping[str, Any]) -> None:
    """Check that the key is one for verifying signatures (RFC 7517 section 4)."""
    if key["kty"] != "RSA" and key.get("crv") not in _CURVES:
        raise RegistrationError("jwks", f"the crv of a key must be one of {', '.join(_CURVES)}")
    if key.get("alg", ALGORITHMS[0]) not in ALGORITHMS:
        raise RegistrationError("jwks", f"the alg of a key must be one of {', '.join(ALGORITHMS)}")
    operations = key.get("key_ops", ["verify"])
    if key.get("use", "sig") != "sig" or "verify" not in (
        operations if isinstance(operations, list) else ()
    ):
        raise RegistrationError("jwks", "a key must be for signatures: use sig, key_ops verify")
