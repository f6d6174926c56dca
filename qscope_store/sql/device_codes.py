"""Device authorizations in SQL."""

from qscope_store.contracts import DeviceCodeTable
from qscope_store.models import DeviceCode
from qscope_store.queries import device_codes
from qscope_store.result import Result
from qscope_store.sql.executor import Executor
from qscope_store.sql.mapping import DEVICE_CODE
from qscope_store.sql.table import SqlTable


class OAuthDeviceCodeStore(SqlTable[DeviceCode], DeviceCodeTable):
    """`oauth_device_codes`."""

    def __init__(self, executor: Executor) -> None:
        super().__init__(executor, device_codes.CRUD, DEVICE_CODE)

    async def get_by_device_code(self, device_code: str, *, ray_id: str) -> Result[DeviceCode]:
        """See `DeviceCodeTable.get_by_device_code`."""
        values = {"device_code": device_code}
        return await self._find(device_codes.GET_BY_DEVICE_CODE, values, ray_id)

    async def get_by_user_code(self, user_code: str, *, ray_id: str) -> Result[DeviceCode]:
        """See `DeviceCodeTable.get_by_user_code`."""
        return await self._find(device_codes.GET_BY_USER_CODE, {"user_code": user_code}, ray_id)
