"""The mail server of an account with a secret in its address, sealed in the database (`core.secrets`)."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import events
from core.actor import Actor
from core.errors import BadInput
from core.ids import UUID
from core.mail.server import MailServer, check_cafile, parse_mail_server
from core.models import Account
from core.secrets import seal
from core.taxonomy import Verb


def store_secret(tx: Connection, account_id: UUID, address: str, by: Actor) -> MailServer:
    """Seal and store `address`, such as smtps://user:password@host or resend://KEY@api.resend.com, as the account's,
    encrypted.

    Mail that is claimed from now on goes there. The event says that it changed, and nothing of what (P11). Raises
    `BadInput`, never quoting the address, where it is none; `SignoffError` where nothing can be encrypted.
    """
    try:
        server = parse_mail_server(address)
        check_cafile(server)
    except ValueError as error:
        raise BadInput(f"This is not a mail server address: {error}.", field="smtp_url") from None
    changed = tx.scalar(
        sa.update(Account)
        .where(Account.id == account_id, Account.workspace_id == by.workspace_id)
        .values(smtp_url=seal(address, account_id))
        .returning(Account.id)
    )
    if changed is None:
        raise BadInput("There is no such account.", field="address")
    data = {"kind": "account", "id": str(account_id), "created": False, "fields": ["smtp_url"]}
    events.write(tx, by, events.Entry(Verb.DECLARE, data=data))
    return server
