"""What `DATABASE_URL` says, read in one way for everything that connects: the engine, migrations, probes, commands.

`connect_arguments(url)` is what `psycopg.connect(**…)` takes. Understood are

    postgresql://user:password@host:5432/name    also postgres:// and postgresql+psycopg://, as other programs write it
    postgresql://user@one:5432,two:5432/name     several servers, of which the one that may be written to is used
    postgresql://user@/name?host=/var/run/postgresql     a Unix socket
    …?sslmode=require&…                             every parameter of libpq
    …?pgbouncer=true                                a pooler stands in between, as Prisma writes it

Whatever a user name, password or name of a database holds may be percent-encoded; of what is not, only `?` ends them.
"""

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

import psycopg

SCHEME = re.compile(r"postgres(?:ql)?(?:\+\w+)?://", re.IGNORECASE)
#: What other programs write into a DATABASE_URL, and what does the same here.
ELSEWHERE = {
    "connection_limit": "set DATABASE_CONNECTIONS instead",
    "pool_size": "set DATABASE_CONNECTIONS instead",
    "pool_timeout": "a process waits two seconds for a connection",
    "schema": "write options=-csearch_path%3DNAME, or set it with ALTER ROLE",
    "ssl": "write sslmode=require",
}

#: What every connection has, unless the URL says otherwise. A network that drops packets in silence (a failover, a
#: firewall that forgot us) is noticed within a minute, not after the quarter of an hour that TCP would take.
DEFAULTS = {
    "application_name": "signoff",
    "connect_timeout": "2",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}


class DatabaseUrl(NamedTuple):
    """A `DATABASE_URL`, read."""

    #: Keyword arguments of `psycopg.connect`, all text.
    arguments: dict[str, str]
    #: It says itself that a pooler stands in between.
    pooled: bool

    def __repr__(self) -> str:
        """Without its password."""
        return f"DatabaseUrl({self.arguments.get('host')}, {self.arguments.get('dbname')})"


def connect_arguments(url: str, **more: str) -> dict[str, str]:
    """Keyword arguments of `psycopg.connect`: what the URL says, over `more`, over DEFAULTS. Raises ValueError."""
    return DEFAULTS | more | read(url).arguments


@lru_cache(maxsize=8)
def read(url: str) -> DatabaseUrl:
    """Read a URL. Raises ValueError, whose sentence says what is wrong and holds nothing of a password."""
    match = SCHEME.match(url.strip())
    if match is None:
        raise ValueError("is not a database URL: postgresql://user:password@host/name")
    head, _, query = url.strip()[match.end() :].partition("?")
    credentials, _, rest = head.rpartition("@")
    servers, _, name = rest.partition("/")
    user, _, password = credentials.partition(":")
    hosts, ports = _servers(servers)
    asked, pooled = _parameters(query)
    said = {"user": user, "password": password, "host": hosts, "port": ports, "dbname": name}
    arguments = {key: unquote(value) for key, value in said.items() if value.strip(",")} | asked
    if "," in arguments.get("host", ""):
        arguments = {"target_session_attrs": "read-write"} | arguments
    return DatabaseUrl(arguments, pooled)


def _servers(text: str) -> tuple[str, str]:
    """Hosts and ports, both with commas, of `one:5432,two:5432`; an address of IPv6 stands in brackets."""
    hosts, ports = [], []
    for server in text.split(","):
        match = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(?::(\d*))?", server)
        if match is None or int(match[2] or 0) > 65_535:
            raise ValueError("has an invalid host or port: postgresql://user:password@host:5432/name")
        hosts.append(match[1].strip("[]"))
        ports.append(match[2] or "")
    return ",".join(hosts), ",".join(ports)


def _parameters(query: str) -> tuple[dict[str, str], bool]:
    """The parameters of libpq that a query string holds, and whether it says that there is a pooler."""
    known = _known()
    found: dict[str, str] = {}
    pooled = False
    hosts: list[str] = []
    for name, value in parse_qsl(query.replace("+", "%2B"), keep_blank_values=True):
        if name == "pgbouncer":
            pooled = value.casefold() not in ("false", "0", "no", "off")
        elif name == "host":
            hosts.append(value)
        elif name in known:
            found[name] = value
        else:
            remedy = ELSEWHERE.get(name, "every parameter of libpq can stand there")
            raise ValueError(f"has a parameter {name!r}, which PostgreSQL does not have: {remedy}")
    if hosts and all("/" in host for host in hosts):
        found["host"] = ",".join(hosts)
    elif hosts:  # SQLAlchemy's way of writing several servers: ?host=one:5432&host=two:5432
        names, ports = _servers(",".join(hosts))
        found |= {"host": names} | ({"port": ports} if ports.strip(",") else {})
    return found, pooled


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    """Every keyword that this libpq knows."""
    return frozenset(option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults())
