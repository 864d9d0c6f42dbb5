"""Pause all and resume all: one act, and nothing of it is lost or overdone when several people act at once."""

import threading

import pytest

from core.campaigns import pausing
from core.db import transaction
from core.errors import Refusal
from tests.faults.stage import wait_blocked
from tests.fixtures.domain import Domain

CAROL = "U03CAROL"


def another(domain: Domain, slug: str) -> None:
    domain.sql(
        "INSERT INTO campaigns (id, workspace_id, offer_id, account_id, slug, name)"
        " SELECT gen_random_uuid(), workspace_id, offer_id, account_id, %s, %s FROM campaigns WHERE slug = 'launch'",
        *(slug, slug.title()),
    )


def statuses(domain: Domain) -> dict[str, str]:
    return dict(domain.rows("SELECT slug, status FROM campaigns"))


def pause_all(domain: Domain) -> pausing.BulkStatusChange:
    with transaction() as tx:
        return pausing.pause_all(tx, domain.member(CAROL))


def resume_all(domain: Domain) -> pausing.BulkStatusChange:
    with transaction() as tx:
        return pausing.resume_all(tx, domain.member(CAROL))


def test_one_that_cannot_be_paused_pauses_none(domain: Domain) -> None:
    """One act: all of it, or nothing."""
    another(domain, "spring")
    domain.sql(
        "CREATE FUNCTION no_spring() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF NEW.slug = 'spring' THEN RAISE EXCEPTION 'no' USING ERRCODE = 'integrity_constraint_violation'; END IF;"
        " RETURN NEW; END $$"
    )
    domain.sql("CREATE TRIGGER no_spring BEFORE UPDATE ON campaigns FOR EACH ROW EXECUTE FUNCTION no_spring()")
    with pytest.raises(Exception, match="no"):
        pause_all(domain)
    assert statuses(domain) == {"launch": "active", "spring": "active"}
    assert domain.rows("SELECT count(*) FROM message_events WHERE verb = 'pause'") == [(0,)]


def test_two_who_pause_all_at_once_pause_each_once(domain: Domain) -> None:
    for number in range(6):
        another(domain, f"c{number}")
    outcomes: list[object] = []

    def pause() -> None:
        try:
            outcomes.append(len(pause_all(domain).switched))
        except Refusal as refusal:
            outcomes.append(refusal.code)

    threads = [threading.Thread(target=pause) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(map(str, outcomes)) == ["7", "nothing_to_do", "nothing_to_do", "nothing_to_do"]
    assert domain.rows("SELECT count(*) FROM message_events WHERE verb = 'pause'") == [(7,)]


def test_what_somebody_pauses_by_itself_meanwhile_is_not_resumed(domain: Domain) -> None:
    another(domain, "spring")
    pause_all(domain)
    done: list[pausing.BulkStatusChange] = []
    with transaction() as tx:
        by = domain.member(CAROL)
        pausing.resume(tx, domain.campaign_id, by)
        pausing.pause(tx, domain.campaign_id, by)
        other = threading.Thread(target=lambda: done.append(resume_all(domain)))
        other.start()
        wait_blocked("installation")
    other.join(30)
    assert [one.name for one in done[0].switched] == ["Spring"]
    assert done[0].left == ("Autumn launch",)
    assert statuses(domain) == {"launch": "paused", "spring": "active"}
