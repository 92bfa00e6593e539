"""Files of a bucket: what files.py says of files holds for these.

    s3://bucket/2026/*.parquet?region=eu-central-1
    s3://bucket/key.csv?endpoint_override=localhost:9000&scheme=http

Credentials are those of the AWS SDK (environment, profile, role), or of s3://KEY:SECRET@bucket/…, or `anonymous=true`.
A request that the server refuses for now (503, 429) is repeated, `max_attempts` times in all.
"""

from __future__ import annotations

from functools import cached_property

from pyarrow.fs import AwsStandardS3RetryStrategy, S3FileSystem

from .errors import InvalidURI, SourceError
from .files import FileSource
from .uri import SourceURI

ATTEMPTS = 10


class S3Source(FileSource):
    OPTIONS = FileSource.OPTIONS | {"region", "endpoint_override", "scheme", "anonymous", "max_attempts"}

    def _path_of(self, uri: SourceURI) -> str:
        if len(uri.hosts) != 1 or uri.hosts[0][1] is not None or len(uri.path) < 2:
            found = f"the bucket {uri.authority!r} and the key {uri.path.removeprefix('/')!r}"
            raise InvalidURI(f"{uri}: expected s3://BUCKET/KEY, found {found}; a server is endpoint_override=HOST:PORT")
        uri.choice("scheme", ("http", "https"), "https")
        uri.choice("anonymous", ("true", "false"), "false")
        uri.number("max_attempts", ATTEMPTS)
        return uri.hosts[0][0] + uri.path

    @cached_property
    def _file_system(self) -> S3FileSystem:
        uri = self.uri
        return S3FileSystem(
            access_key=uri.user,
            secret_key=uri.password,
            anonymous=uri.options.get("anonymous") == "true",
            region=uri.options.get("region"),
            scheme=uri.options.get("scheme", "https"),
            endpoint_override=uri.options.get("endpoint_override"),
            retry_strategy=AwsStandardS3RetryStrategy(max_attempts=uri.number("max_attempts", ATTEMPTS)),
        )

    def _failed(self, error: Exception, path: str | None = None) -> SourceError:
        """With the access key that asked, since that may be why: it is a name, and only its secret is secret."""
        asked = "" if self.uri.password is None else f" (asked as {self.uri.user!r})"
        return SourceError(f"{super()._failed(error, path)}{asked}")
