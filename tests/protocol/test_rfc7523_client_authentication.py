"""RFC 7523 section 2.2 and 3, RFC 9700 section 2.5: clients that sign with a key."""

import asyncio
import logging
import time
from pathlib import Path
from typing import Any

import pytest
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws, jwt

from qscope_integrations import GuessLimit, GuessLimits
from tests.assertions import (
    ASSERTION_TYPE,
    EC,
    RSA,
    STRANGER,
    assert_refused,
    claims_of,
    public_jwk,
    send,
    sign,
    sign_by_hand,
    signing_client,
)
from tests.host import ISSUER, Host, RegisteredClient, running_host

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("key", "alg"), [(EC, "ES256"), (RSA, "PS256"), (RSA, "RS256")])
async def test_a_signed_assertion_is_accepted(
    host: Host, machine: RegisteredClient, key: Any, alg: str
) -> None:
    """Section 2.2."""
    response = await send(host, sign(claims_of(machine.client_id), key, alg=alg))

    assert response.status_code == 200


@pytest.mark.parametrize("alg", ["EdDSA", "Ed25519"])
@pytest.mark.parametrize("registered", [{}, {"alg": "EdDSA"}, {"alg": "Ed25519"}], ids=str)
async def test_an_edwards_signature_has_two_names(
    host: Host, alg: str, registered: dict[str, str]
) -> None:
    """RFC 8037 section 3.1, RFC 9864 section 2.2: many libraries still write EdDSA."""
    key = Ed25519PrivateKey.generate()
    machine = await signing_client(host, jwks={"keys": [public_jwk(key) | registered]})

    response = await send(host, sign_by_hand(claims_of(machine.client_id), key, alg=alg))

    assert response.status_code == 200


async def test_without_a_key_id_every_registered_key_is_tried(
    host: Host, machine: RegisteredClient
) -> None:
    """RFC 7515 section 4.1.4: kid is optional."""
    claims = claims_of(machine.client_id)

    response = await send(host, jwt.encode({"alg": "PS256"}, claims, RSA, algorithms=["PS256"]))

    assert response.status_code == 200


async def test_authlibs_own_client_is_accepted(host: Host, machine: RegisteredClient) -> None:
    """Section 3, point 4: it signs for an hour, with the issuer as the audience."""
    method = PrivateKeyJWT(ISSUER, alg="ES256", headers={"kid": "ec"})
    auth = ClientAuth(machine.client_id, EC, auth_method=method)
    url, headers, body = auth.prepare("POST", "/oauth/token", {}, "grant_type=client_credentials")

    answers = [
        await host.http.post(
            url,
            content=body,
            headers=headers | {"content-type": "application/x-www-form-urlencoded"},
        )
        for _ in range(2)
    ]

    assert [response.status_code for response in answers] == [200, 401]


async def test_the_audience_may_be_a_list_of_one(host: Host, machine: RegisteredClient) -> None:
    """RFC 7519 section 4.1.3."""
    assert (await send(host, sign(claims_of(machine.client_id, aud=[ISSUER])))).status_code == 200


@pytest.mark.parametrize("path", ["/oauth/revoke", "/oauth/introspect"])
async def test_it_works_at_every_endpoint(host: Host, machine: RegisteredClient, path: str) -> None:
    """RFC 7009 section 2.1, RFC 7662 section 2.1."""
    form = {
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": sign(claims_of(machine.client_id)),
        "token": "unknown",
    }

    assert (await host.http.post(path, data=form)).status_code == 200


async def test_the_same_client_id_is_accepted_next_to_it(
    host: Host, machine: RegisteredClient
) -> None:
    """RFC 7521 section 4.2."""
    response = await send(host, sign(claims_of(machine.client_id)), client_id=machine.client_id)

    assert response.status_code == 200


async def test_another_client_id_next_to_it_is_refused(
    host: Host, machine: RegisteredClient
) -> None:
    """RFC 7521 section 4.2."""
    response = await send(host, sign(claims_of(machine.client_id)), client_id="another")

    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


async def test_a_secret_next_to_it_is_invalid_client(host: Host, machine: RegisteredClient) -> None:
    """RFC 7521 section 4.2.1: at most one method."""
    response = await send(host, sign(claims_of(machine.client_id)), client_secret="x")

    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


async def test_a_header_next_to_it_is_invalid_client(host: Host, machine: RegisteredClient) -> None:
    """RFC 7521 section 4.2.1; the assertion is not spent."""
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": sign(claims_of(machine.client_id)),
    }

    response = await host.http.post("/oauth/token", data=form, auth=(machine.client_id, "x"))

    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
    assert (await host.http.post("/oauth/token", data=form)).status_code == 200


async def test_two_assertions_are_refused(host: Host, machine: RegisteredClient) -> None:
    """Section 2.2: one JWT, in one parameter."""
    first, second = (sign(claims_of(machine.client_id)) for _ in range(2))

    twice = await send(host, first, client_assertion=[first, second])
    joined = await send(host, f"{first} {second}")

    assert (twice.status_code, twice.json()["error"]) == (400, "invalid_request")
    assert_refused(joined)
    assert (await send(host, first)).status_code == 200


async def test_of_twenty_uses_of_one_assertion_one_succeeds(
    host: Host, machine: RegisteredClient
) -> None:
    """Section 3, point 7: the jti is spent in the store."""
    assertion = sign(claims_of(machine.client_id))

    answers = await asyncio.gather(*(send(host, assertion) for _ in range(20)))

    assert sorted(response.status_code for response in answers) == [200] + [401] * 19


async def test_an_assertion_works_in_one_process_only(tmp_path: Path) -> None:
    """Section 3, point 7: two servers on one file represent two processes."""
    database = tmp_path / "shared.db"
    async with running_host(database) as first, running_host(database) as second:
        assertion = sign(claims_of((await signing_client(first)).client_id))

        answers = await asyncio.gather(
            *(send(host, assertion) for host in (first, second, first, second))
        )

    assert sorted(response.status_code for response in answers) == [200, 401, 401, 401]


async def test_two_clients_may_use_one_jti(host: Host, machine: RegisteredClient) -> None:
    """RFC 7519 section 4.1.7: a jti is unique for its issuer."""
    other = await signing_client(host)

    answers = [
        await send(host, sign(claims_of(client.client_id, jti="same")))
        for client in (machine, other)
    ]

    assert [response.status_code for response in answers] == [200, 200]


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": None},
        {"aud": f"{ISSUER}/oauth/token"},
        {"aud": f"{ISSUER}/"},
        {"aud": ISSUER.upper()},
        {"aud": ISSUER.replace("127.0.0.1", "localhost")},
        {"aud": [ISSUER, "https://other.example"]},
        {"aud": []},
        {"aud": {}},
        {"exp": None},
        {"exp": "soon"},
        {"exp": True},
        {"exp": float("nan")},
        {"exp": float("inf")},
        {"exp": lambda now: now - 60},
        {"exp": lambda now: now + 3700},
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
    """Section 3; the audience is the issuer alone, and the lifetime is at most an hour."""
    assert_refused(await send(host, sign(claims_of(machine.client_id, **changes))))


async def test_a_small_clock_skew_is_tolerated(host: Host, machine: RegisteredClient) -> None:
    """Section 3, points 4 to 6: a small leeway for clock skew."""
    now = int(time.time())
    claims = claims_of(machine.client_id, exp=now - 20, iat=now + 20, nbf=now + 20)

    assert (await send(host, sign(claims))).status_code == 200


async def test_a_strangers_signature_is_refused(host: Host, machine: RegisteredClient) -> None:
    """Section 3, point 9."""
    assert_refused(await send(host, sign(claims_of(machine.client_id), STRANGER)))


@pytest.mark.parametrize("is_known", [True, False])
async def test_refused_assertions_beyond_the_limit_are_429(tmp_path: Path, is_known: bool) -> None:
    """RFC 6749 section 2.3.1: counted like wrong secrets; a valid one is never refused."""
    limits = GuessLimits(client_secret=GuessLimit(attempts=3, window_s=60))
    async with running_host(tmp_path / "a.db", limits=limits) as host:
        machine = await signing_client(host)
        issuer = machine.client_id if is_known else "unknown"
        refused = [await send(host, sign(claims_of(issuer), STRANGER)) for _ in range(5)]
        good = await send(host, sign(claims_of(machine.client_id)))

    assert [response.status_code for response in refused] == [401, 401, 401, 429, 429]
    assert refused[-1].json()["error"] == "temporarily_unavailable"
    assert good.status_code == 200


async def test_assertions_that_were_used_before_count_as_well(tmp_path: Path) -> None:
    """RFC 6749 section 2.3.1: each is a failed authentication."""
    limits = GuessLimits(client_secret=GuessLimit(attempts=1, window_s=60))
    async with running_host(tmp_path / "a.db", limits=limits) as host:
        assertion = sign(claims_of((await signing_client(host)).client_id))
        answers = [await send(host, assertion) for _ in range(3)]

    assert [response.status_code for response in answers] == [200, 401, 429]


async def test_a_refused_assertion_is_not_spent(host: Host, machine: RegisteredClient) -> None:
    """A stranger who learns a jti cannot spend it in place of the client."""
    claims = claims_of(machine.client_id)
    await send(host, sign(claims, STRANGER))

    assert (await send(host, sign(claims))).status_code == 200


async def test_an_unknown_client_has_the_same_response(host: Host) -> None:
    """RFC 9700 section 2.5."""
    assert_refused(await send(host, sign(claims_of("unknown"))))


@pytest.mark.parametrize("kid", ["ec", "another", None])
async def test_an_unknown_client_costs_a_signature_check_as_well(
    host: Host, machine: RegisteredClient, monkeypatch: pytest.MonkeyPatch, kid: str | None
) -> None:
    """RFC 9700 section 2.5: neither response nor work reveals which clients exist."""
    checks: list[str] = []
    ecdsa = jws.JWSRegistry.algorithms["ES256"]
    verify = ecdsa.verify

    def counted(*arguments: Any) -> bool:
        checks.append(client_id)
        return verify(*arguments)

    monkeypatch.setattr(ecdsa, "verify", counted)
    for client_id in (machine.client_id, "unknown"):
        header = {"alg": "ES256"} | ({"kid": kid} if kid else {})
        await send(host, jwt.encode(header, claims_of(client_id), STRANGER))

    assert checks == [machine.client_id, "unknown"]


async def test_a_disabled_client_is_refused(host: Host, machine: RegisteredClient) -> None:
    """Disabling takes effect immediately."""
    await host.update_client(machine, is_enabled=False)

    assert_refused(await send(host, sign(claims_of(machine.client_id))))


async def test_a_client_with_a_secret_cannot_sign(host: Host, client: RegisteredClient) -> None:
    """RFC 7591 section 2: the registered method only."""
    assert_refused(await send(host, sign(claims_of(client.client_id))))


async def test_a_signing_client_needs_its_signature(host: Host, machine: RegisteredClient) -> None:
    """RFC 6749 section 3.2.1."""
    response = await host.http.post(
        "/oauth/token",
        data={"grant_type": "client_credentials", "client_id": machine.client_id},
    )

    assert_refused(response)


@pytest.mark.parametrize("kind", [None, "", "urn:ietf:params:oauth:client-assertion-type:saml2"])
async def test_another_assertion_type_is_refused(
    host: Host, machine: RegisteredClient, kind: str | None
) -> None:
    """Section 2.2."""
    response = await send(host, sign(claims_of(machine.client_id)), client_assertion_type=kind)

    assert_refused(response)


async def test_the_log_contains_the_reason_and_not_the_assertion(
    host: Host, machine: RegisteredClient, caplog: pytest.LogCaptureFixture
) -> None:
    """The operator can find out what the response does not say."""
    caplog.set_level(logging.DEBUG)
    assertion = sign(claims_of(machine.client_id, aud="https://other.example"))

    await send(host, assertion)

    assert "reason='aud is not this issuer alone'" in caplog.text
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
        assert {"ES256", "EdDSA", "Ed25519", "PS256", "RS256"} < set(algorithms)
        assert not [name for name in algorithms if name == "none" or name.startswith("HS")]
