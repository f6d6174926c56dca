"""qscope on Litestar."""

from litestar import Litestar

from benchmarks.servers.heap import freeze_heap
from benchmarks.servers.qscope_server import settings
from qscope_integrations.litestar import QScopePlugin


def create_app() -> Litestar:
    app = Litestar(plugins=[QScopePlugin(settings.config(), storage=settings.storage())])
    freeze_heap()
    return app
