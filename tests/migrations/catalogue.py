"""What PostgreSQL's catalogue holds of a database, as text that people read and tests compare.

`catalogue.txt` beside this file is the text of the newest revision. Whoever adds a migration writes it anew, and its
difference is reviewed with the migration:

    python -m tests.migrations.catalogue
"""

import tempfile
from pathlib import Path
from typing import Any

import psycopg

from bot.local.embedded import postgres, stop_servers
from core.installation.schema import migrate

CATALOGUE = Path(__file__).parent / "catalogue.txt"

OURS = "n.nspname = 'public'"

#: Each gives (what it belongs to, the line), in an order that does not depend on how the schema was made. Only columns
#: stand as they do in their table.
QUESTIONS: tuple[tuple[str, str], ...] = (
    (
        "columns",
        f"""
        SELECT c.relname, format('column %s %s%s%s%s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
               CASE WHEN l.collname <> 'default' THEN ' COLLATE ' || l.collname ELSE '' END,
               CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END,
               CASE a.attgenerated WHEN '' THEN ' DEFAULT ' ELSE ' GENERATED ' || a.attgenerated::text || ' ' END
                   || pg_get_expr(d.adbin, d.adrelid),
               CASE WHEN a.attidentity <> '' THEN ' IDENTITY ' || a.attidentity::text END,
               nullif(concat_ws(' ', '',
                                CASE WHEN a.attstorage <> t.typstorage THEN 'STORAGE ' || a.attstorage::text END,
                                'COMPRESSION ' || nullif(a.attcompression::text, ''),
                                CASE WHEN a.attstattarget >= 0 THEN 'STATISTICS ' || a.attstattarget END,
                                a.attoptions::text), ''))
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_type t ON t.oid = a.atttypid
        LEFT JOIN pg_collation l ON l.oid = a.attcollation
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE {OURS} AND c.relkind IN ('r', 'v') AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY c.relname, a.attnum
        """,
    ),
    (
        "constraints",
        f"""
        SELECT c.relname, format('constraint %s %s', k.conname, pg_get_constraintdef(k.oid))
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {OURS} AND k.contype NOT IN ('n', 't')  -- NOT NULL stands at its column, a constraint trigger below
        ORDER BY c.relname, k.conname COLLATE "C"
        """,
    ),
    (
        "indexes",
        f"""
        SELECT t.relname, concat_ws(' ', 'index', pg_get_indexdef(i.indexrelid), c.reloptions::text,
               CASE WHEN NOT i.indisvalid THEN 'INVALID' END, CASE WHEN i.indisreplident THEN 'REPLICA IDENTITY' END,
               CASE WHEN i.indisclustered THEN 'CLUSTERED' END)
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
        JOIN pg_namespace n ON n.oid = t.relnamespace
        WHERE {OURS} ORDER BY t.relname, c.relname COLLATE "C"
        """,
    ),
    (
        "triggers",
        f"""
        SELECT c.relname, concat_ws(' ', 'trigger', pg_get_triggerdef(t.oid),
               CASE WHEN t.tgenabled <> 'O' THEN 'ENABLED ' || t.tgenabled::text END)
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {OURS} AND NOT t.tgisinternal ORDER BY c.relname, t.tgname COLLATE "C"
        """,
    ),
    (
        "options of tables and views",
        f"""
        SELECT c.relname, concat_ws(' ', 'option', c.reloptions::text, t.reloptions::text,
               CASE WHEN c.relpersistence <> 'p' THEN 'PERSISTENCE ' || c.relpersistence::text END,
               CASE WHEN c.relrowsecurity OR c.relforcerowsecurity THEN 'ROW SECURITY' END,
               CASE WHEN c.relreplident <> 'd' THEN 'REPLICA IDENTITY ' || c.relreplident::text END, c.relacl::text)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
        WHERE {OURS} AND c.relkind IN ('r', 'v', 'S') AND (
            num_nonnulls(c.reloptions, t.reloptions, c.relacl) > 0 OR c.relpersistence <> 'p' OR c.relrowsecurity
            OR c.relforcerowsecurity OR c.relreplident NOT IN ('d', 'n')
        ) ORDER BY c.relname
        """,
    ),
    (
        "rules, policies and extended statistics",
        """
        SELECT name, line FROM (
            SELECT r.tablename AS name, r.definition AS line FROM pg_rules r WHERE r.schemaname = 'public'
            UNION ALL SELECT p.tablename, 'policy ' || p.policyname FROM pg_policies p WHERE p.schemaname = 'public'
            UNION ALL SELECT e.tablename, 'statistics ' || pg_get_statisticsobjdef(s.oid)
            FROM pg_stats_ext e JOIN pg_statistic_ext s ON s.stxname = e.statistics_name WHERE e.schemaname = 'public'
        ) others ORDER BY name, line
        """,
    ),
    (
        "sequences",
        f"""
        SELECT c.relname, format('sequence %s START %s INCREMENT %s MIN %s MAX %s CACHE %s%s',
               format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache,
               CASE WHEN s.seqcycle THEN ' CYCLE' END)
        FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {OURS} ORDER BY c.relname
        """,
    ),
    (
        "views",
        f"""
        SELECT c.relname, 'view' || E'\\n' || pg_get_viewdef(c.oid)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {OURS} AND c.relkind IN ('v', 'm') ORDER BY c.relname
        """,
    ),
    (
        "functions",
        f"""
        SELECT format('%s(%s)', p.proname, pg_get_function_identity_arguments(p.oid)),
               concat_ws(E'\\n', pg_get_functiondef(p.oid), p.proacl::text)
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {OURS} ORDER BY 1
        """,
    ),
    (
        "types",
        f"""
        SELECT t.typname, concat_ws(' ', 'type', t.typtype, format_type(nullif(t.typbasetype, 0), t.typtypmod),
               (SELECT string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid))
        FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
        WHERE {OURS} AND t.typtype NOT IN ('b', 'c') ORDER BY t.typname
        """,
    ),
    (
        "comments",
        """
        SELECT o.type, concat_ws(' ', o.identity, d.description)
        FROM pg_description d, pg_identify_object(d.classoid, d.objoid, d.objsubid) o
        WHERE o.schema = 'public' ORDER BY 1, 2
        """,
    ),
    (
        "extensions, schemas and event triggers",
        """
        SELECT 'database', line FROM (
            SELECT 'extension ' || extname AS line FROM pg_extension
            UNION ALL SELECT 'schema ' || nspname FROM pg_namespace
            WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
            UNION ALL SELECT 'event trigger ' || evtname FROM pg_event_trigger
            UNION ALL SELECT 'publication ' || pubname FROM pg_publication
        ) others ORDER BY line
        """,
    ),
)

#: Whose rows say how far the migrations are, and not what they made.
BOOKKEEPING = "alembic_version"


def describe(url: str) -> str:
    """The whole catalogue of a database, and the rows that its migrations put in (so: of one that nobody used)."""
    with psycopg.connect(url) as connection:
        connection.execute("SET search_path TO public")
        lines = []
        for kind, question in QUESTIONS:
            lines.append(f"\n==== {kind} ====")
            owner = None
            for name, line in _rows(connection, question):
                if name != owner:
                    lines.append(f"\n{name}")
                    owner = name
                lines.append("\n".join(f"    {part}".rstrip() for part in line.strip("\n").split("\n")))
        lines.append("\n==== rows ====")
        for (table,) in _rows(connection, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"):
            if table == BOOKKEEPING:
                continue
            rows = _rows(connection, f"SELECT to_jsonb(t)::text FROM {table} t ORDER BY 1")
            lines += [f"\n{table}"] * bool(rows) + [f"    {row}" for (row,) in rows]
    return "\n".join(lines).strip("\n") + "\n"


def _rows(connection: "psycopg.Connection[Any]", question: str) -> list[Any]:
    return connection.execute(question.encode()).fetchall()


def write() -> None:
    """Migrate a database that is made for this alone, and keep its catalogue."""
    with tempfile.TemporaryDirectory(prefix="signoff-catalogue-") as place:
        home = Path(place)
        home.chmod(0o711)  # as root, PostgreSQL's own user passes through
        url = postgres.ensure(home, durable=False)
        try:
            migrate(url)
            CATALOGUE.write_text(describe(url), encoding="utf-8")
        finally:
            stop_servers(home)


if __name__ == "__main__":
    write()
