"""qscope on Litestar."""

from litestar import Litestar

from benchmarks.servers.qscope_server import settings
from qscope_integrations.litestar import QScopePlugin


def create_app() -> Litestar:
    return Litestar(plugins=[QScopePlugin(settings.config(), storage=settings.storage())])
