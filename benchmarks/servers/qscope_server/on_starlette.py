"""qscope on Starlette."""

from starlette.applications import Starlette

from benchmarks.servers.collector import tune_collector
from benchmarks.servers.qscope_server import settings
from qscope_integrations.starlette import QScope


def create_app() -> Starlette:
    qscope = QScope(settings.config(), storage=settings.storage())
    app = Starlette(
        routes=qscope.routes(), lifespan=qscope.lifespan, middleware=qscope.middleware()
    )
    tune_collector()
    return app
