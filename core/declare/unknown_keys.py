"""Faults of a declaration in the terms of its file: which key was likely meant, and how its tables are written."""

from core.declare.declaration import AccountTable, CampaignTable, Declaration, MemberTable, Table, WorkspaceTable
from core.text.likely import did_you_mean
from core.text.validation import Fault

_TABLES: dict[str, type[Table]] = {
    "workspace": WorkspaceTable,
    "members": MemberTable,
    "accounts": AccountTable,
    "campaigns": CampaignTable,
}
#: Tables of which there may be several.
_SEVERAL = [name for name in _TABLES if name != "workspace"]


def in_toml(fault: Fault) -> str:
    """The problem, for somebody who looks at the file."""
    if fault.problem == "unknown field":
        return f"unknown key{_meant(str(fault.path[-1]), fault)}"
    if fault.problem == "must be a list" and fault.path in [(name,) for name in _SEVERAL]:
        return f"write [[{fault.path[0]}]] in double brackets: there may be several"
    if fault.problem == "must be an object" and fault.path == ("workspace",):
        return "write [workspace] in single brackets: there is one"
    return fault.problem


def _meant(key: str, fault: Fault) -> str:
    """The key of this table that is much like it; else the table that has this very key."""
    table = _TABLES.get(str(fault.path[0]), Declaration) if len(fault.path) > 1 else Declaration
    if meant := did_you_mean(key, table.model_fields):
        return meant
    homes = [name for name, other in _TABLES.items() if key in other.model_fields and other is not table]
    named = [f"[[{name}]]" if name in _SEVERAL else f"[{name}]" for name in homes]
    return f". It belongs to {' or '.join(named)}." if named else ""
