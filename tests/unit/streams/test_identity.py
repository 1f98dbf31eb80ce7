import pytest

from streams.domains import Domains, shipped_lists
from streams.identity import NO_MAILBOX, Mailbox, hashed_mailbox, mailbox

DOMAINS = Domains(shipped_lists())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (" Vera@Acme.Example ", Mailbox("vera@acme.example", "acme.example", "business")),
        ("a@mail.acme.co.uk", Mailbox("a@mail.acme.co.uk", "acme.co.uk", "business")),
        ("a+tag@acme.example", Mailbox("a+tag@acme.example", "acme.example", "business")),
        ("a@acme.example.", Mailbox("a@acme.example", "acme.example", "business")),
        ("a@MÜNCHEN.de", Mailbox("a@xn--mnchen-3ya.de", "xn--mnchen-3ya.de", "business")),
        ("o'neil@acme.example", Mailbox("o'neil@acme.example", "acme.example", "business")),
        ("jürgen@acme.example", Mailbox("jürgen@acme.example", "acme.example", "business")),
        ("a@gmail.com", Mailbox("a@gmail.com", "", "freemail")),
        ("a@mailinator.com", Mailbox("a@mailinator.com", "", "disposable")),
        ("clerk@gov.uk", Mailbox("clerk@gov.uk", "", "")),
    ],
)
def test_an_address_is_normalised_and_its_host_classified(text: str, found: Mailbox) -> None:
    assert mailbox(text, DOMAINS) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@",
        "a@",
        "@acme.example",
        "acme.example",
        "a b@acme.example",
        "a@@acme.example",
        "a@localhost",
        "a@1.2.3.4",
        "Ann <a@acme.example>",
        "a@acme..example",
        "a\n@acme.example",
        '"a"@acme.example',
        "x" * 65 + "@acme.example",
        "a@[1.2.3.4]",
        "a\x00@acme.example",
        "a@acme .example",
        "mailto:a@acme.example",
    ],
)
def test_what_cannot_be_an_address_is_none(text: str) -> None:
    assert mailbox(text, DOMAINS) is NO_MAILBOX


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("0" * 64, f"sha256:{'0' * 64}"),
        ("SHA256:" + "AB" * 32, f"sha256:{'ab' * 32}"),
        ("f" * 32, f"md5:{'f' * 32}"),
        ("e" * 40, f"sha1:{'e' * 40}"),
    ],
)
def test_a_digest_stands_for_its_address(text: str, address: str) -> None:
    assert hashed_mailbox(text) == Mailbox(address, "", "hashed")


@pytest.mark.parametrize("text", ["", "0" * 63, "g" * 64, "a@acme.example"])
def test_what_is_no_digest_stands_for_nobody(text: str) -> None:
    assert hashed_mailbox(text) is NO_MAILBOX
