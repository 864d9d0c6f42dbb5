"""Dealing: who is away, in quiet hours or muted, gets no new card and keeps nothing to themselves."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from core.actor import slack_user
from core.db import transaction
from core.errors import BadInput, Refusal
from core.models import Member
from core.reviewers import mute
from core.taxonomy import RefusalCode, Verb
from tests.core.reviewers.routing_parts import (
    ALICE,
    BOB,
    CAROL,
    MOMENT,
    NOON,
    assigned,
    back,
    behind,
    campaign,
    cards,
    catch_up,
    clock_stands,
    come,
    counts,
    deal,
    ensure,
    id_of,
    owed,
    quiet_now,
    reviewers,
    revisions,
    workspace,
)
from tests.fixtures.domain import Domain

pytestmark = pytest.mark.slow


def muting(domain: Domain, user: str, until: datetime | None = None) -> None:
    with transaction() as tx:
        mute.mute(tx, slack_user(tx, "T01TEST", user), until)


def unmuting(domain: Domain, user: str) -> None:
    with transaction() as tx:
        mute.unmute(tx, slack_user(tx, "T01TEST", user))


def test_in_quiet_hours_no_new_card_comes_and_what_is_open_stays(domain: Domain) -> None:
    (before,) = come(domain, 1)
    quiet_now(domain, ALICE)
    (during,) = come(domain, 1)
    assert cards(domain, ALICE) == [before]
    assert cards(domain, BOB) == [before, during]
    domain.edit(before)
    assert before in behind(domain), "what they have open is kept true"
    ensure(domain, before)
    assert deal(domain) == []
    back(domain, ALICE)
    assert deal(domain) == [during]
    assert cards(domain, ALICE) == [before, during]


@pytest.mark.parametrize("routing", ["everyone", "round_robin", "least_loaded"])
def test_when_all_are_quiet_a_draft_waits_for_the_first_who_is_back(domain: Domain, routing: str) -> None:
    campaign(domain, routing=routing)
    for user in (ALICE, BOB, CAROL):
        quiet_now(domain, user)
    (draft,) = come(domain, 1)
    assert counts(domain) == {}
    assert deal(domain) == []
    back(domain, BOB)
    assert deal(domain) == [draft]
    assert cards(domain, BOB) == [draft]
    assert counts(domain) == {BOB: 1}


def test_turns_pass_over_who_is_quiet(domain: Domain) -> None:
    campaign(domain, routing="round_robin")
    quiet_now(domain, BOB)
    come(domain, 4)
    assert counts(domain) == {ALICE: 2, CAROL: 2}


def test_muted_until_they_say_so(domain: Domain) -> None:
    (before,) = come(domain, 1)
    muting(domain, ALICE)
    (during,) = come(domain, 1)
    assert cards(domain, ALICE) == [before]
    assert deal(domain) == []
    unmuting(domain, ALICE)
    assert deal(domain) == [during]
    assert cards(domain, ALICE) == [before, during]
    verbs = [verb for verb, *_ in domain.events() if verb in (Verb.MUTE, Verb.UNMUTE)]
    assert verbs == [Verb.MUTE, Verb.UNMUTE]


def test_who_hears_of_things_again_may_be_owed_some_and_others_stay_muted(domain: Domain) -> None:
    muting(domain, ALICE)
    muting(domain, BOB)
    unmuting(domain, ALICE)
    assert owed(domain) == {ALICE}
    assert domain.rows("SELECT slack_user_id FROM members WHERE muted_until IS NOT NULL") == [(BOB,)]


def test_muted_for_a_while(domain: Domain) -> None:
    muting(domain, ALICE, datetime.now(UTC) + timedelta(hours=1))
    (draft,) = come(domain, 1)
    assert cards(domain, ALICE) == []
    domain.sql("UPDATE members SET muted_until = now() - interval '1 second' WHERE muted_until IS NOT NULL")
    assert deal(domain) == [draft]
    assert cards(domain, ALICE) == [draft]


def test_the_history_says_until_when(domain: Domain) -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    muting(domain, ALICE, until)
    muting(domain, BOB)
    assert domain.rows("SELECT data FROM message_events WHERE verb = 'mute' ORDER BY id") == [
        ({"until": until.isoformat(timespec="seconds")},),
        ({},),
    ]


@pytest.mark.parametrize(
    ("until", "handed_on"),
    [
        (NOON + MOMENT, False),
        (NOON + timedelta(days=1), False),
        (NOON + timedelta(days=1) + MOMENT, True),
        (None, True),
    ],
)
def test_what_is_theirs_is_looked_at_again_only_when_they_are_away_for_more_than_a_day(
    domain: Domain, until: datetime | None, handed_on: bool
) -> None:
    theirs, bobs, decided = (domain.ingest() for _ in range(3))
    for draft, user in ((theirs, ALICE), (bobs, BOB), (decided, ALICE)):
        domain.sql("UPDATE drafts SET assigned_to = %s WHERE id = %s", id_of(domain, user), draft)
    domain.reject(decided)
    before = revisions(domain)
    with transaction() as tx:
        by = slack_user(tx, "T01TEST", ALICE)
        clock_stands(tx)
        mute.mute(tx, by, until)
    assert revisions(domain) == before | ({theirs: before[theirs] + 1} if handed_on else {})


def test_now_is_no_time_to_come_and_a_mute_ends_at_its_moment(domain: Domain) -> None:
    with transaction() as tx:
        by = slack_user(tx, "T01TEST", ALICE)
        clock_stands(tx)
        with pytest.raises(BadInput, match=r"^Choose a time in the future\.$") as bad:
            mute.mute(tx, by, NOON)
        assert bad.value.field == "until"
        with pytest.raises(Refusal, match=r"^You are not muted\.$") as refused:
            mute.unmute(tx, by)
        assert refused.value.code == RefusalCode.NOTHING_TO_DO
        mute.mute(tx, by, NOON + MOMENT)
        mute.unmute(tx, by)
        tx.execute(sa.update(Member).values(muted_until=NOON))
        with pytest.raises(Refusal, match="not muted"):
            mute.unmute(tx, by)


def test_who_is_no_member_is_not_muted(domain: Domain) -> None:
    with transaction() as tx, pytest.raises(Refusal, match="not a member of this workspace") as refused:
        mute.mute(tx, slack_user(tx, "T01TEST", "U99STRANGER"), None)
    assert refused.value.code == RefusalCode.UNKNOWN_MEMBER


def test_muted_and_full_at_once(domain: Domain) -> None:
    workspace(domain, open_cards=1)
    drafts = come(domain, 3)
    muting(domain, ALICE)
    domain.reject(drafts[0])
    catch_up(domain)
    assert counts(domain) == {BOB: 1, CAROL: 1}
    unmuting(domain, ALICE)
    catch_up(domain)
    assert cards(domain, ALICE) == [drafts[1]]


@pytest.mark.parametrize("routing", ["everyone", "round_robin", "least_loaded"])
def test_p2_who_goes_on_leave_keeps_nothing_to_themselves(domain: Domain, routing: str) -> None:
    campaign(domain, routing=routing)
    reviewers(domain, ALICE, BOB)
    (draft,) = come(domain, 1)
    domain.sql("UPDATE drafts SET assigned_to = %s WHERE id = %s", id_of(domain, ALICE), draft)
    domain.sql("DELETE FROM cards WHERE member_id <> %s", id_of(domain, ALICE))
    ensure(domain, draft)
    muting(domain, ALICE, datetime.now(UTC) + timedelta(hours=12))
    catch_up(domain)
    assert (assigned(domain, draft), cards(domain, BOB)) == (ALICE, []), "they are back tomorrow"
    muting(domain, ALICE, datetime.now(UTC) + timedelta(days=3))
    catch_up(domain)
    assert assigned(domain, draft) == (None if routing == "everyone" else BOB)
    assert cards(domain, BOB) == [draft]
