"""Logs: one line an event on stderr, JSON outside a terminal, from our code and from libraries alike.

from core.telemetry.logs import context, logger
with context(job_id=…):
    logger.info("card drawn", draft_id=…, ms=…)

An event is a constant sentence; what varies goes into keys: ids, counts, codes and durations, nothing else (P11).
"""

import logging
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, TextIO

import structlog
from structlog.contextvars import bound_contextvars as context
from structlog.contextvars import merge_contextvars
from structlog.typing import FilteringBoundLogger, Processor

from core.telemetry.log_guard import guard, message

__all__ = ["configure", "context", "logger"]

#: Made anew at each use, so that a line logged before `configure` does not keep it from being guarded later.
logger: FilteringBoundLogger = structlog.get_logger()

#: Libraries that say something at each request or each job.
_QUIET = ("apscheduler", "httpcore", "httpx", "slack_bolt", "slack_sdk", "urllib3", "uvicorn.access")


def configure(process: str, *, stream: TextIO | None = None, pretty: bool | None = None) -> None:
    """Set up the logs of this process; `process` (web, worker, clock) stands on each line. Safe to call again.

    `stream` is what stderr is at each line unless given; `pretty` is whether a person reads it, by default whether it
    is a terminal.
    """
    pretty = (stream or sys.stderr).isatty() if pretty is None else pretty

    def named(writer: Any, _method: str, line: Any) -> Any:
        line.setdefault("process", process)
        if name := getattr(writer, "name", ""):
            line.setdefault("logger", name)
        return line

    structlog.configure(
        processors=[
            merge_contextvars,
            named,
            structlog.processors.add_log_level,
            guard,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *_READ_BY_A_PERSON[pretty],
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda name="": _Writer(stream or sys.stderr, name),
        cache_logger_on_first_use=False,
    )
    _forward_standard_library()
    _forward_crashes()


def _in_order(_logger: object, _method: str, line: Any) -> dict[str, Any]:
    """When, how bad, where and what come first: a person reads JSON too."""
    return {key: line[key] for key in ("timestamp", "level", "process", "event") if key in line} | dict(line)


_READ_BY_A_PERSON: dict[bool, list[Processor]] = {
    True: [structlog.dev.ConsoleRenderer(sort_keys=False)],
    False: [_in_order, structlog.processors.JSONRenderer()],
}


class _Writer(structlog.WriteLogger):
    """Writes whole lines; keeps the name given to `structlog.get_logger`."""

    def __init__(self, stream: TextIO, name: str) -> None:
        super().__init__(stream)
        self.name = name


class _Forward(logging.Handler):
    """Sends what libraries log down the same pipe."""

    def emit(self, record: logging.LogRecord) -> None:
        level = min(max(record.levelno // 10 * 10, logging.DEBUG), logging.CRITICAL)  # structlog knows no others
        logger.log(level, message(record), logger=record.name, exc_info=record.exc_info)


def _forward_standard_library() -> None:
    # Its own report of a failing handler prints the arguments of the line.
    logging.raiseExceptions = False
    logging.captureWarnings(True)
    root = logging.getLogger()
    for handler in root.handlers[:]:
        if isinstance(handler, _Forward):
            root.removeHandler(handler)
    root.addHandler(_Forward())
    root.setLevel(logging.INFO)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _forward_crashes() -> None:
    """Python's own reports of an unhandled exception print its message: ours print its type and place."""

    def crashed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        logger.critical("unhandled exception", exc_info=(kind, error, trace))

    def thread_crashed(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and args.exc_type is not SystemExit:
            logger.critical("unhandled exception in a thread", exc_info=args.exc_value)

    def unraisable(args: Any) -> None:
        logger.error("exception that could not be raised", exc_info=args.exc_value)

    hooks: list[tuple[Any, str, Callable[..., None]]] = [
        (sys, "excepthook", crashed),
        (threading, "excepthook", thread_crashed),
        (sys, "unraisablehook", unraisable),
    ]
    for where, name, hook in hooks:
        setattr(where, name, hook)
