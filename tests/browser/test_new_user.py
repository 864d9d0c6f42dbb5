"""A new user's first minutes, in a real browser: `signoff up`, a card, a click, one mail, and the page of the draft."""

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.fixtures.chromium import needs_chromium
from tests.fixtures.databases import remove_home
from tests.fixtures.processes import Processes, Running, free_port, one_up_at_a_time

pytestmark = [pytest.mark.browser, needs_chromium]


@pytest.fixture
def up(process_env: dict[str, str], tmp_path: Path) -> Iterator[tuple[Running, str]]:
    """`signoff up` with servers of its own, as on a fresh machine; ended with Ctrl-C."""
    home = tmp_path / "fresh"
    home.mkdir(mode=0o711)
    env = {key: value for key, value in process_env.items() if key not in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")}
    processes = Processes(tmp_path, env | {"SIGNOFF_HOME": str(home), "PORT": str(free_port())})
    with one_up_at_a_time():
        running = processes.start("up", "--no-open")
        line = running.wait_for_line("Slack, to try", seconds=90)
    found = re.search(r"http://\S+", line)
    assert found
    yield running, found[0]
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(120) == 0, running.output()
    processes.kill_all()
    remove_home(home)


def test_a_new_user_sends_one_mail_and_reads_its_history(up: tuple[Running, str], browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    _, sandbox = up

    # Alice sees a card, and approves it.
    as_member(page, sandbox, "U01ALICE")
    card = card_of(page, "Tomás Oliveira")
    card.get_by_test_id("button-approve_send").click()
    expect(card).to_contain_text("Sent by @Alice Anderson at", timeout=15_000)
    expect(card.get_by_test_id("button-approve_send")).to_have_count(0)

    # Every other reviewer's card says the same.
    for member in ("U02BOB", "U03CAROL"):
        as_member(page, sandbox, member)
        expect(card_of(page, "Tomás Oliveira")).to_contain_text("Sent by @Alice Anderson at", timeout=15_000)

    # One mail arrived.
    page.goto(f"{sandbox}mailbox")
    expect(page.get_by_test_id("mail-row")).to_have_count(1)
    expect(page.get_by_test_id("mail-row")).to_contain_text("tomas@clinicadorio.example.com")

    # The page of another draft opens after signing in with Slack, and shows what the card shows.
    as_member(page, sandbox, "U02BOB")
    with page.expect_popup() as popup:
        page.get_by_test_id("button-open_draft").last.click()
    draft_page = popup.value
    draft_page.get_by_test_id("sign-in-U02BOB").click()
    expect(draft_page.locator("main")).to_contain_text("sam@example.com", timeout=15_000)


def as_member(page: Page, sandbox: str, member: str) -> None:
    page.goto(sandbox)
    page.get_by_test_id(f"member-{member}").click()


def card_of(page: Page, text: str) -> Locator:
    """The latest message that shows `text`."""
    return page.get_by_test_id("message").filter(has_text=text).last
