"""What `signoff verify` says."""

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from core.verify import Finding


def show(findings: Iterable[Finding], *, quiet: bool) -> int:
    """For each rule, as soon as it was tried: whether it holds, and what was seen. Returns how many do not hold."""
    console = Console(highlight=False, markup=False)
    tried = broken = 0
    for finding in findings:
        tried += 1
        broken += not finding.held
        if finding.held and quiet:
            continue
        word, colour = ("pass", "green") if finding.held else ("FAIL", "bold red")
        line = Text.assemble((word, colour), f"  {finding.rule.name}: {finding.rule.sentence}.")
        console.print(line, soft_wrap=True)
        console.print(Text(f"      {finding.saw}", style="dim" if finding.held else ""), soft_wrap=True)
    if broken:
        console.print(f"{broken} of {tried} rules failed. Do not send.", style="bold red")
    else:
        console.print(f"All {tried} rules passed. Nothing was saved, and nothing was sent.")
    return broken
