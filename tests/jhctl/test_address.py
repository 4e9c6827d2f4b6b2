"""URLs of collectors."""

import pytest

from journalhub.query.jhctl.address import parse, query, quote


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://hub:19532", ("http", "hub", 19532, "", "hub:19532")),
        ("http://hub", ("http", "hub", 80, "", "hub")),
        ("https://hub", ("https", "hub", 443, "", "hub")),
        ("HTTPS://hub:8443/logs/", ("https", "hub", 8443, "/logs", "hub:8443")),
        ("http://[::1]:19532/a/b", ("http", "::1", 19532, "/a/b", "[::1]:19532")),
        ("http://[fe80::1]", ("http", "fe80::1", 80, "", "[fe80::1]")),
        ("http://hub:19532/", ("http", "hub", 19532, "", "hub:19532")),
    ],
)
def test_urls_are_understood(url: str, expected: tuple[str, str, int, str, str]) -> None:
    """Scheme, host, port, path, and the Host header."""
    address = parse(url)
    assert expected == (address.scheme, address.host, address.port, address.prefix, address.authority)


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "hub",
            "hub:19532",
            "ftp://hub",
            "http://",
            "http://:80",
            "http://hub:x",
            "http://hub:0",
            "http://hub:70000",
        ),
        *(
            "http://user@hub",
            "http://hub/?q=1",
            "http://hub/#x",
            "http://h\tb",
            "http://hub/a b",
            "http://[::1",
            "http://hü",
        ),
    ],
)
def test_what_is_no_url_is_refused(url: str) -> None:
    """A wrong URL says what is wanted, before anything is connected."""
    with pytest.raises(ValueError, match="want"):
        parse(url)


def test_any_bytes_can_be_asked_for() -> None:
    """Values are percent-encoded byte by byte."""
    assert "%00%FF%20%26%3D%2B%25az-._~" == quote(b"\x00\xff &=+%az-._~")
    assert "?a=%C3%BC&b=%FF" == query([("a", "ü"), ("b", b"\xff")])
    assert "" == query([])
