"""Drawing: Slack's mrkdwn and blocks become HTML, and nothing that people wrote becomes a tag."""

import re
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from bot.sandbox import draw, mrkdwn
from bot.sandbox.emoji import EMOJI
from bot.sandbox.mrkdwn import Reader
from tests.bot.sandbox.conftest import card, modal
from tests.fixtures.processes import ROOT

READER = Reader({"U01ALICE": "Alice Anderson", "C01REVIEW": "outreach-review"}, zone=ZoneInfo("Europe/London"))
#: A name of Slack's between colons, in a source.
EMOJI_WRITTEN = re.compile(r"(?<![\w:])(?!:mailto):([a-z_0-9+-]{3,40}):(?![\w:])")


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("*bold* _it_ ~no~ `x*y*`", "<strong>bold</strong> <em>it</em> <s>no</s> <code>x*y*</code>"),
        ("2*3*4 a_b_c", "2*3*4 a_b_c"),
        ("*bold _and it_*", "<strong>bold <em>and it</em></strong>"),
        ("a &lt;b&gt; &amp; c", "a &lt;b&gt; &amp; c"),
        ("a <b> c", "a &lt;b&gt; c"),
        ("one\ntwo", "one<br>two"),
        ("&gt; said\n> more\nanswer", "<blockquote>said<br>more</blockquote>answer"),
        ("<@U01ALICE>", '<span class="mention">@Alice Anderson</span>'),
        ("<#C01REVIEW>", '<span class="mention">#outreach-review</span>'),
        ("<!here>", '<span class="mention">@here</span>'),
        (
            "<https://e.com/?a=1&amp;b=2|a &lt;link&gt;>",
            '<a href="https://e.com/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">a &lt;link&gt;</a>',
        ),
        ("<javascript:alert(1)|x>", "&lt;javascript:alert(1)|x&gt;"),
        (":tada: :nothing_like_it:", "🎉 :nothing_like_it:"),
        ("```\n*code* <i>\n```after", "<pre>*code* &lt;i&gt;</pre>after"),
        ("<!date^soon^{date}|later>", "later"),
    ],
)
def test_mrkdwn_is_drawn_as_slack_draws_it(text: str, drawn: str) -> None:
    assert mrkdwn.draw(text, READER) == Markup(drawn)


def test_a_date_is_shown_in_the_readers_zone() -> None:
    summer = "<!date^1751371200^{date_num} {time}|x>"  # 2025-07-01 12:00 UTC
    assert ">2025-07-01 13:00</time>" in mrkdwn.draw(summer, READER)
    assert ">2025-07-01 12:00</time>" in mrkdwn.draw(summer, Reader())


def test_every_emoji_that_signoff_writes_is_a_picture_here() -> None:
    sources = [file for room in ("core", "jobs", "bot/slack") for file in (ROOT / room).rglob("*.py")]
    written = {name for file in sources for name in EMOJI_WRITTEN.findall(file.read_text())}
    assert len(written) > 30
    assert written - set(EMOJI) == set()


def test_plain_text_has_emoji_and_no_markup() -> None:
    assert mrkdwn.draw_plain("*a* :x:\n<b>") == Markup("*a* ❌<br>&lt;b&gt;")
    assert mrkdwn.draw_plain("(x) :what: 9:30:00") == Markup("(x) :what: 9:30:00")
    assert mrkdwn.draw_plain(":x:", emoji=False) == Markup(":x:")


def test_a_card_and_a_modal_carry_the_marks_that_tests_and_script_use() -> None:
    drawn = draw.blocks(card(), READER)
    assert 'data-testid="button-approve_send"' in drawn
    assert 'class="btn btn-primary"' in drawn
    assert 'href="http://127.0.0.1:8000/drafts/1"' in drawn
    asked = draw.blocks(modal()["blocks"], READER)
    assert '<label for="body/body">Body</label>' in asked
    assert "Hi Dana</textarea>" in asked


@given(st.text(alphabet="<>&\"'*_~`:|@#!^{}abc \n", max_size=60))
def test_no_text_can_open_a_tag_of_its_own(text: str) -> None:
    for drawn in (mrkdwn.draw(text, READER), mrkdwn.draw_plain(text)):
        for tag in drawn.replace("</", "<").split("<")[1:]:
            name = tag.split(">")[0].split(" ")[0]
            assert name in {"strong", "em", "s", "code", "pre", "br", "blockquote", "span", "a", "time"}
