"""Async storage contracts for an OAuth 2 authorization server, and their implementations."""

from qscope_store import contracts, models
from qscope_store.contracts import *  # noqa: F403 - its __all__ is the list
from qscope_store.models import *  # noqa: F403 - its __all__ is the list
from qscope_store.result import ErrorCode, FailedResult, Result, SuccessResult

__all__ = ["ErrorCode", "FailedResult", "Result", "SuccessResult"]
__all__ += contracts.__all__
__all__ += models.__all__
