"""What issues and spends is shown on every back end; the other bodies run on SQLite."""

from typing import Final

import pytest

ON_EVERY_BACK_END: Final = {
    "test_rfc6749_token_endpoint",
    "test_rfc7009_revocation",
    "test_rfc7662_introspection",
    "test_rfc8628_polling",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    is_shown = metafunc.module.__name__.rpartition(".")[2] in ON_EVERY_BACK_END
    if is_shown and "back_end" in metafunc.fixturenames:
        metafunc.parametrize("back_end", ["sqlite", "postgresql", "turso"])
