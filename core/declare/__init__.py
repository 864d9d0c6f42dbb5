"""What `signoff apply FILE.toml` declares: `read` the file, then `apply` it to the database."""

from core.declare.apply import Applied, apply, take_turn
from core.declare.change import Change, Field
from core.declare.declaration import Declaration
from core.declare.read import located, read, unset_variables

__all__ = ["Applied", "Change", "Declaration", "Field", "apply", "located", "read", "take_turn", "unset_variables"]
