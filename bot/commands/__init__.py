"""One file for each command: a typer app called `app`, made by `command_app`, that imports late what is slow."""

import typer


def command_app() -> typer.Typer:
    """An app with plain help texts and plain errors, which `bot.cli` prints as one line."""
    return typer.Typer(
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
