"""The import contracts of pyproject.toml notice an import that goes up.

`make lint` checks the contracts on the tree as it is; here each is broken in a copy.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
PACKAGES: Final = ("qscope_store", "qscope_integrations", "example_app")
CORE: Final = "qscope_integrations/core"
LAYERS: Final = "The core: "


@dataclass(frozen=True, kw_only=True)
class Plant:
    """An import that must not be, and the start of the name of the contract that forbids it."""

    into: str
    of: str
    contract: str
    is_type_only: bool = False

    @property
    def text(self) -> str:
        if not self.is_type_only:
            return f"\nimport {self.of}\n"
        return f"\nfrom typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import {self.of}\n"


PLANTS: Final = {
    "kernel imports a feature": Plant(
        into=f"{CORE}/kernel/context.py",
        of="qscope_integrations.core.device",
        contract=LAYERS,
    ),
    "kernel imports a feature for its types": Plant(
        into=f"{CORE}/kernel/context.py",
        of="qscope_integrations.core.device",
        contract=LAYERS,
        is_type_only=True,
    ),
    "a shared room imports a feature": Plant(
        into=f"{CORE}/tokens/issuing.py",
        of="qscope_integrations.core.refresh_token.grant",
        contract=LAYERS,
    ),
    "a feature imports a feature": Plant(
        into=f"{CORE}/device/grant.py",
        of="qscope_integrations.core.revocation.endpoint",
        contract=LAYERS,
    ),
    "a feature imports the server": Plant(
        into=f"{CORE}/revocation/endpoint.py",
        of="qscope_integrations.core.server.config",
        contract=LAYERS,
    ),
    "a feature imports the server for its types": Plant(
        into=f"{CORE}/revocation/endpoint.py",
        of="qscope_integrations.core.server.config",
        contract=LAYERS,
        is_type_only=True,
    ),
    "settings import the context inside the kernel": Plant(
        into=f"{CORE}/kernel/settings.py",
        of="qscope_integrations.core.kernel.context",
        contract="The kernel: ",
        is_type_only=True,
    ),
    "the core imports a framework": Plant(
        into=f"{CORE}/kernel/http.py", of="starlette.requests", contract="The core knows no web"
    ),
    "a face imports a feature": Plant(
        into="qscope_integrations/starlette/plugin.py",
        of="qscope_integrations.core.device.page",
        contract="The faces know ",
    ),
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the packages and of their contracts."""
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def broken_contracts(tree: Path) -> list[str]:
    """The names of the contracts that do not hold."""
    finished = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=tree,
        env={**os.environ, "COLUMNS": "400"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    broken = re.findall(r"^(.+?) ?BROKEN", finished.stdout, re.MULTILINE)
    assert bool(broken) == bool(finished.returncode), finished.stdout + finished.stderr
    return broken


@pytest.mark.parametrize("plant", PLANTS.values(), ids=PLANTS)
def test_a_planted_import_breaks_its_contract_and_no_other(tree: Path, plant: Plant) -> None:
    """Who may import whom; imports for types only count as well."""
    path = tree / plant.into
    path.write_text(path.read_text() + plant.text)

    (broken,) = broken_contracts(tree)

    assert broken.startswith(plant.contract)


def test_the_faces_may_import_no_feature_at_all() -> None:
    """Their contract names the same folders as the layer of the features."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    by_id = {contract["id"]: contract for contract in contracts["contracts"]}
    server = by_id["core-layers"]["layers"].index("server")
    features = by_id["core-layers"]["layers"][server + 1].split(" | ")

    forbidden = by_id["faces-without-features"]["forbidden_modules"]

    assert forbidden == [f"qscope_integrations.core.{feature}" for feature in features]


def test_a_folder_of_the_core_that_no_layer_names_breaks_the_contract(tree: Path) -> None:
    """The contracts are exhaustive, so that a new feature cannot stand outside them."""
    folder = tree / CORE / "new_feature"
    folder.mkdir()
    (folder / "__init__.py").write_text('"""A feature that no layer lists."""\n')

    (broken,) = broken_contracts(tree)

    assert broken.startswith(LAYERS)
