"""Fixtures that every test can ask for; each file of tests/fixtures says what it offers."""

# A module that imports another one stands after it: pytest must see each before it is imported.
pytest_plugins = [
    "tests.fixtures.databases",
    "tests.fixtures.logs",
    "tests.fixtures.tally",
    "tests.fixtures.processes",
    "tests.fixtures.chromium",
    "tests.fixtures.town",
    "tests.fixtures.desk",
    "tests.fixtures.office",
    "tests.fixtures.mailbox",
]
