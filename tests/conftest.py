"""Fixtures that every test can ask for; each file of tests/fixtures says what it offers."""

pytest_plugins = [
    "tests.fixtures.chromium",
    "tests.fixtures.databases",
    "tests.fixtures.processes",
    "tests.fixtures.town",
]