"""The `signoff` command: a table of commands, each one small file that is imported only when it runs.

To add a command, write `bot/commands/NAME.py` with a typer app called `app` in it, and give it a line in COMMANDS.
"""

import importlib
import os
import signal
import sys

from core.errors import SignoffError

COMMANDS = {
    "up": "Start everything on this machine, with a sandbox Slack unless a real one is set up.",
    "stop": "Stop the embedded PostgreSQL and Redis of SIGNOFF_HOME.",
    "migrate": "Migrate the database to this version.",
    "web": "Serve Slack, the API and the pages.",
    "socket": "Receive from Slack without a public URL (Socket Mode).",
    "worker": "Send mail, and post and update cards.",
    "clock": "Find what is due. Several may run; one leads.",
    "apply": "Declare workspace, members, accounts and campaigns from a TOML file.",
    "ingest": "Ingest drafts and tasks from a JSON Lines file.",
    "installation": "Stop and start all sending; confirm a restored database.",
    "keys": "Create, list and revoke API keys.",
    "campaigns": "List, pause and resume campaigns.",
    "accounts": "List, pause, resume and check accounts; show their health; store their passwords.",
    "drafts": "List the drafts that wait for a decision.",
    "queue": "Show what waits, why and until when; show today's schedule; skip a mail.",
    "activity": "Show what was sent and what is scheduled.",
    "history": "Import what was sent before Signoff, so that nobody is contacted twice.",
    "verify": "Check every sending rule against the live database (the go-live check).",
    "demo": "Load a small demo campaign.",
}


def main() -> None:
    """Run one command and end the process with its exit code: 0, 1 (it could not), 2 (wrongly called).

    130 is Ctrl-C. A reader who goes away (`signoff … | head`) ends it without a word, as SIGPIPE ends other programs.
    """
    try:
        code = run(sys.argv[1:])
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = 128 + signal.SIGINT
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the interpreter flushes once more at its end
        code = 128 + signal.SIGPIPE
    except OSError as error:
        code = _fail(_sentence(error) or f"its output cannot be written ({error.strerror}).", 1)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run `signoff ARGUMENTS`; every error that a person can act on becomes one line on stderr."""
    if arguments[:1] == ["help"] and len(arguments) > 1:
        arguments = [*arguments[1:], "--help"]
    if not arguments or arguments[0] in ("--help", "-h", "help"):
        print(_help())
        return 0 if arguments else 2
    if arguments[0] == "--version":
        from importlib.metadata import version

        print(f"signoff {version('signoff')}")
        return 0
    name = arguments[0]
    if name not in COMMANDS:
        return _unknown(name)
    try:
        module = importlib.import_module(f"bot.commands.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"bot.commands.{name}":
            raise
        return _fail(f"the command {name!r} is not part of this version.", 1)
    return _invoke(module.app, name, arguments[1:])


def _unknown(name: str) -> int:
    from core.text.likely import did_you_mean

    what = "option" if name.startswith("-") else "command"
    guess = did_you_mean(name, ("--help", "--version") if what == "option" else COMMANDS)
    return _fail(f"unknown {what} {name!r}{guess or '. `signoff --help` lists all.'}", 2)


def _invoke(app: object, name: str, arguments: list[str]) -> int:
    import typer

    assert isinstance(app, typer.Typer)
    command = typer.main.get_command(app)
    if not arguments and hasattr(command, "list_commands"):
        command.main(["--help"], prog_name=f"signoff {name}", standalone_mode=False)
        return 2  # as `signoff` alone: it lists what there is, and nothing was done
    try:
        code = command.main(arguments, prog_name=f"signoff {name}", standalone_mode=False)
    except typer.TyperException as error:
        from bot.commands.wrong_calls import sentence_of

        return _fail(sentence_of(error), getattr(error, "exit_code", 2))
    except typer.Abort as error:
        return _not_agreed(error)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except BrokenPipeError:
        raise
    except Exception as error:
        sentence = _sentence(error)
        if sentence is None:
            raise
        return _fail(sentence, 1)
    return code if isinstance(code, int) else 0


def _not_agreed(error: BaseException) -> int:
    """A question that was not answered with yes: Ctrl-C, nobody there to answer, or no."""
    if isinstance(error.__context__, KeyboardInterrupt):
        print(file=sys.stderr)
        return 128 + signal.SIGINT
    if isinstance(error.__context__, EOFError):
        print(file=sys.stderr)
        return _fail("nobody can confirm here (no terminal): add --yes. Nothing was changed.", 1)
    return _fail("nothing was changed.", 1)


def _sentence(error: Exception) -> str | None:
    """What to tell a person about an expected error, in one line; None for one that is a fault of ours."""
    if isinstance(error, SignoffError):
        return " ".join(str(error).split())
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    kind = type(error)
    if kind.__module__ == "sqlalchemy.exc" and kind.__name__ == "OperationalError":
        from core.connections import why_no_connection

        return f"the database does not answer: {why_no_connection(getattr(error, 'orig', error))}."
    if type(getattr(error, "orig", None)).__name__ in ("UndefinedTable", "UndefinedColumn", "UndefinedFunction"):
        return "the database is not at this version: run `signoff migrate`."
    if type(getattr(error, "orig", None)).__name__ == "InsufficientPrivilege":
        denied = str(getattr(error, "orig", "")).splitlines()[0]
        return f"this database user lacks a grant ({denied}): docs/operating.md lists the grants it needs."
    if kind.__name__ == "ValidationError" and hasattr(error, "errors") and getattr(error, "title", "") == "Settings":
        wrong = error.errors()[0]
        name = ".".join(str(part) for part in wrong["loc"]).upper()
        from core.text.validation import problem

        return f"{name} in the environment {problem(wrong['type'], wrong.get('ctx', {}))}."
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
            "Examples: signoff up; signoff accounts list; signoff queue why crm-1",
            "",
            "`signoff COMMAND --help` says more. Settings come from the environment; see the README.",
        ]
    )


def _fail(sentence: str, code: int) -> int:
    print(f"signoff: {sentence}", file=sys.stderr)
    return code


if __name__ == "__main__":
    main()
