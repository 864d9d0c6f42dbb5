"""mutmut without its changes to sentences: `python -m tests.mutmut_of_code run …`, for `tests/mutants.py`.

Of three changes that it makes to a string, one adds XX at both ends and two change its case. In a code, a key or a
name of a column they are faults that a test has to notice; in a sentence for people they are none.
"""

from collections.abc import Iterable

import libcst as cst
from mutmut.__main__ import cli
from mutmut.mutation import mutators


def of_codes(node: cst.BaseString) -> Iterable[cst.BaseString]:
    """mutmut's changes to this string; none to one of several words."""
    if not (isinstance(node, cst.SimpleString) and any(mark.isspace() for mark in str(node.evaluated_value).strip())):
        yield from mutators.operator_string(node)


if __name__ == "__main__":
    mutators.mutation_operators[:] = [
        (kind, of_codes if operator is mutators.operator_string else operator)
        for kind, operator in mutators.mutation_operators
    ]
    cli()
