"""RFC 7523 section 2.2 and 3, RFC 9700 section 2.5: clients that sign with a key."""

import asyncio
import base64
import json
import logging
import time
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey

from tests.assertions import ASSERTION_TYPE, EC, JWKS, RSA, STRANGER, claims_of, sign
from tests.host import ISSUER, Host, RegisteredClient

pytestmark = pytest.mark.anyio


@pytest.fixture
async def machine(host: Host) -> RegisteredClient:
    return await signing_client(host)


async def signing_client(host: Host, **changes: Any) -> RegisteredClient:
    return await host.register(
        grant_types=("client_credentials",),
        redirect_uris=(),
        auth_method="private_key_jwt",
        jwks=JWKS,
        **changes,
    )


async def send(host: Host, assertion: str, **form: Any) -> httpx2.Response:
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


@pytest.mark.parametrize(("key", "alg"), [(EC, "ES256"), (RSA, "PS256"), (RSA, "RS256")])
async def test_a_signed_assertion_is_accepted(
    host: Host, machine: RegisteredClient, key: Any, alg: str
) -> None:
    """Section 2.2."""
    answer = await send(host, sign(claims_of(machine.client_id), key, alg=alg))

    assert answer.status_code == 200


async def test_without_a_key_id_every_registered_key_is_tried(
    host: Host, machine: RegisteredClient
) -> None:
    """RFC 7515 section 4.1.4: kid is optional."""
    claims = claims_of(machine.client_id)

    answer = await send(host, jwt.encode({"alg": "PS256"}, claims, RSA, algorithms=["PS256"]))

    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/oauth/revoke", "/oauth/introspect"])
async def test_it_works_at_every_endpoint(host: Host, machine: RegisteredClient, path: str) -> None:
    """RFC 7009 section 2.1, RFC 7662 section 2.1."""
    form = {
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": sign(claims_of(machine.client_id)),
        "token": "unknown",
    }

    assert (await host.http.post(path, data=form)).status_code == 200


async def test_the_same_client_id_may_stand_beside_it(
    host: Host, machine: RegisteredClient
) -> None:
    """RFC 7521 section 4.2."""
    answer = await send(host, sign(claims_of(machine.client_id)), client_id=machine.client_id)

    assert answer.status_code == 200


async def test_another_client_id_beside_it_is_refused(
    host: Host, machine: RegisteredClient
) -> None:
    """RFC 7521 section 4.2."""
    answer = await send(host, sign(claims_of(machine.client_id)), client_id="another")

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_a_secret_beside_it_is_refused(host: Host, machine: RegisteredClient) -> None:
    """RFC 6749 section 2.3: not more than one method."""
    answer = await send(host, sign(claims_of(machine.client_id)), client_secret="x")

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_of_twenty_uses_of_one_assertion_one_succeeds(
    host: Host, machine: RegisteredClient
) -> None:
    """Section 3, point 7: the jti is spent in the store."""
    assertion = sign(claims_of(machine.client_id))

    answers = await asyncio.gather(*(send(host, assertion) for _ in range(20)))

    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 19


async def test_two_clients_may_use_one_jti(host: Host, machine: RegisteredClient) -> None:
    """RFC 7519 section 4.1.7: a jti is unique for its issuer."""
    other = await signing_client(host)

    answers = [
        await send(host, sign(claims_of(client.client_id, jti="same")))
        for client in (machine, other)
    ]

    assert [answer.status_code for answer in answers] == [200, 200]


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": None},
        {"aud": f"{ISSUER}/oauth/token"},
        {"aud": [ISSUER, "https://other.example"]},
        {"aud": []},
        {"aud": {}},
        {"exp": None},
        {"exp": "soon"},
        {"exp": True},
        {"exp": float("nan")},
        {"exp": float("inf")},
        {"exp": lambda now: now - 60},
        {"exp": lambda now: now + 1000},
        {"exp": 10**30},
        {"iat": lambda now: now + 600},
        {"iat": "now"},
        {"nbf": lambda now: now + 600},
        {"nbf": []},
        {"jti": None},
        {"jti": ""},
        {"jti": 7},
        {"jti": "x" * 257},
        {"iss": "another"},
        {"iss": None},
        {"sub": "another"},
        {"sub": None},
        {"sub": ["a"]},
    ],
)
async def test_wrong_claims_are_refused(
    host: Host, machine: RegisteredClient, changes: dict[str, Any]
) -> None:
    """Section 3; the audience is the issuer alone, the lifetime at most five minutes."""
    assert_refused(await send(host, sign(claims_of(machine.client_id, **changes))))


async def test_a_clock_a_little_off_is_forgiven(host: Host, machine: RegisteredClient) -> None:
    """Section 3, points 4 to 6: a small leeway for clock skew."""
    now = int(time.time())
    claims = claims_of(machine.client_id, exp=now - 20, iat=now + 20, nbf=now + 20)

    assert (await send(host, sign(claims))).status_code == 200


async def test_a_strangers_signature_is_refused(host: Host, machine: RegisteredClient) -> None:
    """Section 3, point 9."""
    assert_refused(await send(host, sign(claims_of(machine.client_id), STRANGER)))


async def test_a_refused_assertion_is_not_spent(host: Host, machine: RegisteredClient) -> None:
    """A stranger who learns a jti cannot take it away from the client."""
    claims = claims_of(machine.client_id)
    await send(host, sign(claims, STRANGER))

    assert (await send(host, sign(claims))).status_code == 200


async def test_an_unknown_client_is_answered_alike(host: Host) -> None:
    """RFC 9700 section 2.5."""
    assert_refused(await send(host, sign(claims_of("unknown"))))


async def test_a_disabled_client_is_refused(host: Host, machine: RegisteredClient) -> None:
    """Disabling takes effect at once."""
    await host.update_client(machine, is_enabled=False)

    assert_refused(await send(host, sign(claims_of(machine.client_id))))


async def test_a_client_with_a_secret_can_not_sign(host: Host, client: RegisteredClient) -> None:
    """RFC 7591 section 2: the registered method only."""
    assert_refused(await send(host, sign(claims_of(client.client_id))))


async def test_a_signing_client_needs_its_signature(host: Host, machine: RegisteredClient) -> None:
    """RFC 6749 section 3.2.1."""
    answer = await host.http.post(
        "/oauth/token",
        data={"grant_type": "client_credentials", "client_id": machine.client_id},
    )

    assert_refused(answer)


@pytest.mark.parametrize("kind", [None, "", "urn:ietf:params:oauth:client-assertion-type:saml2"])
async def test_another_assertion_type_is_refused(
    host: Host, machine: RegisteredClient, kind: str | None
) -> None:
    """Section 2.2."""
    answer = await send(host, sign(claims_of(machine.client_id)), client_assertion_type=kind)

    assert_refused(answer)


def unsigned(header: Any, claims: Any, signature: str = "") -> str:
    parts = [json.dumps(part).encode() for part in (header, claims)]
    return ".".join([*(base64.urlsafe_b64encode(p).decode().rstrip("=") for p in parts), signature])


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


async def test_the_public_key_is_no_shared_secret(host: Host, machine: RegisteredClient) -> None:
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
async def test_what_is_no_jwt_is_refused(host: Host, assertion: str) -> None:
    """Section 3; the answer is the same again."""
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
async def test_whatever_the_jwt_it_is_refused(
    host: Host,
    machine: RegisteredClient,
    header: dict[str, Any],
    claims: dict[str, Any],
    signature: str,
) -> None:
    """Section 3: one answer, never a 500."""
    header = {"alg": "ES256"} | header
    claims = claims_of(machine.client_id) | claims

    assert_refused(await send(host, unsigned(header, claims, signature)))


async def test_the_log_has_the_reason_and_not_the_assertion(
    host: Host, machine: RegisteredClient, caplog: pytest.LogCaptureFixture
) -> None:
    """The operator can find out what the client is not told."""
    caplog.set_level(logging.DEBUG)
    assertion = sign(claims_of(machine.client_id, aud="https://other.example"))

    await send(host, assertion)

    assert "reason=aud is not this issuer alone" in caplog.text
    assert assertion not in caplog.text
    assert assertion.split(".")[2] not in caplog.text


async def test_metadata_lists_the_method_and_its_algorithms(host: Host) -> None:
    """RFC 8414 section 2."""
    document = (await host.http.get("/.well-known/oauth-authorization-server")).json()

    for endpoint in ("token", "revocation", "introspection"):
        methods = document[f"{endpoint}_endpoint_auth_methods_supported"]
        algorithms = document[f"{endpoint}_endpoint_auth_signing_alg_values_supported"]
        assert "private_key_jwt" in methods
        assert "client_secret_jwt" not in methods
        assert {"ES256", "PS256"} < set(algorithms)
        assert not [name for name in algorithms if name == "none" or name.startswith("HS")]
