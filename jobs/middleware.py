"""A line in the log for each job, with its id, and nothing of its content (P11)."""

import time
from typing import Any

import structlog
from dramatiq import Broker, Middleware
from dramatiq.broker import MessageProxy

log = structlog.get_logger("jobs")


class JobLog(Middleware):
    """Binds the job's id to every line that is logged while it runs, and logs how it ended."""

    def before_process_message(self, _broker: Broker, message: MessageProxy) -> None:
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(job=message.actor_name, job_id=message.message_id)
        message.options["began"] = time.monotonic()

    def after_process_message(
        self, _broker: Broker, message: MessageProxy, *, result: Any = None, exception: BaseException | None = None
    ) -> None:
        ms = round((time.monotonic() - message.options.get("began", time.monotonic())) * 1000, 1)
        if exception is None:
            log.debug("job done", ms=ms)
        else:
            # Not the exception's text: it may quote a statement's parameters or a server's reply.
            log.error("job failed", ms=ms, error=type(exception).__name__, exc_info=exception)
        structlog.contextvars.clear_contextvars()
