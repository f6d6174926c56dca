"""Token requests as raw bytes on a socket."""

import asyncio
import base64
import socket
from contextlib import suppress
from typing import Final

import pytest

from tests.host import Host, RegisteredClient

pytestmark = pytest.mark.anyio

BODY: Final = b"grant_type=client_credentials&scope=notes%3Aread"


@pytest.fixture
async def machine(host: Host) -> RegisteredClient:
    return await host.register(grant_types=("client_credentials",), redirect_uris=())


def chunks(*parts: bytes) -> bytes:
    """The parts in chunked coding (RFC 9112 section 7.1), without the last chunk."""
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)


async def exchange(
    host: Host, client: RegisteredClient, body: bytes, *headers: str, target: str = "/oauth/token"
) -> str:
    """The complete response to a request with these headers and this body."""
    secret = base64.b64encode(f"{client.client_id}:{client.secret}".encode()).decode()
    head = [
        f"POST {target} HTTP/1.1",
        "Host: auth.example",
        "Connection: close",
        f"Authorization: Basic {secret}",
        "Content-Type: application/x-www-form-urlencoded",
        *headers,
    ]
    request = "\r\n".join([*head, "", ""]).encode() + body
    address = host.http.base_url.host, host.http.base_url.port
    return (await asyncio.to_thread(send_and_read, address, request)).decode()


def send_and_read(address: tuple[str, int | None], request: bytes) -> bytes:
    """What the server sends before it closes or resets the connection.

    It resets the connection if it does not read a body to its end. asyncio then discards what was
        received; blocking sockets do not.
    """
    response = b""
    with socket.create_connection(address, timeout=20) as connection, suppress(ConnectionError):
        with suppress(ConnectionError):
            connection.sendall(request)
        while data := connection.recv(65536):
            response += data
    return response


async def test_a_body_in_chunks_is_read_whole(host: Host, machine: RegisteredClient) -> None:
    """RFC 9112 section 7.1: as sent by clients that do not know the length."""
    body = chunks(BODY[:5], BODY[5:30], BODY[30:]) + b"0\r\n\r\n"

    response = await exchange(host, machine, body, "Transfer-Encoding: chunked")

    assert response.startswith("HTTP/1.1 200 ")
    assert '"scope":"notes:read"' in response


async def test_a_body_without_an_end_is_refused_before_it_comes(
    host: Host, machine: RegisteredClient
) -> None:
    """The server reads no more than 64 kilobytes."""
    response = await exchange(host, machine, chunks(b"a" * 2_000_000), "Transfer-Encoding: chunked")

    assert response.startswith("HTTP/1.1 413 ")
    assert '"error":"invalid_request"' in response


async def test_a_body_shorter_than_its_length_is_not_awaited(
    host: Host, machine: RegisteredClient
) -> None:
    """It announces a hundred megabytes and sends two."""
    response = await exchange(host, machine, b"a" * 2_000_000, "Content-Length: 100000000")

    assert response.startswith("HTTP/1.1 413 ")


async def test_a_request_with_two_lengths_is_refused(host: Host, machine: RegisteredClient) -> None:
    """RFC 9112 section 6.3: otherwise requests could be smuggled past a proxy."""
    body = chunks(BODY) + b"0\r\n\r\n"

    response = await exchange(
        host, machine, body, "Content-Length: 5", "Transfer-Encoding: chunked"
    )

    assert response.startswith("HTTP/1.1 400 ")
    assert "access_token" not in response


async def test_the_host_of_an_absolute_target_is_ignored(
    host: Host, machine: RegisteredClient
) -> None:
    """RFC 9112 section 3.2.2; the configuration sets the issuer."""
    response = await exchange(
        host,
        machine,
        BODY,
        f"Content-Length: {len(BODY)}",
        target="http://evil.example/oauth/token",
    )

    assert response.startswith("HTTP/1.1 200 ")
    assert "evil.example" not in response
