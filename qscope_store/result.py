"""What a contract method returns: what was asked for, or a code that says why not."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Generic, Literal, TypeVar

T_co = TypeVar("T_co", covariant=True)


class ErrorCode(StrEnum):
    """Why an operation did not succeed. Each contract method names its own."""

    NOT_FOUND = "NOT_FOUND"
    """No row matches."""
    INSERT_FAILED = "INSERT_FAILED"
    """A row could not be written: a row it refers to is missing, or a value breaks a rule."""
    UPDATE_FAILED = "UPDATE_FAILED"
    """A row could not be changed: it refers to a missing row, or breaks a rule."""
    DELETE_FAILED = "DELETE_FAILED"
    """A rule forbids the deletion."""
    CONFLICT = "CONFLICT"
    """A row with the same key, or the same unique value, exists."""
    EXPIRED = "EXPIRED"
    """The credential is past its lifetime."""
    REVOKED = "REVOKED"
    """The token, its grant, its client or its user is no longer valid."""
    REPLAYED = "REPLAYED"
    """A credential that can be spent once was presented again; its grant is now revoked."""
    PENDING = "PENDING"
    """The user has not decided about the device yet (RFC 8628 section 3.5)."""
    SLOW_DOWN = "SLOW_DOWN"
    """The device polls faster than its interval (RFC 8628 section 3.5)."""
    DENIED = "DENIED"
    """The user has denied access."""
    LIMITED = "LIMITED"
    """It happened too often; the row of the limit says when it may happen again."""


@dataclass(frozen=True, slots=True)
class SuccessResult(Generic[T_co]):
    """The operation did what it promises; `client_message` is what it returns."""

    ray_id: str
    client_message: T_co

    @property
    def status(self) -> Literal[True]:
        """True."""
        return True


@dataclass(frozen=True, slots=True)
class FailedResult:
    """The operation changed nothing but what its contract says it does on this failure."""

    ray_id: str
    client_message: str
    """For people; never has a driver's text, a value or a secret."""
    error_code: ErrorCode

    @property
    def status(self) -> Literal[False]:
        """False."""
        return False


Result = SuccessResult[T_co] | FailedResult

MESSAGES: Final[dict[ErrorCode, str]] = {
    ErrorCode.NOT_FOUND: "There is no such row.",
    ErrorCode.INSERT_FAILED: "The row refers to a missing row or breaks a rule; it is not written.",
    ErrorCode.UPDATE_FAILED: "The row refers to a missing row or breaks a rule; it is not changed.",
    ErrorCode.DELETE_FAILED: "The row could not be deleted.",
    ErrorCode.CONFLICT: "A row with the same key or unique value exists.",
    ErrorCode.EXPIRED: "It has expired.",
    ErrorCode.REVOKED: "It has been revoked.",
    ErrorCode.REPLAYED: "It was used before; everything that came from it is revoked.",
    ErrorCode.PENDING: "The user has not decided yet.",
    ErrorCode.SLOW_DOWN: "The client polls too fast.",
    ErrorCode.DENIED: "The user has refused.",
    ErrorCode.LIMITED: "It was tried too often.",
}


def failed(error_code: ErrorCode, ray_id: str) -> FailedResult:
    """A failure with the standard text of its code."""
    return FailedResult(ray_id, MESSAGES[error_code], error_code)
