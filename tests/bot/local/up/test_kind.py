"""A home is for the sandbox or for a real Slack, and not for both."""

from pathlib import Path

import pytest

from bot.local.up.kind import claim_home
from core.errors import SignoffError


@pytest.mark.parametrize("sandbox", [True, False])
def test_a_home_keeps_its_kind(tmp_path: Path, sandbox: bool) -> None:
    claim_home(tmp_path, sandbox=sandbox)
    claim_home(tmp_path, sandbox=sandbox)
    with pytest.raises(SignoffError, match="SIGNOFF_HOME="):
        claim_home(tmp_path, sandbox=not sandbox)
