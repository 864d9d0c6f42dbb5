"""The page in a real browser: nothing is blocked or missing, nothing hangs over the edge, signing in works."""

import re
from collections.abc import Iterator
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

from tests.bot.web.conftest import Acme
from tests.fixtures.chromium import CHROMIUM, OPTIONS, needs_chromium

pytestmark = [pytest.mark.browser, needs_chromium]

LONG = "longword" * 40


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield browser
        browser.close()


def opened(chromium: Browser, web: str, path: str, complaints: list[str], **context: Any) -> Page:
    """A page of a fresh browser profile, signed in as Alice by way of Slack."""
    page = chromium.new_context(**context).new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.extend(_missing(request)))
    page.goto(f"{web}{path}")
    page.get_by_text("Alice Anderson").click()
    page.wait_for_url(f"{web}{path}")
    return page


def _missing(request: Request) -> list[str]:
    """What could not be had. A request that the browser gave up because it left the page is none of these."""
    return [] if request.failure == "net::ERR_ABORTED" else [f"{request.url}: {request.failure}"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_fits_and_breaks_no_rule_of_its_own(
    chromium: Browser, web: str, acme: Acme, width: int, scheme: Literal["light", "dark"]
) -> None:
    draft = acme.draft(subject=LONG[:200], body=f"Hi Dana,\n\n{LONG}\n", key=LONG[:150])
    complaints: list[str] = []
    viewport = {"width": width, "height": 800}
    page = opened(chromium, web, f"/drafts/{draft}", complaints, viewport=viewport, color_scheme=scheme)
    expect(page.get_by_role("status")).to_have_text(re.compile("Waiting for review"))
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == {"light": "rgb(244, 245, 243)", "dark": "rgb(19, 22, 20)"}[scheme]  # the style sheet is there
    assert complaints == []
    page.context.close()


def test_signing_out_with_the_button(chromium: Browser, web: str, acme: Acme) -> None:
    complaints: list[str] = []
    page = opened(chromium, web, f"/drafts/{acme.draft()}", complaints)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading")).to_have_text("You are signed out")
    assert complaints == []
    page.context.close()


def test_a_script_in_a_draft_does_not_run(chromium: Browser, web: str, acme: Acme) -> None:
    draft = acme.draft(
        subject="<script>document.title='run'</script>", body="<img src=x onerror=\"document.title='run'\">"
    )
    page = opened(chromium, web, f"/drafts/{draft}", [])
    expect(page.get_by_role("heading", level=1)).to_have_text("<script>document.title='run'</script>")
    assert page.title() != "run"
    page.context.close()
