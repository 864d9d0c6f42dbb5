"""What a log line holds, and what it never does (P11)."""

import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
import structlog
from hypothesis import given
from hypothesis import strategies as st

from core.taxonomy import Verb
from core.telemetry.log_guard import PRIVATE, clean, guard
from core.telemetry.logs import configure, context, logger

DRAFT = UUID("01890000-0000-7000-8000-000000000001")
SECRET = "Dear Dana, the merger is on Friday"
ADDRESS = "dana@example.org"


@dataclass
class Lines:
    """What was logged since the test began."""

    stream: io.StringIO

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def last(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text.splitlines()[-1])
        return found


@pytest.fixture
def lines() -> Iterator[Lines]:
    """The logs of a web process, as JSON. Everything that `configure` touches is put back."""
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    root = logging.getLogger()
    handlers, level, raising = root.handlers[:], root.level, logging.raiseExceptions
    stream = io.StringIO()
    configure("web", stream=stream, pretty=False)
    yield Lines(stream)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    root.handlers[:], logging.raiseExceptions = handlers, raising
    root.setLevel(level)
    logging.captureWarnings(False)
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks


def raised(error: BaseException) -> BaseException:
    try:
        raise error  # noqa: TRY301  a traceback is all that is wanted
    except BaseException as caught:  # noqa: BLE001  whatever it is, the test wants it with a traceback
        return caught


def test_a_line_is_json_with_its_process_time_and_ids(lines: Lines) -> None:
    with context(request_id="abc"):
        structlog.get_logger("jobs.draw").warning("card drawn", draft_id=DRAFT, verb=Verb.APPROVE, ms=1.5)
    assert lines.last.pop("timestamp").endswith("Z")
    assert {**lines.last, "timestamp": ""} == {
        "timestamp": "",
        "level": "warning",
        "process": "web",
        "event": "card drawn",
        "logger": "jobs.draw",
        "request_id": "abc",
        "draft_id": str(DRAFT),
        "verb": "approve",
        "ms": 1.5,
    }


def test_lines_are_for_people_on_a_terminal() -> None:
    stream = io.StringIO()
    configure("web", stream=stream, pretty=True)
    try:
        logger.info("card drawn", to=ADDRESS)
    finally:
        structlog.reset_defaults()
    assert "card drawn" in stream.getvalue()
    assert not stream.getvalue().startswith("{")
    assert ADDRESS not in stream.getvalue()


@pytest.mark.parametrize(
    "key", ["body", "subject", "to", "email", "new_subject", "contact_email", "mail_from_address", "text", "Blocks"]
)
def test_what_stands_under_a_private_key_is_dropped(lines: Lines, key: str) -> None:
    logger.info("oops", **{key: SECRET})
    assert lines.last[key] == PRIVATE
    assert SECRET not in lines.text


@pytest.mark.parametrize("key", ["to_status", "draft_id", "reason", "code", "phase", "outcome", "route"])
def test_what_stands_under_an_ordinary_key_is_kept(lines: Lines, key: str) -> None:
    logger.info("fine", **{key: "needs_review"})
    assert lines.last[key] == "needs_review"


@pytest.mark.parametrize(
    "hidden",
    [
        ADDRESS,
        f"to <{ADDRESS}>",
        f"550 5.1.1 {ADDRESS}: no such user",
        "/u/dana%40example.org",
        "δανα@παράδειγμα.δοκιμή",
        "redis://:hunter2@127.0.0.1:6379/0",
    ],
)
def test_addresses_are_masked_wherever_they_stand(lines: Lines, hidden: str) -> None:
    logger.info(f"sent {hidden}", where=[{"deep": (hidden,)}])
    for piece in (ADDRESS, "dana%40", "δανα@", "hunter2"):
        assert piece not in json.loads(f"[{lines.text}]")[0]["event"]
        assert piece not in str(lines.last["where"])
    assert "[address]" in lines.last["event"]


def test_objects_are_logged_as_their_type_not_their_repr(lines: Lines) -> None:
    @dataclass
    class Letter:
        words: str

    logger.info("fine", thing=Letter(SECRET), nested={"body": SECRET, "n": 1})
    assert lines.last["nested"] == {"body": PRIVATE, "n": 1}
    assert SECRET not in lines.text


def test_an_exception_is_its_type_and_place_never_its_message(lines: Lines) -> None:
    logger.error("failed", exc_info=raised(ValueError(SECRET)))
    assert lines.last["error"] == "ValueError"
    assert lines.last["trace"][-1].startswith(f"{__name__}:")
    assert lines.last["trace"][-1].endswith(" raised")
    assert SECRET not in lines.text


def test_an_exception_s_causes_are_types_and_places_too(lines: Lines) -> None:
    inner = raised(KeyError(SECRET))
    outer = RuntimeError(SECRET)
    outer.__cause__ = inner
    logger.error("failed", exc_info=raised(outer))
    assert lines.last["causes"][0].startswith("KeyError at ")
    assert SECRET not in lines.text


def test_a_group_of_exceptions_names_its_members(lines: Lines) -> None:
    logger.error("failed", exc_info=raised(ExceptionGroup(SECRET, [raised(OSError(13, SECRET))])))
    assert lines.last["causes"][0].startswith("PermissionError [13] at ")
    assert SECRET not in lines.text


def test_a_database_error_shows_its_sqlstate_and_no_parameters(lines: Lines, database_url: str) -> None:
    engine = sa.create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection, pytest.raises(sa.exc.DBAPIError) as caught:
        connection.execute(sa.text("SELECT CAST(:words AS integer)"), {"words": SECRET})
    engine.dispose()
    assert SECRET in str(caught.value)
    logger.error("failed", exc_info=caught.value)
    assert lines.last["error"] == "sqlalchemy.exc.DataError [22P02]"
    assert SECRET not in lines.text


def test_libraries_go_down_the_same_pipe(lines: Lines) -> None:
    logging.getLogger("uvicorn.error").info("Started server process [%d]", 42)
    assert (lines.last["event"], lines.last["logger"]) == ("Started server process [42]", "uvicorn.error")
    assert lines.last["level"] == "info"


def test_arguments_of_a_library_s_line_are_shown_only_if_harmless(lines: Lines) -> None:
    logging.getLogger("dramatiq.worker").warning("Retrying message %r in %d ms: %s.", {"args": [SECRET]}, 7, "deliver")
    assert lines.last["event"] == "Retrying message … in 7 ms: deliver."
    logging.getLogger("slack_sdk").warning("Sending %s, try %d", "Hello", 3)
    assert lines.last["event"] == "Sending …, try 3"
    logging.getLogger("alembic").warning("%(verb)s %(words)s", {"verb": "upgrade", "words": SECRET})
    assert lines.last["event"] == "upgrade …"


def test_a_line_that_a_library_made_up_itself_is_withheld(lines: Lines) -> None:
    logging.getLogger("slack_bolt.App").error(f"Failed to run listener (error: {SECRET})")  # noqa: G004  as Bolt does
    assert lines.last["event"].startswith("[withheld] test_logs:")
    assert SECRET not in lines.text


def test_a_line_whose_template_does_not_fit_is_no_error(lines: Lines, capsys: pytest.CaptureFixture[str]) -> None:
    template = "%s and %s"
    logging.getLogger("alembic").warning(template, SECRET)
    assert lines.last["event"] == template
    assert SECRET not in lines.text + "".join(capsys.readouterr())


def test_warnings_are_logged_without_their_text(lines: Lines) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn(SECRET, stacklevel=1)
    assert lines.last["logger"] == "py.warnings"
    assert SECRET not in lines.text


def test_a_crash_of_a_thread_does_not_print_its_message(lines: Lines, capsys: pytest.CaptureFixture[str]) -> None:
    def crash() -> None:
        raise RuntimeError(SECRET)

    thread = threading.Thread(target=crash)
    thread.start()
    thread.join()
    assert lines.last["error"] == "RuntimeError"
    assert SECRET not in lines.text + "".join(capsys.readouterr())


def test_a_crash_of_the_process_does_not_print_its_message(lines: Lines, capsys: pytest.CaptureFixture[str]) -> None:
    error = raised(RuntimeError(SECRET))
    sys.excepthook(type(error), error, error.__traceback__)
    assert lines.last["level"] == "critical"
    assert SECRET not in lines.text + "".join(capsys.readouterr())


def test_configuring_twice_logs_once(lines: Lines) -> None:
    configure("web", stream=lines.stream, pretty=False)
    logging.getLogger("uvicorn").info("Application startup complete.")
    assert lines.text.count("Application startup complete.") == 1


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.uuids() | st.dates(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner),
    max_leaves=10,
)


@given(anything)
def test_whatever_is_logged_becomes_json_without_an_address(value: object) -> None:
    line = guard(None, "info", {"event": "x", "value": value, "other": {"deep": [ADDRESS, {ADDRESS: value}]}})
    assert ADDRESS not in json.dumps(line)


def test_a_long_value_is_cut() -> None:
    assert len(clean("x" * 10_000)) < 400
