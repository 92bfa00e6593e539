"""Buckets as sources, on moto's server."""

import http.client
import http.server
import threading

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


def uri(endpoint, path, more=""):
    return f"s3://key:secret@{path}?endpoint_override={endpoint}&scheme=http&region=us-east-1{more}"


@pytest.mark.parametrize("path", ["day-*/*.parquet", "t.csv.gz"])
def test_every_row_and_a_position_between(s3, bucket, path):
    with open_source(uri(s3, f"{bucket}/{path}")) as source:
        rows, kept = next(source)["id"].to_pylist(), source.position
    rows += [row for batch in open_source(uri(s3, f"{bucket}/{path}"), kept) for row in batch["id"].to_pylist()]
    assert rows == list(range(ROWS))
    assert len(Table.from_arrow(open_source(uri(s3, f"{bucket}/{path}")), key="id")) == ROWS


def test_what_is_not_there_and_who_may_not(s3, bucket):
    for path in (f"{bucket}/absent.csv", "no-such-bucket/x.csv", f"{bucket}/day-9/*.csv"):
        with pytest.raises(SourceError) as caught:
            next(open_source(uri(s3, path)))
        assert "secret" not in str(caught.value)


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
