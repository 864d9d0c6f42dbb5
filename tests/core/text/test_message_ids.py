"""The thread of an answer, with what others wrote into their headers."""

from core.text.message_ids import MOST_REFERENCES, thread_of


def test_an_answer_refers_to_the_thread_and_then_to_its_parent() -> None:
    assert thread_of(["<a@b>", "<c@d>"], "<e@f>") == ["<a@b>", "<c@d>", "<e@f>"]
    assert thread_of(["<a@b>", "<e@f>"], "<e@f>") == ["<a@b>", "<e@f>"]
    assert thread_of(["<e@f>", "<a@b>"], "<e@f>") == ["<a@b>", "<e@f>"]
    assert thread_of(["<a@b>"], None) == ["<a@b>"]
    assert thread_of([], None) == []


def test_of_a_long_thread_the_beginning_and_the_end_are_kept() -> None:
    ids = [f"<{number}@b>" for number in range(50)]
    kept = thread_of(ids, "<parent@b>")
    assert len(kept) == MOST_REFERENCES
    assert (kept[0], kept[-2:]) == ("<0@b>", ["<49@b>", "<parent@b>"])
