"""How the client asks the control API: an order in, a result or a mistake out."""

from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx

from bot.sandbox.signing import SignedRequest

Json = dict[str, Any]


class Mistake(Exception):
    """The sandbox could not do what was asked, with its code: `action_not_found`, `message_not_found`, …"""


@dataclass(frozen=True)
class Result:
    """How the app answered an interaction. `ok`: 2xx within the deadline. `warning`: what the person saw otherwise."""

    ok: bool
    status: int | None = None
    body: str = ""
    ms: float = 0.0
    failure: str | None = None
    warning: str | None = None
    sent: bool = True
    action: str | None = None
    errors: dict[str, str] = field(default_factory=dict)
    reason: str | None = None


class Orders:
    """Talks to the control API of a running sandbox at `url`."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.http = httpx.Client(base_url=self.url, timeout=30, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the connections."""
        self.http.close()

    def order(self, name: str, ask: Json) -> Json:
        """POST /control/{name}; raises Mistake."""
        return self.checked(self.http.post(f"/control/{name}", json=ask))

    def result(self, name: str, ask: Json) -> Result:
        """An order that the app answers."""
        answer = self.order(name, ask)
        return Result(**{key: answer[key] for key in Result.__dataclass_fields__ if key in answer})

    def signed(self, name: str, ask: Json) -> SignedRequest:
        """The signed request of such an order, not sent."""
        answer = self.order(name, ask | {"dry": True})
        return SignedRequest(answer["url"], answer["body"], answer["headers"])

    def listed(self, path: str, key: str, **query: str | None) -> list[Json]:
        """GET `path`: what stands under `key` in the answer."""
        params = {name: value for name, value in query.items() if value is not None}
        found: list[Json] = self.checked(self.http.get(path, params=params))[key]
        return found

    def checked(self, response: httpx.Response) -> Json:
        """The JSON of an answer; raises Mistake where it is not 200."""
        answer: Json = response.json()
        if response.status_code != httpx.codes.OK:
            raise Mistake(answer.get("error", response.text))
        return answer
