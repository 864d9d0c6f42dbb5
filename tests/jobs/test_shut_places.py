"""A place in Slack that takes no message: left alone ever longer, told once, and nobody else's loss."""

import pytest
import redis
from prometheus_client.parser import text_string_to_metric_families

from core.deadline import Deadline
from core.ids import UUID
from core.settings import settings
from core.telemetry import metrics
from core.telemetry.probes import Health
from jobs.refresh_home import refresh
from jobs.slack import budget, lost_rights
from jobs.slack.client import SlackTrouble, call
from jobs.tell_admins import tell_admins
from tests.bot.slack.outreach.parts import said
from tests.fixtures.domain_with_slack import ALICE, BOB, CAROL, VERA, DomainWithSlack, live_buttons
from tests.fixtures.full_stack import REVIEWERS
from tests.jobs.test_sync_cards import behind

CHANNEL = "C01REVIEW"


@pytest.fixture
def shut(domain_with_slack: DomainWithSlack) -> DomainWithSlack:
    """A campaign with a channel that Slack lets nobody post in. Bob is an owner, Carol an admin."""
    domain_with_slack.sql("UPDATE members SET role = 'owner' WHERE slack_user_id = %s", BOB)
    domain_with_slack.sql("UPDATE campaigns SET slack_channel = %s", CHANNEL)
    domain_with_slack.slack.fault(
        "chat.postMessage", "error", code="restricted_action", channel=CHANNEL, times=1_000_000
    )
    return domain_with_slack


def posts(domain_with_slack: DomainWithSlack, channel: str = CHANNEL) -> int:
    """How many posts left for that channel, refused or not."""
    return sum(one.get("channel") == channel for one in domain_with_slack.slack.calls("chat.postMessage"))


def tell(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.sql("UPDATE alerts SET try_after = now() WHERE told_at IS NULL")
    tell_admins()


def told(domain_with_slack: DomainWithSlack, words: str) -> list[int]:
    people = (ALICE, BOB, CAROL)
    return [sum(words in one["text"] for one in domain_with_slack.slack.messages(member)) for member in people]


def lost() -> float:
    """What `/metrics` says of permissions."""
    found: list[metrics.Metric] = []
    metrics.ask_postgres(Deadline(), found)
    text = metrics.text(found, postgres=Health.OK, redis=Health.OK).decode()
    families = {family.name: family for family in text_string_to_metric_families(text)}
    return float(families["signoff_slack_permissions_lost"].samples[0].value)


def test_one_shut_channel_keeps_nobody_from_their_card_and_is_not_asked_again_and_again(
    shut: DomainWithSlack,
) -> None:
    shut.sql("UPDATE workspaces SET open_cards = 100")
    drafts = [shut.ingest() for _ in range(12)]
    for _ in range(3):
        assert not any(shut.sync(draft) for draft in drafts)
    assert all(live_buttons(shut.card(member, draft)) for member in REVIEWERS for draft in drafts)
    assert posts(shut) <= 2, "and not once a draft and round"
    assert shut.rows("SELECT count(*) FROM cards WHERE gone_reason IS NOT NULL") == [(0,)]


def test_it_is_told_once_names_the_channel_and_shows_in_the_status_the_home_and_the_metrics(
    shut: DomainWithSlack,
) -> None:
    for _ in range(3):
        assert not shut.sync(shut.ingest())
        shut.let_calls_rest()
        lost_rights.forget()  # as another process would
    for _ in range(2):
        tell(shut)
    sentence = "Slack refused a call of Signoff: restricted_action."
    assert told(shut, sentence) == [0, 1, 1]
    assert told(shut, f"{CHANNEL}, the channel of Autumn launch") == [0, 1, 1]
    assert f":lock: {sentence}" in said(shut, VERA, "/outreach status")
    assert lost() == 1
    ((carol,),) = shut.rows("SELECT id FROM members WHERE slack_user_id = %s", CAROL)
    shut.sql(
        "INSERT INTO homes (member_id, workspace_id) SELECT id, workspace_id FROM members WHERE id = %s"
        " ON CONFLICT DO NOTHING",
        carol,
    )
    assert refresh(carol)
    assert sentence in str(shut.slack.home(CAROL))


def test_once_it_is_open_again_the_cards_come(shut: DomainWithSlack) -> None:
    draft = shut.ingest()
    assert not shut.sync(draft)
    shut.slack.clear_faults()
    assert not shut.sync(draft), "it is left alone for a while"
    assert posts(shut) == 1
    shut.let_calls_rest()
    assert shut.sync(draft)
    assert len(shut.slack.messages(ALICE, CHANNEL)) == 1


def test_what_changes_meanwhile_shows_everywhere_else_at_once(shut: DomainWithSlack) -> None:
    draft = shut.ingest()
    assert not shut.sync(draft)
    ((wait,),) = shut.rows("SELECT extract(epoch FROM sync_after - now())::float FROM drafts")
    assert wait > 1
    shut.edit(draft, user=BOB, body="Quite another text.")
    assert shut.rows("SELECT sync_after <= now() FROM drafts") == [(True,)], "the clock rings at once"
    shut.sync(draft)
    card = shut.card(ALICE, draft)
    assert "Quite another text." in str(card)
    assert shut.slack.thread(card["channel"], card["ts"]), "and the history under it"


def test_a_card_that_never_stood_is_given_up_once_nobody_is_to_decide(shut: DomainWithSlack) -> None:
    draft = shut.ingest()
    assert not shut.sync(draft)
    shut.reject(draft)
    assert shut.sync(draft)
    assert not behind(shut, draft)
    assert shut.rows("SELECT gone_reason FROM cards WHERE place = 'channel'") == [("restricted_action",)]


def test_a_rate_limit_is_waited_for_no_longer_because_another_place_is_shut(shut: DomainWithSlack) -> None:
    for _ in range(4):
        shut.let_calls_rest()
        shut.sync(shut.ingest())
    draft = shut.ingest()
    shut.slack.fault("chat.postMessage", "ratelimited", retry_after=2, channel="D01ALICE")
    shut.sync(draft)
    ((wait,),) = shut.rows("SELECT extract(epoch FROM sync_after - now())::float FROM drafts WHERE id = %s", draft)
    assert wait <= 2


def test_when_no_dm_takes_a_message_nobody_is_given_up_and_the_channel_of_the_digest_is_told(
    domain_with_slack: DomainWithSlack,
) -> None:
    domain_with_slack.sql("UPDATE workspaces SET digest_channel = %s", CHANNEL)
    domain_with_slack.sql("UPDATE members SET role = 'owner' WHERE slack_user_id = %s", BOB)
    for member in (*REVIEWERS, VERA):
        domain_with_slack.slack.fault(
            "chat.postMessage", "error", code="messages_tab_disabled", channel=f"D{member[1:]}", times=1_000_000
        )
    draft = domain_with_slack.ingest()
    assert not domain_with_slack.sync(draft)
    for _ in range(3):
        tell(domain_with_slack)
    in_channel = [one["text"] for one in domain_with_slack.slack.messages(ALICE, CHANNEL)]
    assert sum("messages_tab_disabled. Switch the Messages tab on" in text for text in in_channel) == 1
    assert "messages_tab_disabled" in said(domain_with_slack, VERA, "/outreach status")
    assert domain_with_slack.rows("SELECT count(*) FROM cards WHERE gone_reason IS NOT NULL") == [(0,)]
    assert domain_with_slack.rows("SELECT count(*) FROM members WHERE NOT active") == [(0,)]
    domain_with_slack.slack.clear_faults()
    domain_with_slack.let_calls_rest()
    assert domain_with_slack.sync(draft)
    assert all(live_buttons(domain_with_slack.card(member, draft)) for member in REVIEWERS)


def refuse(domain_with_slack: DomainWithSlack, code: str, times: int) -> list[float]:
    """So many refusals in a row, each after the time that the one before asked for; what they asked for."""
    domain_with_slack.slack.fault("chat.postMessage", "error", code=code, times=times)
    waits = []
    for _ in range(times):
        with pytest.raises(SlackTrouble) as trouble:
            call("chat.postMessage", channel=CHANNEL, text="Anything")
        assert trouble.value.left
        waits.append(trouble.value.retry_after or 0.0)
        time_passes()
    return waits


def time_passes() -> None:
    """What is shut is open again, and remembers for how long it was shut."""
    with redis.Redis.from_url(settings().redis_url, decode_responses=True) as client:
        for key in client.keys("signoff:slack:*"):
            if closed := client.hget(key, "closed"):
                client.hset(key, "closed", float(closed) - float(client.hget(key, "shut") or 0))
    budget.forget()


def test_a_code_that_nobody_knows_backs_off_and_is_told_of_after_a_while(domain_with_slack: DomainWithSlack) -> None:
    waits = refuse(domain_with_slack, "a_code_of_tomorrow", 5)
    assert waits == [5, 10, 20, 40, 80]
    assert domain_with_slack.rows("SELECT count(*) FROM alerts") == [(0,)], "it may be nothing"
    assert refuse(domain_with_slack, "a_code_of_tomorrow", 3) == [160, 300, 300]
    tell(domain_with_slack)
    assert told(domain_with_slack, "Slack refused a call of Signoff: a_code_of_tomorrow.") == [0, 0, 1]


def test_what_may_pass_is_let_be_once_and_then_backs_off(domain_with_slack: DomainWithSlack) -> None:
    assert refuse(domain_with_slack, "internal_error", 4) == [5, 10, 20, 40]
    domain_with_slack.slack.fault("chat.postMessage", "error", code="internal_error", times=2)
    domain_with_slack.let_calls_rest()
    for _ in range(2):  # the first of a row keeps nobody away
        with pytest.raises(SlackTrouble) as trouble:
            call("chat.postMessage", channel=CHANNEL, text="Anything")
        assert trouble.value.left
    with pytest.raises(SlackTrouble) as trouble:
        call("chat.postMessage", channel=CHANNEL, text="Anything")
    assert (trouble.value.left, trouble.value.code, trouble.value.here_alone) == (False, "internal_error", True)
    assert call("chat.postMessage", channel=ALICE, text="Elsewhere")["ok"]


def test_a_call_that_is_let_through_ends_the_row(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.slack.fault("chat.postMessage", "error", code="internal_error", times=1)
    for _ in range(3):
        with pytest.raises(SlackTrouble) as trouble:
            call("chat.postMessage", channel=CHANNEL, text="Anything")
        assert (trouble.value.left, trouble.value.retry_after) == (True, 5)
        assert call("chat.postMessage", channel=CHANNEL, text="It was nothing")["ok"]
        domain_with_slack.slack.fault("chat.postMessage", "error", code="internal_error", times=1)


@pytest.mark.parametrize("code", ["channel_not_found", "user_not_found", "cannot_dm_bot", "user_disabled"])
def test_where_nothing_can_be_had_the_card_is_given_up(domain_with_slack: DomainWithSlack, code: str) -> None:
    domain_with_slack.slack.fault("conversations.open", "error", code=code, times=1)
    draft = domain_with_slack.ingest()
    domain_with_slack.sync(draft)
    assert domain_with_slack.rows("SELECT gone_reason FROM cards WHERE gone_reason IS NOT NULL") == [(code,)]
    assert domain_with_slack.rows("SELECT count(*) FROM alerts") == [(0,)]


def test_what_is_our_own_fault_is_not_tried_every_five_seconds(domain_with_slack: DomainWithSlack) -> None:
    draft: UUID = domain_with_slack.ingest()
    domain_with_slack.slack.fault("chat.postMessage", "error", code="invalid_blocks", times=len(REVIEWERS))
    assert not domain_with_slack.sync(draft)
    ((wait,),) = domain_with_slack.rows("SELECT extract(epoch FROM sync_after - now())::float FROM drafts")
    assert wait > 60
    assert domain_with_slack.sync(domain_with_slack.ingest()), "another card is not kept waiting"
