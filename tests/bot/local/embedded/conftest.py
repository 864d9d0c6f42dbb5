"""A home for servers of a test's own, stopped and removed at its end."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.databases import remove_home


@pytest.fixture
def base() -> Iterator[Path]:
    """A directory with a short path that every user may pass through (pytest's own lets nobody pass)."""
    directory = Path(tempfile.mkdtemp(prefix="signoff-base-"))
    directory.chmod(0o711)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def home(base: Path) -> Iterator[Path]:
    """A SIGNOFF_HOME that does not exist yet."""
    home = base / "home"
    yield home
    if home.exists():
        remove_home(home)
