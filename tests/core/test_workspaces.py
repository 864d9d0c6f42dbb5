"""Which time zone is meant: a member's own, or their workspace's."""

from core.db import transaction
from core.workspaces import timezone_for
from tests.fixtures.domain import Domain


def test_ones_own_zone_comes_before_the_workspaces(domain: Domain) -> None:
    domain.sql("UPDATE members SET timezone = 'Asia/Tokyo' WHERE slack_user_id = 'U02BOB'")
    with transaction() as tx:
        assert timezone_for(tx, domain.member("U02BOB")) == "Asia/Tokyo"
        assert timezone_for(tx, domain.member("U01ALICE")) == "Europe/London"
