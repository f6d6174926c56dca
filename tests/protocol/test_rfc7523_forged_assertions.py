"""RFC 7523 section 3, RFC 7515, RFC 8725: assertions of attackers."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey

from tests.assertions import (
    EC,
    PUBLISHED,
    RSA,
    STRANGER,
    assert_refused,
    base64url,
    claims_of,
    public_jwk,
    send,
    sign,
    sign_by_hand,
    signing_client,
)
from tests.host import Host, RegisteredClient

pytestmark = pytest.mark.anyio


def unsigned(header: Any, claims: Any, signature: str = "") -> str:
    return ".".join([base64url(json.dumps(header)), base64url(json.dumps(claims)), signature])


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "None"},
        {"alg": ["ES256"]},
        {"alg": None},
        {},
        [],
        "ES256",
        {"alg": "ES256", "crit": 7},
        {"alg": "ES256", "crit": ["exp"], "exp": 1},
        {"alg": "ES256", "b64": False},
        {"alg": "ES256", "kid": {}},
        {"alg": "ES256", "jwk": dict(STRANGER.as_dict(private=False))},
        {"alg": "ES256", "jku": "https://evil.example/keys"},
        {"alg": "ES256", "x5u": 1},
    ],
)
async def test_a_hostile_header_is_refused(
    host: Host, machine: RegisteredClient, header: Any
) -> None:
    """RFC 8725 section 3.1 and 3.2: never a 500, and no key of the sender's choice."""
    assert_refused(await send(host, unsigned(header, claims_of(machine.client_id), "AAAA")))


async def test_a_key_in_the_header_is_not_used(host: Host, machine: RegisteredClient) -> None:
    """RFC 8725 section 3.5."""
    public = dict(STRANGER.as_dict(private=False))

    assert_refused(await send(host, sign(claims_of(machine.client_id), STRANGER, jwk=public)))


async def test_the_public_key_is_not_a_shared_secret(host: Host, machine: RegisteredClient) -> None:
    """RFC 8725 section 2.1: RS256 and HS256 are not confused."""
    key = OctKey.import_key(RSA.as_pem(private=False).hex(), {"kid": "rsa"})

    assert_refused(await send(host, sign(claims_of(machine.client_id), key, alg="HS256")))


@pytest.mark.parametrize(
    "assertion",
    [
        *("", "a", "a.b", "a.b.c", "a.b.c.d", "..", "ü.b.c", "[" * 5000, "x" * 9000),
        ".".join([base64.urlsafe_b64encode(b"[" * 3000).decode()] * 2) + ".x",
    ],
    ids=lambda text: ascii(text[:12]),
)
async def test_a_text_other_than_a_jwt_is_refused(host: Host, assertion: str) -> None:
    """Section 3; the response is the same again."""
    assert_refused(await send(host, assertion))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
NAMES = st.sampled_from(
    ["alg", "kid", "crit", "typ", "jwk", "x5c", "aud", "exp", "iss", "sub", "jti"]
)


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    header=st.dictionaries(NAMES, JSON, max_size=4),
    claims=st.dictionaries(NAMES, JSON, max_size=4),
    signature=st.text(alphabet="AZaz09-_=.", max_size=90),
)
async def test_any_forged_jwt_is_refused(
    host: Host,
    machine: RegisteredClient,
    header: dict[str, Any],
    claims: dict[str, Any],
    signature: str,
) -> None:
    """Section 3: always the same response, never a 500."""
    header = {"alg": "ES256"} | header
    claims = claims_of(machine.client_id) | claims

    assert_refused(await send(host, unsigned(header, claims, signature)))


@pytest.mark.parametrize(
    "alg", ["ES384", "ES512", "RS256", "PS256", "Ed25519", "HS256", "EdDSA", "ES256K"]
)
async def test_a_key_is_for_its_own_algorithm_only(
    host: Host, machine: RegisteredClient, alg: str
) -> None:
    """RFC 8725 section 3.1: the header cannot choose another one for a registered key."""
    good = sign(claims_of(machine.client_id))
    header = unsigned({"alg": alg, "kid": "ec"}, {}).partition(".")[0]

    assert_refused(await send(host, ".".join([header, *good.split(".")[1:]])))


async def test_a_key_that_names_its_algorithm_signs_with_no_other(host: Host) -> None:
    """RFC 7517 section 4.4: `alg` in the registered key."""
    key = dict(RSA.as_dict(private=False)) | {"alg": "PS256"}
    client = await signing_client(host, jwks={"keys": [key]})

    assert_refused(await send(host, sign(claims_of(client.client_id), RSA, alg="RS256")))
    assert (
        await send(host, sign(claims_of(client.client_id), RSA, alg="PS256"))
    ).status_code == 200


@pytest.mark.parametrize("alg", ["EdDSA", "Ed25519", "Ed448"])
async def test_the_older_algorithm_name_means_one_curve(
    host: Host, machine: RegisteredClient, alg: str
) -> None:
    """RFC 9864 section 1: EdDSA is ambiguous; only Ed25519 is accepted under that name."""
    key = Ed448PrivateKey.generate()
    await host.update_config(machine, jwks={"keys": [public_jwk(key)]})

    assert_refused(await send(host, sign_by_hand(claims_of(machine.client_id), key, alg=alg)))


@pytest.mark.parametrize("kid", ["rsa", "EC", "ec ", "", "another", "../ec"])
async def test_a_key_id_that_is_not_the_keys_is_refused(
    host: Host, machine: RegisteredClient, kid: str
) -> None:
    """RFC 7515 section 4.1.4: it is compared as text, and is not a hint."""
    assertion = jwt.encode({"alg": "ES256", "kid": kid}, claims_of(machine.client_id), EC)

    assert_refused(await send(host, assertion))


async def test_another_clients_key_proves_nothing(host: Host, machine: RegisteredClient) -> None:
    """Section 3, points 1 and 2: the signer is the named client."""
    other_key = dict(STRANGER.as_dict(private=False))
    other = await signing_client(host, jwks={"keys": [other_key]})

    assert_refused(await send(host, sign(claims_of(machine.client_id), STRANGER)))
    assert_refused(await send(host, sign(claims_of(other.client_id), EC)))


# The base point of the curve has the private key 1.
BASE_POINT = ECKey.import_key(
    {
        "kty": "EC",
        "crv": "P-256",
        "d": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE",
        "x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY",
        "y": "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
    }
)


@pytest.mark.parametrize(
    "signed_with",
    [
        lambda claims: jwt.encode({"alg": "ES256"}, claims, BASE_POINT),
        lambda claims: sign_by_hand(claims, PUBLISHED.private_key, alg="Ed25519"),
        lambda claims: sign_by_hand(claims, PUBLISHED.private_key, alg="EdDSA"),
    ],
    ids=["ES256", "Ed25519", "EdDSA"],
)
@pytest.mark.parametrize("jwks", [None, {}, {"keys": []}], ids=["none", "empty", "no keys"])
async def test_a_client_without_keys_cannot_authenticate(
    host: Host, machine: RegisteredClient, signed_with: Callable[[dict[str, Any]], str], jwks: Any
) -> None:
    """Section 3, point 9: the keys that replace missing ones prove nothing."""
    await host.update_config(machine, jwks=jwks)

    assert_refused(await send(host, signed_with(claims_of(machine.client_id))))


def signed(header: str, claims: str, *, key: Any = EC) -> str:
    """A valid signature over the parts as they are."""
    ecdsa = jws.JWSRegistry.algorithms["ES256"]
    text = f"{header}.{claims}"
    return f"{text}.{base64url(ecdsa.sign(text.encode(), key))}"


HEADER = base64url('{"alg":"ES256","kid":"ec"}')


async def test_what_is_signed_by_hand_is_accepted(host: Host, machine: RegisteredClient) -> None:
    """The control of the tests below."""
    claims = base64url(json.dumps(claims_of(machine.client_id)))

    assert (await send(host, signed(HEADER, claims))).status_code == 200


@pytest.mark.parametrize(
    ("header", "claims"),
    [
        pytest.param(
            HEADER,
            lambda text: base64url(text.replace('"iss"', '"aud": "x", "iss"')),
            id="aud twice",
        ),
        pytest.param(
            HEADER,
            lambda text: base64url(text.replace('"iss"', '"iss": "x", "iss"')),
            id="iss twice",
        ),
        pytest.param(HEADER, lambda text: base64url(text[:-1] + ', "note": NaN}'), id="NaN"),
        pytest.param(HEADER, lambda text: base64url("\ufeff" + text), id="byte order mark"),
        pytest.param(HEADER, lambda text: base64url(text.encode("utf-16")), id="UTF-16"),
        pytest.param(HEADER, lambda text: base64url(text) + "=", id="padding"),
        pytest.param(
            HEADER, lambda text: base64url(text)[:9] + "\n" + base64url(text)[9:], id="line break"
        ),
        pytest.param(
            HEADER, lambda text: base64url(text)[:9] + "!" + base64url(text)[9:], id="not base64"
        ),
        pytest.param(HEADER, lambda text: base64url(f"[{text}]"), id="array"),
        pytest.param(
            base64url('{"alg":"ES256","alg":"ES256","kid":"ec"}'), base64url, id="alg twice"
        ),
        pytest.param(
            base64url('{"alg":"none","alg":"ES256","kid":"ec"}'), base64url, id="none and alg"
        ),
        pytest.param(base64url('{"alg":"ES256","kid":"ec","crit":[]}'), base64url, id="crit"),
        pytest.param(base64url('{"alg":"ES256","kid":"ec","b64":true}'), base64url, id="b64"),
        pytest.param(HEADER + "=", base64url, id="padded header"),
    ],
)
async def test_a_malformed_jwt_with_a_valid_signature_is_refused(
    host: Host, machine: RegisteredClient, header: str, claims: Any
) -> None:
    """Section 3, point 10: RFC 7515 section 2 and 4.1.11, RFC 7519 section 4."""
    text = json.dumps(claims_of(machine.client_id))

    assert_refused(await send(host, signed(header, claims(text))))


async def test_an_assertion_that_is_too_long_is_refused(
    host: Host, machine: RegisteredClient
) -> None:
    """Section 3, point 10: 8 kB are enough."""
    fits, is_long = (
        sign(claims_of(machine.client_id, note="x" * length)) for length in (5000, 7000)
    )

    assert (await send(host, fits)).status_code == 200
    assert_refused(await send(host, is_long))
