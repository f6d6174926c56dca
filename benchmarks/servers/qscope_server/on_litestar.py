"""qscope on Litestar."""

from litestar import Litestar

from benchmarks.servers.collector import tune_collector
from benchmarks.servers.qscope_server import settings
from qscope_integrations.litestar import QScopePlugin


def create_app() -> Litestar:
    app = Litestar(plugins=[QScopePlugin(settings.config(), storage=settings.storage())])
    tune_collector()
    return app
