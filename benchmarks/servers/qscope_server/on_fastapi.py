"""qscope on FastAPI."""

from fastapi import FastAPI

from benchmarks.servers.collector import tune_collector
from benchmarks.servers.qscope_server import settings
from qscope_integrations.fastapi import QScope


def create_app() -> FastAPI:
    qscope = QScope(settings.config(), storage=settings.storage())
    app = FastAPI(routes=qscope.routes(), lifespan=qscope.lifespan, middleware=qscope.middleware())
    tune_collector()
    return app
