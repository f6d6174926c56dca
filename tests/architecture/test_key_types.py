"""The two names of a client are two types."""

from pathlib import Path

from mypy import api

ROOT = Path(__file__).parents[2]
SOURCE = """
from typing import Any

from qscope_store import Client, ClientConfig, StoreSession


async def mix_up(session: StoreSession[Any], client: Client, config: ClientConfig) -> None:
    await session.clients.get_registration(client.client_identifier, ray_id="")
    await session.clients.get_registration(config.client_id, ray_id="")
    await session.grants.list_granted_clients(client.id, now=0, ray_id="")
    ClientConfig(client_id=client.id, stamp=client.stamp)
    ClientConfig(client_id=client.client_identifier, stamp=client.stamp)
"""


def test_a_type_checker_tells_a_client_id_from_the_key_of_a_row(tmp_path: Path) -> None:
    """Each is a text, and mixing them up finds nothing or another client."""
    file = tmp_path / "mix_up.py"
    file.write_text(SOURCE, "utf-8")
    lines = SOURCE.splitlines()

    found, _, _ = api.run(["--config-file", str(ROOT / "pyproject.toml"), str(file)])

    refused = [int(line.split(":")[1]) for line in found.splitlines() if "[arg-type]" in line]
    assert [lines[number - 1].strip() for number in refused] == [
        'await session.clients.get_registration(config.client_id, ray_id="")',
        "ClientConfig(client_id=client.client_identifier, stamp=client.stamp)",
    ]
