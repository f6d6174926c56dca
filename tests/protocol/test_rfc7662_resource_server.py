"""RFC 7662 from the side of an API that introspects; RFC 8707 for the audience of tokens."""

import asyncio
import datetime as dt
import ipaddress
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from qscope_integrations import ConfigurationError, IntrospectionUnavailable, RemoteTokenVerifier
from tests.frameworks.serving import serving

pytestmark = pytest.mark.anyio

GOOD = {"active": True, "client_id": "c", "sub": "alice", "scope": "profile", "exp": 200}


class Introspection:
    """An introspection endpoint that returns preset responses, and counts requests."""

    def __init__(self, body: bytes | dict[str, Any], status: int = 200) -> None:
        self.response = httpx2.Response(status, **{_kind(body): body})
        self.calls = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        self.calls += 1
        start = {"type": "http.response.start", "status": self.response.status_code, "headers": []}
        await send(start)
        await send({"type": "http.response.body", "body": self.response.content})


def _kind(body: bytes | dict[str, Any]) -> str:
    return "content" if isinstance(body, bytes) else "json"


async def _lifespan(receive: Any, send: Any) -> None:
    for word in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{word}.complete"})


@asynccontextmanager
async def asking(endpoint: Introspection, **settings: Any) -> AsyncIterator[RemoteTokenVerifier]:
    """A running verifier of this endpoint."""
    settings = {"client_id": "c", "client_secret": "s", "audience": None} | settings
    async with serving(endpoint) as origin:
        verifier = RemoteTokenVerifier(origin, **settings)
        async with verifier.running():
            yield verifier


async def test_a_valid_token_is_cached_for_the_configured_time() -> None:
    """Section 4: caching trades freshness for speed; the setting decides how much."""
    endpoint = Introspection(GOOD)
    async with asking(endpoint, cache_ttl_s=30) as verifier:
        found = [await verifier.verify("t", now=now) for now in (100, 129, 130)]

    assert all(found)
    assert endpoint.calls == 2


async def test_no_token_is_cached_beyond_its_expiry() -> None:
    """The token's `exp` limits the time in the cache."""
    endpoint = Introspection(GOOD)
    async with asking(endpoint, cache_ttl_s=1000) as verifier:
        assert await verifier.verify("t", now=199) is not None

        assert await verifier.verify("t", now=200) is None


async def test_the_cache_keeps_the_tokens_in_use() -> None:
    """It is bounded; the least recently used token is evicted."""
    endpoint = Introspection(GOOD)
    async with asking(endpoint, cache_size=2) as verifier:
        for token in ("a", "b", "a", "c", "a"):
            await verifier.verify(token, now=100)

    assert endpoint.calls == 3


async def test_an_invalid_token_is_introspected_each_time() -> None:
    """Invented tokens evict no valid one."""
    endpoint = Introspection({"active": False})
    async with asking(endpoint) as verifier:
        assert [await verifier.verify("t", now=100) for _ in range(2)] == [None, None]

    assert endpoint.calls == 2


@pytest.mark.parametrize(
    ("claims", "audience", "is_good"),
    [
        ({"aud": "https://api.example"}, "https://api.example", True),
        ({"aud": ["https://x.example", "https://api.example"]}, "https://api.example", True),
        ({"aud": "https://x.example"}, "https://api.example", False),
        ({}, "https://api.example", False),
        ({"aud": "https://x.example"}, None, True),
        ({"token_type": "refresh_token"}, None, False),
        ({"exp": 100}, None, False),
    ],
)
async def test_a_token_for_another_purpose_is_refused(
    claims: dict[str, Any], audience: str | None, is_good: bool
) -> None:
    """RFC 8707 section 2: a token is for the resources it names."""
    async with asking(Introspection(GOOD | claims), audience=audience) as verifier:
        assert (await verifier.verify("t", now=100) is not None) is is_good


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 200),
        (b"[]", 200),
        (b"{}", 200),
        (b'{"active": "true"}', 200),
        (b'{"active": true, "scope": 7}', 200),
        (b'{"active": true, "exp": "soon"}', 200),
        (b'{"active": false}', 401),
        (b'{"active": false}', 500),
        (b"x" * 100_000, 200),
    ],
)
async def test_an_unusable_response_means_unavailable(body: bytes, status: int) -> None:
    """The token is neither accepted nor refused."""
    async with asking(Introspection(body, status)) as verifier:
        with pytest.raises(IntrospectionUnavailable):
            await verifier.verify("t", now=100)


@pytest.mark.parametrize(
    "url", ["http://auth.example/introspect", "ftp://x", "introspect", "https://a:b", ""]
)
def test_a_secret_is_not_sent_in_the_clear(url: str) -> None:
    """RFC 7662 section 4: TLS."""
    with pytest.raises(ConfigurationError, match="https"):
        RemoteTokenVerifier(url, client_id="c", client_secret="s", audience=None)


def self_signed(directory: Path) -> Path:
    """A self-signed certificate for 127.0.0.1 with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = directory / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file


@asynccontextmanager
async def over_tls(certificate: Path, requests: list[bytes]) -> AsyncIterator[str]:
    """The URL of a server for which every token is valid."""
    body = json.dumps(GOOD).encode()

    async def response(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(
            b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(body)
        )
        writer.write(body)
        await writer.drain()
        writer.close()

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    server = await asyncio.start_server(response, "127.0.0.1", 0, ssl=context)
    async with server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/introspect"


@pytest.mark.parametrize("is_trusted", [False, True])
async def test_the_certificate_of_the_server_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_trusted: bool
) -> None:
    """Section 4: neither secret nor token is sent to a server that cannot prove its name."""
    certificate, requests = self_signed(tmp_path), list[bytes]()
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with over_tls(certificate, requests) as url:
        verifier = RemoteTokenVerifier(url, client_id="c", client_secret="s", audience=None)
        async with verifier.running():
            if is_trusted:
                assert await verifier.verify("t", now=100) is not None
            else:
                with pytest.raises(IntrospectionUnavailable):
                    await verifier.verify("t", now=100)

    assert len(requests) == is_trusted
