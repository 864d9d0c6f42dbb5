"""The `signoff` command: a table of commands, each one small file that is imported only when it runs.

To add a command, write `bot/commands/NAME.py` with a typer app called `app` in it, and give it a line in COMMANDS.
"""

import importlib
import signal
import sys

from core.errors import SignoffError

COMMANDS = {
    "up": "Start everything on this machine, with a sandbox Slack unless a real one is set up.",
    "stop": "Stop the embedded PostgreSQL and Redis of SIGNOFF_HOME.",
    "migrate": "Bring the database to this version.",
    "web": "Answer Slack, the API and the pages.",
    "socket": "Hear Slack without a public URL (Socket Mode).",
    "worker": "Deliver mail and draw cards.",
    "clock": "Find what is due; one of several leads.",
    "apply": "Declare workspace, members, accounts and campaigns from a TOML file.",
    "ingest": "Take in drafts from a JSON Lines file.",
    "installation": "Stop all sending and let it go again; confirm a restored database.",
    "keys": "Make, list and revoke keys of the API.",
    "campaigns": "List, pause and resume campaigns.",
    "accounts": "List, pause and resume accounts, show how their mail is received, give them their passwords.",
    "drafts": "List the drafts that wait for a decision.",
    "queue": "Say what waits, why and until when, and what the day holds; take something out.",
    "activity": "Show what left and what is to leave, each thing once.",
    "history": "Bring in what was sent before Signoff, so that nobody is written to twice.",
    "verify": "Prove every rule of sending against the live database: the go-live check.",
    "demo": "Load a small demo campaign.",
}


def main() -> None:
    """Run one command and end the process with its exit code: 0, 1 (it could not), 2 (wrongly called)."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run `signoff ARGUMENTS`; every error that a person can act on becomes one line on stderr."""
    if not arguments or arguments[0] in ("--help", "-h", "help"):
        print(_help())
        return 0 if arguments else 2
    if arguments[0] == "--version":
        from importlib.metadata import version

        print(f"signoff {version('signoff')}")
        return 0
    name = arguments[0]
    if name not in COMMANDS:
        return _fail(f"there is no command {name!r}; `signoff --help` lists all.", 2)
    try:
        module = importlib.import_module(f"bot.commands.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"bot.commands.{name}":
            raise
        return _fail(f"the command {name!r} is not part of this version.", 1)
    return _invoke(module.app, name, arguments[1:])


def _invoke(app: object, name: str, arguments: list[str]) -> int:
    import typer

    assert isinstance(app, typer.Typer)
    try:
        code = typer.main.get_command(app).main(arguments, prog_name=f"signoff {name}", standalone_mode=False)
    except typer.TyperException as error:
        return _fail(f"{name}: {error.format_message()}", getattr(error, "exit_code", 2))
    except (typer.Abort, KeyboardInterrupt):
        return 128 + signal.SIGINT
    except BrokenPipeError:
        sys.stderr.close()  # `signoff … | head`: nobody reads on, and that is no error
        return 128 + signal.SIGPIPE
    except Exception as error:
        sentence = _sentence(error)
        if sentence is None:
            raise
        return _fail(sentence, 1)
    return code if isinstance(code, int) else 0


def _sentence(error: Exception) -> str | None:
    """What to tell a person about an expected error, in one line; None for one that is a fault of ours."""
    if isinstance(error, SignoffError):
        return " ".join(str(error).split())
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    kind = type(error)
    if kind.__module__ == "sqlalchemy.exc" and kind.__name__ == "OperationalError":
        reason = str(getattr(error, "orig", error)).strip().splitlines()
        return f"the database does not answer ({reason[0] if reason else 'no reason given'})."
    if type(getattr(error, "orig", None)).__name__ in ("UndefinedTable", "UndefinedColumn", "UndefinedFunction"):
        return "the database is not at this version: run `signoff migrate`."
    if type(getattr(error, "orig", None)).__name__ == "InsufficientPrivilege":
        denied = str(getattr(error, "orig", "")).splitlines()[0]
        return f"this user of the database may not do that ({denied}): docs/operating.md lists the grants it needs."
    if kind.__name__ == "ValidationError" and hasattr(error, "errors") and getattr(error, "title", "") == "Settings":
        wrong = error.errors()[0]
        name = ".".join(str(part) for part in wrong["loc"]).upper()
        ours = wrong["type"] == "value_error"  # a sentence of core/settings.py, which begins with its verb
        said = f" {wrong['msg'].removeprefix('Value error, ')}" if ours else f": {wrong['msg']}"
        return f"{name} in the environment{said}."
    return None


def _help() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {what}" for name, what in COMMANDS.items()]
    return "\n".join(
        [
            "Usage: signoff COMMAND [OPTIONS]",
            "",
            "Outbound email that machines write and people sign off.",
            "",
            *lines,
            "",
            "`signoff COMMAND --help` says more. Settings come from the environment; see the README.",
        ]
    )


def _fail(sentence: str, code: int) -> int:
    print(f"signoff: {sentence}", file=sys.stderr)
    return code


if __name__ == "__main__":
    main()
