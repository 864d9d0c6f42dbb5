"""What servers call a mail that they took, and in which forms their webhooks say it."""

import pytest

from core.mail.provider_id import named_by, provider_id


@pytest.mark.parametrize(
    ("reply", "named"),
    [
        ("Ok 0100abc-000", "0100abc-000"),
        ("Ok 010f0187d1e5a4c2-6c1e1b0e-3a1c-4b9b-9d8e-000000", "010f0187d1e5a4c2-6c1e1b0e-3a1c-4b9b-9d8e-000000"),
        ("2.0.0 Ok: queued as 4F3B1A2C3D", "4F3B1A2C3D"),
        ("2.0.0 Ok: queued as 4Wxyz12abcz9rs", "4Wxyz12abcz9rs"),
        ("Ok: queued as OWAv3VMVQyeFqiJBbvNWpg", "OWAv3VMVQyeFqiJBbvNWpg"),
        ("2.0.0 Ok: queued on mail-nwsmtp-1.iva.yp-c.yandex.net as 1700000000-abc12", "1700000000-abc12"),
        ("OK id=1qWxYz-0003Ab-2c", "1qWxYz-0003Ab-2c"),
        ("2.0.0 OK  1700000000 af79cd13be357-7b6si12345qkp.12 - gsmtp", "af79cd13be357-7b6si12345qkp.12"),
        ("2.0.0 3AKBcDef012345 Message accepted for delivery", "3AKBcDef012345"),
        (
            "2.6.0 <AM0PR01.x@eurprd01.prod.outlook.com> [InternalId=12, Hostname=AM0] 9 Queued mail for delivery",
            "AM0PR01.x@eurprd01.prod.outlook.com",
        ),
        ("2.0.0 OK 3A/12-34567-89ABCDEF", "3A/12-34567-89ABCDEF"),
        ("id 49a3999c-0ce1-4ea6-ab68-afcd6dc2e794", "49a3999c-0ce1-4ea6-ab68-afcd6dc2e794"),
        *((nothing, None) for nothing in ("", "OK", "2.0.0 accepted", "ok 1700000000", "ok 1700000000 qp 12345")),
        ("  2.0.0 Ok: queued as 4F3B1A2C3X.  ", "4F3B1A2C3X"),
        ("queued as now; id=1qWxYz-0003Ab-2c", "1qWxYz-0003Ab-2c"),
        ("2.0.0 <dana@example.org> gfKqD1 Saved", None),
        ("Great success", None),
    ],
)
def test_the_servers_own_id_is_read_from_its_acceptance(reply: str, named: str | None) -> None:
    assert provider_id(reply) == named


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ("<0100abc-000@eu-west-1.amazonses.com>", ["0100abc-000@eu-west-1.amazonses.com", "0100abc-000"]),
        ("0100abc-000@email.amazonses.com", ["0100abc-000@email.amazonses.com", "0100abc-000"]),
        ("0100abc-000", ["0100abc-000"]),
        (
            "OWAv3VMVQyeFqiJBbvNWpg.filterdrecv-7c6-1-5F-1.0",
            ["OWAv3VMVQyeFqiJBbvNWpg.filterdrecv-7c6-1-5F-1.0", "OWAv3VMVQyeFqiJBbvNWpg"],
        ),
        (
            "<AM0PR01.x.2@eurprd01.prod.outlook.com>",
            ["AM0PR01.x.2@eurprd01.prod.outlook.com", "AM0PR01.x.2", "AM0PR01"],
        ),
        ("1a@b1@c.example", ["1a@b1@c.example"]),
        ("<X1aX>", ["X1aX"]),
        ("49a3999c-0ce1-4ea6-ab68-afcd6dc2e794", ["49a3999c-0ce1-4ea6-ab68-afcd6dc2e794"]),
        ("1700000000", []),
        ("17000000001.x", ["17000000001.x"]),
        ("abcdef", []),
        ("a1b", []),
        ("", []),
    ],
)
def test_a_webhook_says_it_in_its_own_way(told: str, named: list[str]) -> None:
    assert named_by(told) == named
