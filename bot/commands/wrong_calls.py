"""What to tell somebody who called a command wrongly, in one line: what is wrong, and what was likely meant.

Typer's and pydantic's own English is for the authors of programs, so none of it is repeated: every sentence is made of
the error's kind and figures.
"""

from typing import Any

from core.text.likely import did_you_mean, likely
from core.text.validation import problem


def sentence_of(error: Any) -> str:
    """A usage error of typer, for a person."""
    command = error.ctx.command_path if error.ctx else "signoff"
    kind = type(error).__name__
    if kind == "NoSuchOption":
        guess = did_you_mean(error.option_name, _options(error.ctx)) or f". `{command} --help` lists its options."
        return f"`{command}` has no option {error.option_name}{guess}"
    if kind == "NoSuchCommand" or error.message.startswith("No such command"):
        return no_such_command(error)
    if kind == "MissingParameter":
        usage = (
            " ".join([command, *error.ctx.command.collect_usage_pieces(error.ctx)]).replace("{", "").replace("}", "")
        )
        return f"{_name(error.param)} is missing: `{usage}`."
    if kind == "BadOptionUsage":
        takes = "takes no value" if "does not take" in error.message else "needs a value"
        return f"{error.option_name} {takes}."
    if error.message.startswith("Got unexpected extra argument"):
        extra = error.message.rpartition("(")[2].rstrip(")")
        return f"`{command}` does not take {extra!r}: see `{command} --help`."
    if getattr(error, "param", None) is not None:
        return f"{_name(error.param)}: {_problem(error)}."
    if kind == "BadParameter":  # one without a parameter is a sentence of ours
        return f"{command.removeprefix('signoff ')}: {error.message}"
    return f"`{command}` was not understood: see `{command} --help`."


def no_such_command(error: Any) -> str:
    """A word that the group does not have, and the words that it has."""
    group, word = error.ctx.command_path, error.message.split("'")[1]
    known = error.ctx.command.list_commands(error.ctx)
    close = likely(word, known)
    meant = f"Did you mean `{group} {close}`?" if close else f"Choose from: {', '.join(known)}."
    return f"`{group}` has no command {word!r}. {meant}"


def _options(ctx: Any) -> list[str]:
    return [name for param in ctx.command.get_params(ctx) for name in (*param.opts, *param.secondary_opts)]


def _name(param: Any) -> str:
    """An option as it is typed, an argument as its help names it."""
    return str(param.opts[0]) if param.param_type_name == "option" else str(param.metavar or param.name.upper())


def _in_words(error: Any) -> str:
    """Of a value that none of the choices is, typer's sentence, which is short and names them."""
    return str(error.message).rstrip(".") if " is not one of " in error.message else "is not valid"


def _problem(error: Any) -> str:
    """What is wrong with a value, from pydantic's kind of fault and its figures."""
    findings = getattr(error.__cause__, "errors", None)
    if findings is None:
        return _in_words(error)
    [found, *_] = findings(include_url=False)
    given, context = found["input"], found.get("ctx", {})
    match found["type"]:
        case "int_parsing" | "int_type" | "int_from_float":
            return f"{given!r} is not a whole number"
        case "greater_than_equal":
            return f"{given} is too small: the minimum is {context['ge']:,}"
        case "less_than_equal":
            return f"{given} is too large: the maximum is {context['le']:,}"
    if "does not match the formats" in found["msg"]:
        return f"{given!r} is not a date or time; write 2026-11-20 or 2026-11-20T09:30"
    return problem(found["type"], context)
