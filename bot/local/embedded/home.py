"""SIGNOFF_HOME: the directory of everything that stays on this machine."""

import os
from collections.abc import Mapping
from pathlib import Path


def home_of(env: Mapping[str, str]) -> Path:
    """SIGNOFF_HOME as an absolute path; `.signoff` in the working directory when unset."""
    return Path(env.get("SIGNOFF_HOME") or ".signoff").absolute()


def make_home(home: Path) -> None:
    """Make the directory when it is missing, for its owner alone; root's lets PostgreSQL's own user pass through."""
    home.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
