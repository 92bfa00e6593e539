"""URIs of sources: what is in them, and what is wrong with a hundred that are broken."""

import contextlib
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastpaths.sources import InvalidURI, SourceError, SourceURI, open_source

SECRET = "s3cr3t"
UNQUOTED = [f"a{c}{SECRET}" for c in "/#?:@&[%"] + [
    f"12/{SECRET}",
    f"12?{SECRET}",
    f"a@b/{SECRET}",
    f"\n{SECRET}",
    f"{SECRET}℀",
]


@pytest.mark.parametrize(
    ("text", "hosts", "path", "options"),
    [
        ("kafka://localhost:9092/topic", (("localhost", 9092),), "/topic", {}),
        ("kafka://a:1,b/topic?group_id=g", (("a", 1), ("b", None)), "/topic", {"group_id": "g"}),
        ("kafka://[::1]:9092/t", (("::1", 9092),), "/t", {}),
        ("file:///data/my%20file.csv", (), "/data/my file.csv", {}),
        ("s3://bucket/k.parquet?region=eu", (("bucket", None),), "/k.parquet", {"region": "eu"}),
        ("postgresql://h/db?query=SELECT%201%20%26%201", (("h", None),), "/db", {"query": "SELECT 1 & 1"}),
    ],
)
def test_parts(text, hosts, path, options):
    uri = SourceURI.parse(text)
    assert (uri.hosts, uri.path, uri.options) == (hosts, path, options)
    assert (uri.user, uri.password) == (None, None)
    assert str(uri) == text


def test_credentials_are_read_and_never_shown():
    uri = SourceURI.parse(f"postgresql://me%40home:{SECRET}%2F@h/db?sslpassword={SECRET}&table=t")
    assert (uri.user, uri.password) == ("me@home", f"{SECRET}/")
    assert SECRET not in str(uri)
    assert SECRET not in repr(uri)
    assert "table=t" in str(uri)


def broken():
    """(URI, the part that its error has to show, beside the URI)."""
    for text in (
        "",
        "x",
        "kafka",
        "kafka:",
        "kafka:/",
        "//host/t",
        "://host/t",
        "1kafka://h/t",
        "ka fka://h/t",
        "localhost:9092/t",
    ):
        yield text, f"SCHEME://…, as in kafka://localhost:9092/topic, found {text!r}"
    for scheme in ("kafkaa", "ftp", "http", "postgres", "s3a", "gs", "jdbc", "sqlite", "azure", "hdfs"):
        yield f"{scheme}://h/t", f"no scheme {scheme!r}"
    for port in ("", "0", "65536", "99999999999", "x", "9o92", "-1", "+1", "1.5", "٣", " 1", "0x10"):
        yield f"kafka://h:{port}/t", f"{port!r}"
    for host in ("a b", "[::1", "::1", "a:1:2", "[gg]:1", "[:::1]", "a]"):
        yield f"kafka://{host}/t", repr(host)
    for hosts in ("a,,b", ",a", "a,"):
        yield f"kafka://{hosts}/t", "expected HOST:PORT, found ''"
    for path, topic in (("", ""), ("/", ""), ("//", "/"), ("/a/b", "a/b")):
        yield f"kafka://h{path}", f"the topic {topic!r}"
    for query, part in (("a", "a"), ("=1", "=1"), ("&", ""), ("a=1&&b=2", ""), ("a=1&b", "b")):
        yield f"kafka://h/t?{query}", f"expected NAME=VALUE&… after the question mark, found {part!r}"
    yield "kafka://h/t?a=1&a=2", "a is there twice"
    for option in (
        "grup_id=1",
        "groupid=1",
        "bootstrap_servers=x",
        "enable_auto_commit=true",
        "Group_id=x",
        "format2=x",
    ):
        yield f"kafka://h/t?{option}", option.partition("=")[0]
    for option in (
        "format=xml",
        "format=",
        "until=now",
        "check_crcs=yes",
        "check_crcs=1",
        "fetch_min_bytes=x",
        "fetch_min_bytes=-1",
        "fetch_min_bytes=1e3",
        "session_timeout_ms=",
        "selector=x",
        "socket_options=x",
    ):
        yield f"kafka://h/t?{option}", option.partition("=")[0]
    yield "file://", "the path ''"
    yield "file:///", "the path '/'"
    for host in ("h", "data", "data:1"):
        yield f"file://{host}/x.csv", f"has no host, found {host!r}"
    for name in ("x", "x.txt", "x.csv.bz2", "x.parquet.gz"):
        yield f"file:///{name}", f"the name {name!r} tells no format"
    yield "file:///x.csv?format=tsv", "format is "
    yield "file:///x.csv?header=no", "no option 'header'"
    for hosts, key in (("", ""), ("b", ""), ("b", "/"), ("", "/k.csv"), ("a,b", "/k.csv"), ("b:1", "/k.csv")):
        yield f"s3://{hosts}{key}", f"the bucket {hosts!r} and the key {key[1:]!r}"
    for option in ("scheme=ftp", "anonymous=1", "max_attempts=0"):
        yield f"s3://b/k.csv?{option}", repr(option.partition("=")[2])
    yield "s3://b/k.csv?endpoint=x", "no option 'endpoint'; did you mean endpoint_override?"
    yield "s3://b/k", "the name 'k' tells no format"
    yield "kafka//h/t", "found 'kafka//h/t'"
    for text in ("kafka:///t", "kafka://"):
        yield text, "no host"
    for text in ("kafka://h/t#", "kafka://h/t?format=raw#x", "file:///x.csv#1", "file:///x.csv#"):
        yield text, "#… is no part of a source"
    for query in ("", "?table=t&query=q", "?order_by=id", "?tabel=t"):
        names = ", ".join(option.partition("=")[0] for option in query[1:].split("&"))
        yield f"postgresql://h/db{query}", f"expected either table=… or query=…, found {names or 'no option'}"


BROKEN = list(broken())


def test_there_are_a_hundred():
    assert len(BROKEN) >= 100


@pytest.mark.parametrize(("text", "part"), BROKEN)
def test_a_broken_one_shows_the_part(text, part):
    with pytest.raises(InvalidURI) as caught:
        open_source(text)
    assert part
    assert part in str(caught.value).removeprefix(text)
    assert len(str(caught.value)) < 4000


@pytest.mark.parametrize("text", [text for text, _ in BROKEN if "://" in text])
def test_a_broken_one_shows_no_credentials(text):
    scheme, _, rest = text.partition("://")
    for separator in ("://", ":/", "//", ":///") if scheme != "file" else ("://",):
        for password in (SECRET, *UNQUOTED):
            with pytest.raises(InvalidURI) as caught:
                open_source(f"{scheme}{separator}me:{password}@{rest}")
            assert SECRET not in str(caught.value)


@pytest.mark.parametrize("password", UNQUOTED)
@pytest.mark.parametrize("rest", ["s3://%s@b/k.csv?region=eu", "kafka://%s@h:9092/t", "postgresql://%s@h/d?table=t"])
def test_a_password_that_is_not_quoted_is_shown_by_nothing(rest, password):
    text = rest % f"me:{password}"
    try:
        source = open_source(text)
    except InvalidURI as error:
        shown = [str(error)]
    else:
        assert source.uri.password == unquote(password)
        shown = [str(source.uri), repr(source.uri), repr(source)]
    assert not any(SECRET in each for each in shown)


@pytest.mark.parametrize("option", ["sasl_plain_password", "sslpassword", "api_key", "Token", "client_secret"])
@pytest.mark.parametrize("secret", [f"a#{SECRET}", f"a?{SECRET}", f"a/{SECRET}", f"a={SECRET}"])
def test_a_secret_among_the_options_is_not_shown(option, secret):
    with pytest.raises(InvalidURI) as caught:
        open_source(f"kafka://h/a/b?{option}={secret}")
    assert SECRET not in str(caught.value)


def test_an_at_sign_in_the_name_of_a_file():
    assert str(SourceURI.parse("file:///data/a@b.csv")) == "file:///data/a@b.csv"
    assert SourceURI.parse("s3://bucket/a%40b.csv").path == "/a@b.csv"
    with pytest.raises(InvalidURI, match="@ is %40"):
        open_source("s3://bucket/a@b.csv")


@given(st.text(max_size=40) | st.from_regex(r"(kafka|file|s3|postgresql)://[^\n]{0,30}", fullmatch=True))
def test_whatever_it_is_it_opens_or_is_refused(text):
    with contextlib.suppress(SourceError):
        open_source(text).close()
