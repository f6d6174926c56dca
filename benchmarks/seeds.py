"""What a server's database must contain before a run, and what the load needs to know about it.

Every server has a seed command. It reads its order from the environment, fills the database in
`BENCH_DIRECTORY` and writes `seeds.json` next to it. The secrets belong to throw-away databases.
"""

import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Self

REDIRECT_URI: Final = "https://client.example/callback"
VERIFIER: Final = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE: Final = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
"""The example pair of RFC 7636 appendix B."""
SCOPE: Final = "profile"
DAY_S: Final = 86_400
"""Lifetime in seconds of everything prepared, so that nothing expires during a run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How much to prepare, and where."""

    directory: Path
    codes: int
    chains: int
    """Refresh tokens, each the first of a chain."""
    client_secret: str

    @classmethod
    def new(cls, directory: Path, *, codes: int, chains: int) -> Self:
        """An order with a new client secret."""
        secret = secrets.token_urlsafe(32)
        return cls(directory=directory, codes=codes, chains=chains, client_secret=secret)

    @classmethod
    def from_environment(cls) -> Self:
        """The order that another process has passed with `environment`."""
        return cls(
            directory=Path(os.environ["BENCH_DIRECTORY"]),
            codes=int(os.environ["BENCH_CODES"]),
            chains=int(os.environ["BENCH_CHAINS"]),
            client_secret=os.environ["BENCH_CLIENT_SECRET"],
        )

    def environment(self) -> dict[str, str]:
        """The order as variables for the seed command."""
        return {
            "BENCH_DIRECTORY": str(self.directory),
            "BENCH_CODES": str(self.codes),
            "BENCH_CHAINS": str(self.chains),
            "BENCH_CLIENT_SECRET": self.client_secret,
            "BENCH_REDIRECT_URI": REDIRECT_URI,
            "BENCH_CHALLENGE": CHALLENGE,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeds:
    """Credentials in the database of a server."""

    machine: tuple[str, str]
    """Identifier and secret of the client that uses client credentials and introspects."""
    web: tuple[str, str]
    """Identifier and secret of the client of the codes and refresh tokens."""
    access_token: str
    refresh_tokens: Sequence[str]
    codes: Sequence[str]

    @classmethod
    def read(cls, directory: Path) -> Self:
        """Read the seeds that a seed command has written there."""
        return cls(**json.loads((directory / "seeds.json").read_text()))

    def write(self, directory: Path) -> None:
        """Write the seeds for the load."""
        (directory / "seeds.json").write_text(json.dumps(asdict(self)))
