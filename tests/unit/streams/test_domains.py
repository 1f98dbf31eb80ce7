import pytest

from streams.domains import Domain, Domains, host_of, shipped_lists

DOMAINS = Domains(shipped_lists())


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("acme.com", "acme.com"),
        ("WWW.Acme.Com.", "acme.com"),
        ("shop.acme.co.uk", "acme.co.uk"),
        ("a.b.corp.example", "corp.example"),
        ("mail.corp.local", "corp.local"),
        ("münchen.de", "xn--mnchen-3ya.de"),
        ("xn--mnchen-3ya.de", "xn--mnchen-3ya.de"),
        (" harvard.edu ", "harvard.edu"),
        ("acme.github.io", "acme.github.io"),
    ],
)
def test_a_company_is_known_by_its_registrable_domain(text: str, name: str) -> None:
    assert DOMAINS.company(text) == Domain(name, "business")


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        ".",
        "localhost",
        "co.uk",
        "edu",
        "127.0.0.1",
        "[::1]",
        "a..b",
        "-a.com",
        "a-.com",
        "ac me.com",
        "x" * 64 + ".com",
        "a." * 130 + "com",
        "http://",
        "http://[",
        "\ud800.com",
        "ac\x00me.com",
    ],
)
def test_what_names_no_company_has_no_domain(text: str) -> None:
    assert DOMAINS.company(text) == Domain("", "")


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://www.acme.com/about?x=1", "www.acme.com"),
        ("http://user:secret@acme.com:8080/", "acme.com"),
        ("//acme.com/", "acme.com"),
        ("acme.com/path", "acme.com"),
        ("acme.com:443", "acme.com"),
        ("ann@acme.com", "acme.com"),
    ],
)
def test_a_web_address_is_read_as_its_host(text: str, host: str) -> None:
    assert host_of(text) == host


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("gmail.com", "freemail"),
        ("GoogleMail.com", "freemail"),
        ("yahoo.co.uk", "freemail"),
        ("web.de", "freemail"),
        ("mailinator.com", "disposable"),
        ("sub.mailinator.com", "disposable"),
        ("acme.example", "business"),
    ],
)
def test_free_and_disposable_mail_is_told_from_business(text: str, kind: str) -> None:
    assert DOMAINS.classify(text).kind == kind
