"""The sandbox in a real browser: keys and focus as people expect them, and a dark page for a dark desktop."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.fixtures.chromium import needs_chromium
from tests.fixtures.domain_with_slack import ALICE, DomainWithSlack

pytestmark = [pytest.mark.browser, needs_chromium]

IN_MODAL = "document.activeElement.closest('dialog') !== null"


@pytest.fixture
def page(domain_with_slack: DomainWithSlack, browser: Browser) -> Page:
    """Alice's DM, on a dark desktop, with the card of a draft."""
    domain_with_slack.sync(domain_with_slack.ingest())
    page = browser.new_page(color_scheme="dark")
    page.goto(f"{domain_with_slack.slack.http.base_url}/m/{ALICE}")
    return page


def test_a_modal_keeps_the_focus_and_escape_gives_it_back(page: Page) -> None:
    page.get_by_test_id("button-reject_draft").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("modal")).to_be_visible()
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate(f"document.activeElement === document.body || {IN_MODAL}")
    for _ in range(2):  # the second Escape is one that a page cannot refuse
        page.keyboard.press("Escape")
    expect(page.get_by_test_id("modal")).to_have_count(0)
    expect(page.get_by_test_id("button-reject_draft")).to_be_focused()


def test_escape_closes_the_menu_of_a_card_and_stays_there(page: Page) -> None:
    menu = page.locator("details.more summary")
    menu.click()
    expect(page.locator("details.more")).to_have_attribute("open", "")
    page.keyboard.press("Escape")
    expect(page.locator("details.more")).not_to_have_attribute("open", "")
    expect(menu).to_be_focused()


def test_when_what_was_pressed_is_gone_the_focus_stays_with_its_message_and_on_no_other_button(
    page: Page, domain_with_slack: DomainWithSlack
) -> None:
    page.get_by_test_id("button-reject_draft").focus()
    ((draft,),) = domain_with_slack.rows("SELECT id FROM drafts")
    domain_with_slack.reject(draft)
    domain_with_slack.sync(draft)
    expect(page.get_by_test_id("button-reject_draft")).to_have_count(0)
    expect(page.locator("article[data-ts]")).to_be_focused()


def test_a_dark_desktop_has_a_dark_page_that_can_be_read(page: Page) -> None:
    colours = page.evaluate(
        """() => [document.body, document.querySelector('[data-testid="button-edit_draft"]')].map((one) => {
            const style = getComputedStyle(one);
            return [style.color, style.backgroundColor].map((rgb) => rgb.match(/[0-9]+/g).slice(0, 3).map(Number));
        })"""
    )
    for ink, paper in colours:
        assert contrast(ink, paper) >= 4.5
        assert sum(paper) < 3 * 80


def test_it_is_said_what_each_person_may_do(page: Page) -> None:
    page.goto(page.url.partition("/m/")[0])
    expect(page.get_by_test_id("pick-U04VERA")).to_contain_text("Viewer: reads, decides nothing")
    expect(page.get_by_test_id("member-U01ALICE")).to_contain_text("Admin")


def contrast(one: list[int], other: list[int]) -> float:
    """https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio"""
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def luminance(rgb: list[int]) -> float:
    parts = [value / 255 / 12.92 if value <= 10 else ((value / 255 + 0.055) / 1.055) ** 2.4 for value in rgb]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))
