"""Rules about the database server itself, and what stands between it and us."""

import sqlalchemy as sa

from core.db import SERVER_LIMITS
from core.time_zones import is_time_zone
from core.verify.scene import Broken, Scene

_SETTINGS = sa.text("SELECT name, setting FROM pg_settings WHERE name = ANY(:names)")
_ZONES = sa.text("SELECT address, timezone, is_time_zone(timezone) AS known FROM accounts ORDER BY address")


def limits(scene: Scene) -> str:
    """The server ends what takes too long, also behind a connection pooler."""
    wanted = {name: str(milliseconds) for name, milliseconds in SERVER_LIMITS.items()}
    wanted["transaction_isolation"] = "read committed"
    found = {row.name: row.setting for row in scene.tx.execute(_SETTINGS, {"names": list(wanted)})}
    for name, value in wanted.items():
        if found.get(name) != value:
            raise Broken(f"{name} is {found.get(name)}, and not {value}")
    return "statement, lock and idle transaction end after " + ", ".join(
        f"{milliseconds // 1000} s" for milliseconds in SERVER_LIMITS.values()
    )


def zones(scene: Scene) -> str:
    """The database server and Signoff both know each account's time zone."""
    accounts = scene.tx.execute(_ZONES).all()
    for row in accounts:
        if not row.known or not is_time_zone(row.timezone):
            who = "Signoff" if row.known else "the database server"
            raise Broken(f"{row.address}: {who} does not know {row.timezone}; correct it, and run signoff apply")
    return f"{len({row.timezone for row in accounts})} time zones of {len(accounts)} accounts are known"
