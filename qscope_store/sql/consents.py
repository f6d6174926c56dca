"""What users agreed to, in SQL."""

from qscope_store.contracts import ConsentTable
from qscope_store.models import ClientKey, Consent
from qscope_store.queries import consents
from qscope_store.result import Result
from qscope_store.sql.executor import Executor
from qscope_store.sql.mapping import CONSENT
from qscope_store.sql.table import SqlTable


class OAuthConsentStore(SqlTable[Consent], ConsentTable):
    """`oauth_consents`."""

    def __init__(self, executor: Executor) -> None:
        super().__init__(executor, consents.CRUD, CONSENT)

    async def get_by_client_and_user(
        self, client_key: ClientKey, user_id: str, *, ray_id: str
    ) -> Result[Consent]:
        """See `ConsentTable.get_by_client_and_user`."""
        values = {"client_id": client_key, "user_id": user_id}
        return await self._find(consents.GET_BY_CLIENT_AND_USER, values, ray_id)
