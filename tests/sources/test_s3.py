"""Buckets as sources, on moto's server."""

import contextlib
import http.client
import http.server
import json
import threading
from urllib.parse import quote

import pyarrow as pa
import pyarrow.csv
import pyarrow.fs
import pyarrow.parquet
import pytest

from fastpaths import Table
from fastpaths.sources import SourceError, open_source

pytestmark = [pytest.mark.moto, pytest.mark.once]
ROWS = 100_000
TRADES = pa.table({"id": range(ROWS), "price": [i / 7 for i in range(ROWS)]})


@pytest.fixture(scope="module")
def bucket(s3):
    files = pa.fs.S3FileSystem(
        access_key="key",
        secret_key="secret",
        endpoint_override=s3,
        scheme="http",
        region="us-east-1",
        allow_bucket_creation=True,
    )
    files.create_dir("trades")
    for i in range(2):
        with files.open_output_stream(f"trades/day-{i}/t.parquet") as file:
            pa.parquet.write_table(TRADES.slice(i * ROWS // 2, ROWS // 2), file, row_group_size=10_000)
    with files.open_output_stream("trades/t.csv.gz", compression="gzip") as file:
        pa.csv.write_csv(TRADES, file)
    return "trades"


def uri(endpoint, path, more="", who="key:secret"):
    return f"s3://{who}@{path}?endpoint_override={endpoint}&scheme=http&region=us-east-1{more}"


@pytest.mark.parametrize("path", ["day-*/*.parquet", "t.csv.gz"])
def test_every_row_and_a_position_between(s3, bucket, path):
    with open_source(uri(s3, f"{bucket}/{path}")) as source:
        rows, kept = next(source)["id"].to_pylist(), source.position
    rows += [row for batch in open_source(uri(s3, f"{bucket}/{path}"), kept) for row in batch["id"].to_pylist()]
    assert rows == list(range(ROWS))
    assert len(Table.from_arrow(open_source(uri(s3, f"{bucket}/{path}")), key="id")) == ROWS


def test_what_is_not_there(s3, bucket):
    for path in (f"{bucket}/absent.csv", "no-such-bucket/x.csv", f"{bucket}/day-9/*.csv"):
        with pytest.raises(SourceError) as caught:
            next(open_source(uri(s3, path)))
        assert "secret" not in str(caught.value)


@contextlib.contextmanager
def believing_nobody(endpoint):
    """moto's server asks who is there, which it does not at first: yields one who may, and his secret."""
    import boto3

    client = boto3.client(
        "iam",
        endpoint_url=f"http://{endpoint}",
        aws_access_key_id="k",
        aws_secret_access_key="s",
        region_name="us-east-1",
    )
    client.create_user(UserName="reader")
    may = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    client.put_user_policy(UserName="reader", PolicyName="all", PolicyDocument=json.dumps(may))
    key = client.create_access_key(UserName="reader")["AccessKey"]
    client.close()

    def believe(requests):
        server = http.client.HTTPConnection(endpoint)
        server.request("POST", "/moto-api/reset-auth", requests)
        assert server.getresponse().status == 200
        server.close()

    believe("0")
    try:
        yield key["AccessKeyId"], key["SecretAccessKey"]
    finally:
        believe("inf")


def test_wrong_credentials(s3, bucket):
    with believing_nobody(s3) as (key, secret):
        right = f"{key}:{quote(secret, safe='')}"
        assert len(next(open_source(uri(s3, f"{bucket}/t.csv.gz", who=right)))) > 0
        for who, wrong in ((key, "wr0ng"), ("AKIANOBODY", secret)):
            for path in ("t.csv.gz", "*.csv.gz"):
                source = open_source(uri(s3, f"{bucket}/{path}", who=f"{who}:{quote(wrong, safe='')}"))
                for ask in (next, next, lambda source: source.schema):
                    with pytest.raises(SourceError, match=r"ACCESS_DENIED|SIGNATURE_DOES_NOT|INVALID_ACCESS") as caught:
                        ask(source)
                    assert f"asked as {who!r}" in str(caught.value)
                    assert wrong not in str(caught.value)
                    assert quote(wrong, safe="") not in str(caught.value)


@pytest.mark.parametrize(("refused", "attempts", "recovers"), [(3, 10, True), (10**6, 2, False)])
def test_a_server_that_says_503_is_asked_again(s3, bucket, refused, attempts, recovers):
    """A proxy in front refuses so many requests before it hands them on."""
    left = [refused]

    class Proxy(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            if left[0] > 0:
                left[0] -= 1
                self.send_response(503)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            server = http.client.HTTPConnection(s3)
            server.request(self.command, self.path, headers=dict(self.headers))
            answer = server.getresponse()
            body = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("transfer-encoding", "connection", "server", "date"):
                    self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)
            server.close()

        do_HEAD = do_GET

        def log_message(self, *arguments):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        source = open_source(uri(f"127.0.0.1:{proxy.server_port}", f"{bucket}/t.csv.gz", f"&max_attempts={attempts}"))
        try:
            if recovers:
                assert [row for batch in source for row in batch["id"].to_pylist()] == list(range(ROWS))
                assert left == [0]
            else:
                with pytest.raises(SourceError):
                    next(source)
        finally:
            proxy.shutdown()
