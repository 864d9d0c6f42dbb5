"""How pages are made: Jinja2 with everything escaped, our own style sheet, and the threads that they may use."""

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import anyio
from anyio import to_thread
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from bot.web import words
from bot.web.moments import exact, moment
from bot.web.unseen import with_unseen
from core.deadline import Deadline
from core.text.line_diff import line_diff

T = TypeVar("T")
HERE = Path(__file__).parent

#: Seconds that a page may take, and pages that are made at once: they must leave the threads of clicks alone (P6).
PAGE_SECONDS = 5.0
_threads = anyio.CapacityLimiter(8)


class KeptStatic(StaticFiles):
    """Files whose address changes with their content: kept by browsers for good."""

    def file_response(self, *args: Any, **kwargs: Any) -> Any:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def page(template: str, status: int = 200, **content: Any) -> HTMLResponse:
    """A page from `templates/`."""
    return HTMLResponse(_environment.get_template(template).render(**content), status)


def notice(status: int, title: str, *sentences: str, link: tuple[str, str] | None = None) -> HTMLResponse:
    """A page that says one thing; `link` is an address of ours and its words."""
    return page("notice.html", status, title=title, sentences=sentences, link=link)


async def in_thread(make: Callable[[], T]) -> T:
    """Run blocking work of a page in a thread. Past PAGE_SECONDS its database connection is cut: `DatabaseAway`."""
    with Deadline() as deadline:
        timer = asyncio.get_running_loop().call_later(PAGE_SECONDS, deadline.cut)
        try:
            return await to_thread.run_sync(make, limiter=_threads)
        finally:
            timer.cancel()


def asset(name: str) -> str:
    """The address of a file in `static/`, with a part that changes when the file does."""
    digest = hashlib.sha256((HERE / "static" / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?{digest}"


_environment = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.globals.update(style=asset("signoff.css"), icon=asset("signoff.svg"), words=words, line_diff=line_diff)
_environment.filters.update(moment=moment, exact=exact, unseen=with_unseen)

static = Mount("/static", KeptStatic(directory=HERE / "static"), name="static")
