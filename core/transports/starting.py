"""The question before the point of no return, asked by every transport."""

from collections.abc import Callable

from core.taxonomy import Phase
from core.transports.outcome import Reason
from core.transports.talk import Stopped, Talk


def ask_to_start(talk: Talk, start: Callable[[], bool]) -> None:
    """Go on only if `start` says so. Raises Stopped at phase `start` when it answers False or raises."""
    talk.phase = Phase.START
    try:
        may_go = start()
    except Exception as fault:  # whatever the caller's database raised, nothing must follow
        raise Stopped(Reason.START_FAILED, transient=True) from fault
    if not may_go:
        raise Stopped(Reason.START_REFUSED, transient=True)
