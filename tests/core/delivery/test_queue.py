"""The statements of the queue are text: their columns are the fields of the rows that they are read as."""

import pytest
import sqlalchemy as sa

from core.db import transaction
from core.delivery import queue
from core.delivery.facts import AccountRow, DeliveryRow
from tests.fixtures.domain import Domain

STATEMENTS: dict[str, tuple[sa.TextualSelect, tuple[str, ...]]] = {
    "read account": (queue._READ_ACCOUNT, AccountRow._fields),
    "lock account": (queue._LOCK_ACCOUNT, AccountRow._fields),
    "head": (queue._HEAD, DeliveryRow._fields),
    "account and head": (queue._ACCOUNT_AND_HEAD, AccountRow._fields + DeliveryRow._fields),
    "delivery": (queue._DELIVERY_BY_ID, DeliveryRow._fields),
    "as if queued": (queue._AS_IF_QUEUED, AccountRow._fields + DeliveryRow._fields),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_the_columns_of_a_statement_are_the_fields_of_its_row(domain: Domain, name: str) -> None:
    statement, fields = STATEMENTS[name]
    values = {"account": domain.account_id, "priorities": [10], "delivery": None, "drafts": [], "now": None}
    with transaction() as tx:
        compiled = str(statement.compile(dialect=tx.dialect))
        assert tuple(tx.exec_driver_sql(compiled, values).keys()) == fields
