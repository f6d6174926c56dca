"""All parts of the kit as one class."""

from qscope_store.testing.audit import AuditLogContract
from qscope_store.testing.bulk import BulkContract
from qscope_store.testing.codes import CodeContract, IssueContract
from qscope_store.testing.devices import DeviceContract
from qscope_store.testing.events import EventContract
from qscope_store.testing.guessing import ClaimContract, RateLimitContract
from qscope_store.testing.limits import LimitContract
from qscope_store.testing.parties import ClientContract, UserContract
from qscope_store.testing.proofs import UsedProofContract
from qscope_store.testing.races import RaceContract
from qscope_store.testing.refresh import LeewayContract, RefreshContract
from qscope_store.testing.reuse import ReuseContract
from qscope_store.testing.revoking import PruneContract, RevokeContract
from qscope_store.testing.sessions import CancellationContract, SessionContract
from qscope_store.testing.tables import TableContract
from qscope_store.testing.tokens import TokenContract


class StoreContract(
    TableContract,
    BulkContract,
    ClientContract,
    UserContract,
    TokenContract,
    AuditLogContract,
    CodeContract,
    IssueContract,
    RefreshContract,
    LeewayContract,
    ReuseContract,
    DeviceContract,
    ClaimContract,
    RateLimitContract,
    UsedProofContract,
    EventContract,
    LimitContract,
    RevokeContract,
    PruneContract,
    RaceContract,
    CancellationContract,
    SessionContract,
):
    """What a backend has to pass. Subclass it and override the fixture `storage`."""
