"""SITE_URL: one form for hosts, links, sender and EHLO; what has no such form is refused with one that works."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http.request import split_domain_port, validate_host

from newsroom import site_url
from subscriptions.installation import mail_host

A_LABELS = "https://xn--zeitung-cxa.example"


@pytest.mark.parametrize(
    ("written", "url", "mail"),
    [
        ("https://news.example.org/", "https://news.example.org", "news.example.org"),
        ("HTTPS://News.Example.ORG", "https://news.example.org", "news.example.org"),
        ("https://news.example.org.", "https://news.example.org", "news.example.org"),
        ("https://news.example.org:443", "https://news.example.org", "news.example.org"),
        ("http://news.example.org:80/", "http://news.example.org", "news.example.org"),
        ("https://news.example.org:8443", "https://news.example.org:8443", "news.example.org"),
        ("https://zeitungä.example", A_LABELS, "xn--zeitung-cxa.example"),
        ("https://ZEITUNGÄ.example.", A_LABELS, "xn--zeitung-cxa.example"),
        (A_LABELS, A_LABELS, "xn--zeitung-cxa.example"),
        ("https://faß.example", "https://xn--fa-hia.example", "xn--fa-hia.example"),
        ("http://[2001:DB8:0::1]:8000", "http://[2001:db8::1]:8000", "[IPv6:2001:db8::1]"),
        ("http://192.0.2.1", "http://192.0.2.1", "[192.0.2.1]"),
        ("http://localhost:8000", "http://localhost:8000", "localhost"),
    ],
)
def test_one_form_for_hosts_links_sender_and_greeting(written: str, url: str, mail: str) -> None:
    site = site_url.parse(written)
    assert site.url == url
    assert mail_host(site.url) == mail
    # What a browser sends for it, is answered.
    sent, _port = split_domain_port(url.partition("://")[2])
    assert validate_host(sent, [site.host])


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("", "must be a full address such as https://news.example.org"),
        ("news.example.org", "must be a full address"),
        ("ftp://news.example.org", "must be a full address"),
        ("https://", "must be a full address"),
        ("https://h/news", "SITE_URL has a path (/news), but Newsroom answers at the root of a host of its own: write https://h"),
        ("https://user:secret@H.example.", "each link of a mail: write https://h.example."),
        ("https://user@h.example", "write https://h.example"),
        ("https://h.example?a=secret", "goes on after the host, with ? or #: write https://h.example."),
        ("https://h.example#", "goes on after the host"),
        ("https://my_news.example", "has a host that browsers do not take (my_news.example)"),
        ("https://a..example", "has a host that browsers do not take"),
        ("https://-a.example", "has a host that browsers do not take"),
        ("https://127.1", "has a host that browsers do not take"),
        (f"https://{'a' * 64}.example", "has a host that browsers do not take"),
        ("https://h:port", "a port or brackets that cannot be read"),
        ("https://h:0", "must be a full address"),
        ("https://2001:db8::1", "http://[2001:db8::1]:8000 for an IPv6 address"),
        ("https://[2001:db8::1", "a port or brackets that cannot be read"),
    ],
)  # fmt: skip
def test_the_rest_is_refused_with_the_form_that_works(written: str, words: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        site_url.parse(written)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("/media/", "/media/"),
        ("https://MEDIA.example.org:443/a/", "https://media.example.org/a/"),
        ("https://bildä.example/", "https://xn--bild-ooa.example/"),
    ],
)
def test_pictures_have_a_host_in_the_same_form(written: str, url: str) -> None:
    assert site_url.media(written) == url


@pytest.mark.parametrize(
    ("written", "host"),
    [("*", "*"), (".Example.org", ".example.org"), ("zeitungä.example", "xn--zeitung-cxa.example")],
)
def test_so_have_further_hosts(written: str, host: str) -> None:
    assert site_url.allowed_host(written) == host
