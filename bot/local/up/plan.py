"""What `up` starts, and with which environment: decided before anything runs."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.local.embedded.secrets import ensure_secrets
from bot.local.up.ports import chosen, next_free
from core.errors import SignoffError

WEB_PORT, SANDBOX_PORT, SMTP_PORT = 8080, 8081, 1025
SANDBOX_TOKEN = "xoxb-sandbox"  # noqa: S105 (opens nothing but the sandbox)


@dataclass(frozen=True)
class Program:
    """One child process: its name in logs, and what to run."""

    name: str
    command: list[str]


@dataclass(frozen=True)
class Plan:
    """What to start. `sandbox` is the address of the sandbox, empty with real Slack; `moved` says which ports did."""

    env: dict[str, str]
    programs: list[Program]
    web: str
    sandbox: str
    moved: list[str]


def make_plan(home: Path, env: Mapping[str, str]) -> Plan:
    """Choose ports, secrets and programs. With a Slack app in the environment it is real Slack, else the sandbox.

    Raises SignoffError where the environment contradicts itself.
    """
    is_real = _is_real_slack(env)
    moved: list[str] = []
    taken: set[int] = set()
    free = _chooser(moved, taken)
    host = env.get("HOST") or "127.0.0.1"
    port = chosen(env["PORT"], host) if env.get("PORT") else free("The web", WEB_PORT, host)
    taken.add(port)
    shown = "127.0.0.1" if host in ("0.0.0.0", "::", "localhost") else host  # noqa: S104 (compared, not bound)
    web = f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"
    secrets = ensure_secrets(home, ["SECRET_KEY", "SLACK_SIGNING_SECRET", "SLACK_CLIENT_SECRET"])
    ours = {
        "SIGNOFF_HOME": str(home),
        "HOST": host,
        "PORT": str(port),
        "PUBLIC_URL": env.get("PUBLIC_URL") or web,
        "SECRET_KEY": env.get("SECRET_KEY") or secrets["SECRET_KEY"],
        "PYTHONUNBUFFERED": "1",
    }
    programs = [_signoff("web"), _signoff("worker"), _signoff("clock")]
    if is_real:
        programs += [_signoff("socket")] if env.get("SLACK_APP_TOKEN") else []
        return Plan({**env, **ours}, programs, web, "", moved)

    sandbox_port = free("The sandbox", SANDBOX_PORT)
    smtp_port = free("The mailbox's SMTP", SMTP_PORT)
    sandbox = f"http://127.0.0.1:{sandbox_port}"
    ours |= {
        "SLACK_BOT_TOKEN": SANDBOX_TOKEN,
        "SLACK_SIGNING_SECRET": secrets["SLACK_SIGNING_SECRET"],
        "SLACK_API_URL": f"{sandbox}/api/",
        "SLACK_CLIENT_ID": "1000000000.2000000000",
        "SLACK_CLIENT_SECRET": secrets["SLACK_CLIENT_SECRET"],
        "SLACK_OPENID_URL": sandbox,
        "SMTP_URL": f"smtp://127.0.0.1:{smtp_port}",
    }
    events_url = f"{web}/slack/events"
    where = ["--host", "127.0.0.1", "--port", str(sandbox_port), "--smtp-port", str(smtp_port)]
    sandbox_command = [sys.executable, "-m", "bot.sandbox", *where, "--events-url", events_url, "--home", str(home)]
    return Plan({**env, **ours}, [Program("sandbox", sandbox_command), *programs], web, sandbox, moved)


def _is_real_slack(env: Mapping[str, str]) -> bool:
    """A token, or an app that teams install by themselves (docs/installing.md). Raises SignoffError for half of it."""
    heard = env.get("SLACK_SIGNING_SECRET") or env.get("SLACK_APP_TOKEN")
    if env.get("SLACK_BOT_TOKEN"):
        if not heard:
            raise SignoffError(
                "SLACK_BOT_TOKEN is set and SLACK_SIGNING_SECRET is not: real Slack needs both "
                "(or SLACK_APP_TOKEN, without a public URL)."
            )
        return True
    return bool(heard and env.get("SLACK_CLIENT_ID") and env.get("SLACK_CLIENT_SECRET"))


def signoff(*arguments: str) -> list[str]:
    """The command line of `signoff ARGUMENTS` in this environment."""
    return [sys.executable, "-m", "bot.cli", *arguments]


def _signoff(name: str) -> Program:
    return Program(name, signoff(name))


def _chooser(moved: list[str], taken: set[int]) -> Callable[..., int]:
    def free(what: str, usual: int, host: str = "127.0.0.1") -> int:
        port = next_free(usual, taken=taken, host=host)
        taken.add(port)
        if port != usual:
            moved.append(f"{what} is on port {port}, as {usual} is taken.")
        return port

    return free
