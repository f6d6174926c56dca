"""The workloads, which are the same for all servers."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode

from benchmarks.load import CONNECTIONS, Load
from benchmarks.seeds import REDIRECT_URI, SCOPE, VERIFIER, Seeds

CHAINS: Final = CONNECTIONS + 2
"""wrk prepares requests that it never sends, so more chains than connections are needed."""


class Phase(StrEnum):
    """The purpose of a load."""

    WARM_UP = "warm-up"
    MEASURED = "measured"


class Workload(StrEnum):
    """A kind of request."""

    HELLO = "hello"
    T1 = "T1"
    T2 = "T2"
    T3 = "T3"
    T4 = "T4"


OAUTH: Final = (Workload.T1, Workload.T2, Workload.T3, Workload.T4)
TITLES: Final = {
    Workload.HELLO: "hello-world JSON",
    Workload.T1: "client credentials",
    Workload.T2: "introspection of a valid token",
    Workload.T3: "refresh with rotation, each chain with its own token",
    Workload.T4: "authorization code with PKCE at the token endpoint",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """The paths of a server's endpoints."""

    token: str = "/oauth/token"
    introspection: str = "/oauth/introspect"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The seeds of a server, distributed so that no credential is used twice."""

    paths: Paths
    seeds: Seeds
    warm_share: float
    """The share of the codes for the warm-up, between 0 and 1."""

    def load(self, workload: Workload, phase: Phase) -> Load:
        """The load of a workload; the phases use different codes and chains."""
        return _LOADS[workload](self, phase)


def _hello(_plan: Plan, _phase: Phase) -> Load:
    return Load(path="/hello")


def _client_credentials(plan: Plan, _phase: Phase) -> Load:
    return Load(
        path=plan.paths.token,
        client=plan.seeds.machine,
        bodies=[urlencode({"grant_type": "client_credentials", "scope": SCOPE})],
        expected='"access_token"',
    )


def _introspection(plan: Plan, _phase: Phase) -> Load:
    return Load(
        path=plan.paths.introspection,
        client=plan.seeds.machine,
        bodies=[urlencode({"token": plan.seeds.access_token})],
        expected="true",
    )


def _refresh(plan: Plan, phase: Phase) -> Load:
    tokens = plan.seeds.refresh_tokens
    chains = tokens[:CHAINS] if phase is Phase.WARM_UP else tokens[CHAINS : 2 * CHAINS]
    return Load(
        path=plan.paths.token,
        client=plan.seeds.web,
        bodies=[urlencode({"grant_type": "refresh_token", "refresh_token": t}) for t in chains],
        expected='"refresh_token"',
        follow="refresh_token",
    )


def _code(plan: Plan, phase: Phase) -> Load:
    form = {
        "grant_type": "authorization_code",
        "redirect_uri": REDIRECT_URI,
        "code_verifier": VERIFIER,
    }
    cut = int(len(plan.seeds.codes) * plan.warm_share)
    codes = plan.seeds.codes[:cut] if phase is Phase.WARM_UP else plan.seeds.codes[cut:]
    return Load(
        path=plan.paths.token,
        client=plan.seeds.web,
        bodies=[urlencode(form | {"code": code}) for code in codes],
        expected='"refresh_token"',
    )


_LOADS: Final[dict[Workload, Callable[[Plan, Phase], Load]]] = {
    Workload.HELLO: _hello,
    Workload.T1: _client_credentials,
    Workload.T2: _introspection,
    Workload.T3: _refresh,
    Workload.T4: _code,
}
