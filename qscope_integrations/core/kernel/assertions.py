"""Signed assertions (RFC 7523 section 3), which are verified and used once.

Every failure raises `AssertionRefusedError`; its reason is for the log only.
"""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwa import JWSAlgModel
from joserfc.jwk import JWKRegistry

from qscope_integrations.core.kernel.context import RequestContext
from qscope_integrations.core.kernel.secrets import digest
from qscope_store import FailedResult, UsedProof

ALGORITHMS: Final = (
    "ES256",
    "ES384",
    "ES512",
    "Ed25519",
    "EdDSA",
    "PS256",
    "PS384",
    "PS512",
    "RS256",
)
"""Public-key signatures only. `none` and signatures with a shared secret are not accepted."""
MAX_LIFETIME_S: Final = 3600
"""The longest remaining lifetime in seconds, which is what Authlib and other clients sign for. An
assertion works once, and its `jti` is remembered until it expires."""
CLOCK_SKEW_S: Final = 30
"""Seconds by which the issuer's clock may differ."""
MAX_LENGTH: Final = 8192
MAX_JTI_LENGTH: Final = 256

# An unknown issuer or key takes the same work as a wrong signature. Signatures of these keys are
# refused, because their private keys are public knowledge.
_DECOYS: Final[Mapping[str, Mapping[str, str]]] = {
    "RSA": {"kty": "RSA", "n": "_" * 341 + "w", "e": "AQAB"},
    "EC": {
        "kty": "EC",
        "crv": "P-256",
        "x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY",
        "y": "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
    },
    "OKP": {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
}
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]+")


class AssertionRefusedError(ValueError):
    """The assertion is malformed, forged, expired, for another audience, or was used before."""

    def __init__(self, reason: str, *, is_suspicious: bool = False) -> None:
        super().__init__(reason)
        self.is_suspicious = is_suspicious
        """Whether the assertion is forged or replayed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """A JWT as it was sent. Its content is not trusted before `verify_signature`."""

    text: str = field(repr=False)
    header: Mapping[str, Any] = field(repr=False)
    claims: Mapping[str, Any] = field(repr=False)

    def claim(self, name: str) -> str:
        """A required claim, as text. Raises `AssertionRefusedError`."""
        value = self.claims.get(name)
        if not isinstance(value, str) or not value:
            raise AssertionRefusedError(f"{name} is missing or not a string")
        return value


def read_assertion(text: str) -> Assertion:
    """Parse a compact JWT. Raises `AssertionRefusedError`."""
    parts = text.split(".")
    if len(text) > MAX_LENGTH or len(parts) != 3 or not all(map(_BASE64URL.fullmatch, parts)):
        raise AssertionRefusedError("it is not a compact JWT")
    header, claims = _json_object(parts[0]), _json_object(parts[1])
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise AssertionRefusedError("the algorithm is not allowed")
    if {"crit", "b64"} & header.keys():
        raise AssertionRefusedError("the header asks for an extension")
    return Assertion(text=text, header=header, claims=claims)


def verify_signature(assertion: Assertion, jwks: Mapping[str, Any] | None) -> None:
    """Check that one of the keys has signed the assertion. Raises `AssertionRefusedError`.

    Keys in the assertion's own header are ignored. Without a key to try, it is refused after the
    same amount of work.
    """
    key_id = assertion.header.get("kid")
    registered = jwks.get("keys", ()) if jwks else ()
    keys = [key for key in registered if key_id is None or key.get("kid") == key_id]
    is_signed = any(_is_signed_by(assertion, key) for key in keys or _DECOYS.values())
    if not keys:
        raise AssertionRefusedError("its issuer, or the key that it names, is unknown")
    if not is_signed:
        raise AssertionRefusedError("no registered key has signed it", is_suspicious=True)


def check_claims(assertion: Assertion, *, audience: str, now: int) -> None:
    """Check audience, time and identity of an assertion. Raises `AssertionRefusedError`.

    `aud` must name this issuer alone, so that no other audience can use the assertion here. `exp`
    and `jti` are required, and `exp` lies at most `MAX_LIFETIME_S` ahead. Clocks may differ by
    `CLOCK_SKEW_S`.
    """
    claims = assertion.claims
    if claims.get("aud") not in (audience, [audience]):
        raise AssertionRefusedError("aud is not this issuer alone")
    if not now - CLOCK_SKEW_S < _time(claims, "exp") <= now + MAX_LIFETIME_S + CLOCK_SKEW_S:
        raise AssertionRefusedError("it has expired, or its lifetime is too long")
    for name in ("iat", "nbf"):
        if name in claims and not _time(claims, name) <= now + CLOCK_SKEW_S:
            raise AssertionRefusedError(f"{name} is in the future")
    if len(assertion.claim("jti")) > MAX_JTI_LENGTH:
        raise AssertionRefusedError("jti is too long")


async def spend_assertion(context: RequestContext, assertion: Assertion) -> None:
    """Use it, once for all processes; the last check, so that only good ones are remembered."""
    issuer, jti = assertion.claim("iss"), assertion.claim("jti")
    row = UsedProof(
        proof=digest(json.dumps(["assertion", issuer, jti])),
        expires_at=int(_time(assertion.claims, "exp")) + CLOCK_SKEW_S + 1,
        stamp=context.stamp("assertion"),
    )
    result = await context.session.used_proofs.spend(row, ray_id=context.ray_id)
    if isinstance(result, FailedResult):
        raise AssertionRefusedError("it was used before", is_suspicious=True)


class _Algorithms(jws.JWSRegistry):
    """joserfc's registry, in which EdDSA means Ed25519 only, without its deprecation warning."""

    max_header_length = MAX_LENGTH

    def get_alg(self, name: str) -> JWSAlgModel:
        return super().get_alg(_in_full(name))


def _in_full(algorithm: Any) -> Any:
    """The current name of an algorithm; EdDSA is an older one (RFC 8037 section 3.1, RFC 9864)."""
    return "Ed25519" if algorithm == "EdDSA" else algorithm


def _is_signed_by(assertion: Assertion, key: Mapping[str, Any]) -> bool:
    algorithm = _in_full(assertion.header["alg"])
    if _in_full(key.get("alg", algorithm)) != algorithm or key.get("kty") not in _DECOYS:
        return False
    try:
        public_key = JWKRegistry.import_key({**key, "alg": algorithm})
        registry = _Algorithms(algorithms=[algorithm], strict_check_header=False)
        jws.deserialize_compact(assertion.text, public_key, registry=registry)
    except (JoseError, ValueError, TypeError):
        return False
    return True


def _json_object(part: str) -> dict[str, Any]:
    try:
        text = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode("utf-8")
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise AssertionRefusedError("a part is not JSON in base64url") from None
    if not isinstance(value, dict):
        raise AssertionRefusedError("a part is not a JSON object")
    return value


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """The object, if no name is repeated: parsers differ in which of two values they use."""
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a name is repeated")
    return members


def _no_number(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _time(claims: Mapping[str, Any], name: str) -> float:
    """A NumericDate (RFC 7519 section 2)."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise AssertionRefusedError(f"{name} is missing or not a number")
    return value
