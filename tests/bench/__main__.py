"""`python -m tests.bench [--only NAME] [--quick] [--dry]`: measure, print the table, write docs/benchmarks.md."""

import argparse
import tempfile
from pathlib import Path

from tests.bench import report
from tests.bench.ground import own_ground
from tests.bench.plan import BENCHES, FULL, QUICK
from tests.fakes.smtp.client import running_smtp

parser = argparse.ArgumentParser(prog="tests.bench", description="Measure Signoff beside its floors and peers.")
parser.add_argument("--only", choices=BENCHES, help="run one bench, and write nothing")
parser.add_argument("--quick", action="store_true", help="smaller counts, and write nothing")
parser.add_argument("--dry", action="store_true", help="print the table, and write nothing")
arguments = parser.parse_args()

size = QUICK if arguments.quick else FULL
with tempfile.TemporaryDirectory() as folder, running_smtp(Path(folder) / "accepted.jsonl") as smtp:
    figures = {}
    for name, bench in BENCHES.items():
        if arguments.only in (None, name):
            with own_ground(f"smtp://127.0.0.1:{smtp.port}") as ground:
                figures[name] = bench(ground, smtp, size)
            print(report.table(figures[name]), flush=True)
if not (arguments.only or arguments.quick or arguments.dry):
    report.write(figures)
