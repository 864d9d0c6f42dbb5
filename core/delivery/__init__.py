"""The verbs of delivery: claim, start, finish, expire (DESIGN §3). They decide whether a mail leaves, and that once.

Every verb is one short transaction. The attempt's id is the fencing token: an attempt that lost its lease can neither
start nor change the delivery that somebody else holds by now. Locks are taken in one order (docs/locks.md).
"""

from core.delivery.claiming import claim
from core.delivery.finishing import finish
from core.delivery.lease_expiry import expire_leases
from core.delivery.leased import Claimed
from core.delivery.starting import start

__all__ = ["Claimed", "claim", "expire_leases", "finish", "start"]
