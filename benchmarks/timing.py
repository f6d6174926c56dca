"""Whether response times distinguish an unknown client from a wrong secret (RFC 6749 5.2)."""

import base64
import http.client
import random
import time
from statistics import median
from typing import Final
from urllib.parse import urlencode

from benchmarks.load import LoadError
from benchmarks.prepared import Subject
from benchmarks.results import Timing

SAMPLES: Final = 4000
_BODY: Final = urlencode({"grant_type": "client_credentials"})


def compare_failures(subject: Subject, samples: int = SAMPLES) -> Timing:
    """Send as many requests with either mistake, in random order over one connection.

    Raises `LoadError` when a response is not the 401 of a failed authentication.
    """
    known, _ = subject.plan.seeds.machine
    unknown = known[::-1]
    took: dict[str, list[float]] = {known: [], unknown: []}
    order = [known, unknown] * samples
    random.shuffle(order)
    connection = http.client.HTTPConnection("127.0.0.1", subject.server.port)
    for client_id in order[:200]:
        _ask(connection, subject.plan.paths.token, client_id)
    for client_id in order:
        took[client_id].append(_ask(connection, subject.plan.paths.token, client_id))
    connection.close()
    return Timing(
        samples=samples,
        unknown_client_ms=median(took[unknown]),
        wrong_secret_ms=median(took[known]),
    )


def _ask(connection: http.client.HTTPConnection, path: str, client_id: str) -> float:
    """Milliseconds until the response is complete."""
    credentials = base64.b64encode(f"{client_id}:{'w' * 43}".encode()).decode()
    headers = {
        "Authorization": f"Basic {credentials}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    begun = time.perf_counter_ns()
    connection.request("POST", path, body=_BODY, headers=headers)
    response = connection.getresponse()
    body = response.read()
    took = (time.perf_counter_ns() - begun) / 1e6
    if response.status != 401:
        raise LoadError(f"the status was {response.status}, not 401: {body[:200]!r}")
    return took
