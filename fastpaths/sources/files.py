"""Files, one after the other in the order of their names.

    file:///data/trades.csv
    file:///data/2026-*/part-?.jsonl.gz?format=jsonl

CSV with a header, JSON lines, Parquet; text may be compressed by gzip or zstd. The endings of a name tell the format,
or the option `format` does. * ? and [] match within one folder.

All files have the columns and types of the first: SourceChanged names the one that has not. So does a file whose size
is not what it was when it was listed, be it while it is read or, by a saved position, since it was. Text that somebody
cut off at the end of a line before that is no different from a shorter file.

A position is kept by file and row. Files that come later, whatever their names, are read when the source is opened
there again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.fs

from .errors import InvalidURI, SourceChanged, SourceError
from .formats import FORMATS, Format, Reader
from .source import Position, Source
from .uri import SourceURI

WILDCARD = re.compile(r"[*?\[]")


class FileSource(Source):
    OPTIONS = frozenset({"format"})
    READS_AHEAD = True

    def __init__(self, uri: SourceURI, position: Position | None, schema: pa.Schema | None) -> None:
        super().__init__(uri, position, schema)
        uri.refuse_others(self.OPTIONS)
        self._format = uri.choice("format", set(FORMATS.values()), "") if "format" in uri.options else None
        self._given = schema
        self._schema: pa.Schema | None = None
        self._num_rows: int | None = None
        self._path = self._path_of(uri)
        if Format.of(self._path, self._format) is None:
            known, name = ", ".join(FORMATS), self._path.rpartition("/")[2]
            raise InvalidURI(
                f"{uri}: the name {name!r} tells no format ({known}; of text also .gz, .zst): add ?format=…"
            )

    def _path_of(self, uri: SourceURI) -> str:
        if uri.hosts and uri.hosts != (("localhost", None),):
            raise InvalidURI(f"{uri}: a file has no host, found {uri.authority!r}; three slashes begin its path")
        if len(uri.path) < 2:
            raise InvalidURI(f"{uri}: expected file:///PATH, found the path {uri.path!r}")
        return uri.path

    @cached_property
    def _file_system(self) -> pa.fs.FileSystem:
        return pa.fs.LocalFileSystem()

    @property
    def schema(self) -> pa.Schema:
        """What the first file has."""
        if self._schema is None:
            with self._opened(self._files()[0], self._given) as reader:
                self._schema = reader.schema.remove_metadata()
        return self._schema

    @property
    def num_rows(self) -> int | None:
        """About how many rows all files have, by their sizes and the first batch; None of compressed text."""
        return self._num_rows

    @staticmethod
    def _fits(position: Position) -> bool:
        return position.keys() == {"files"}

    def _files(self) -> list[pa.fs.FileInfo]:
        """Those that match, in the order of their names."""
        parts = self._path.split("/")
        fixed = next((i for i, part in enumerate(parts) if WILDCARD.search(part)), None)
        try:
            if fixed is None:
                found = self._file_system.get_file_info([self._path])
            else:
                below = pa.fs.FileSelector("/".join(parts[:fixed]) or "/", recursive=fixed < len(parts) - 1)
                found = [info for info in self._file_system.get_file_info(below) if _matches(info.path, parts)]
        except OSError as error:
            raise self._failed(error) from error
        files = sorted((info for info in found if info.type == pa.fs.FileType.File), key=lambda info: info.path)
        if not files:
            raise SourceError(f"{self.uri}: there is no such file")
        return files

    def _read(self) -> Iterator[tuple[pa.RecordBatch, Position]]:
        # By path: how large it is, and how many rows of it were handed out; None: all.
        seen: dict[str, dict[str, Any]] = self._position.get("files", {})
        files = self._files()
        for info in files:
            before = seen.get(info.path, {"size": info.size, "rows": 0})
            if before["size"] != info.size:
                raise self._resized(info.path, before["size"], info.size)
            rows = before["rows"]
            if rows is None:
                continue
            expected = self._schema if info is files[0] else self.schema
            for batch, about in self._batches(info, rows, expected):
                if self._num_rows is None and about is not None:
                    self._num_rows = about * sum(file.size for file in files) // info.size
                rows += len(batch)
                seen = {**seen, info.path: {"size": info.size, "rows": rows}}
                yield batch, {"files": seen}
            seen = {**seen, info.path: {"size": info.size, "rows": None}}

    def _batches(
        self, info: pa.fs.FileInfo, rows: int, expected: pa.Schema | None
    ) -> Iterator[tuple[pa.RecordBatch, int | None]]:
        """Each with how many rows the file has, about. expected: the source's schema; None: that of this file is."""
        with self._opened(info, self._given if expected is None else expected) as reader:
            found = reader.schema.remove_metadata()
            if expected is None:
                self._schema = found
            elif found != expected:
                raise SourceChanged(f"{info.path}: {_difference(expected, found)}")
            for batch in reader.batches(rows):
                yield batch.replace_schema_metadata(None), reader.num_rows(info.size)
        if (now := self._file_system.get_file_info(info.path).size) != info.size:
            raise self._resized(info.path, info.size, now)

    @contextmanager
    def _opened(self, info: pa.fs.FileInfo, schema: pa.Schema | None) -> Iterator[Reader]:
        format = Format.of(info.path, self._format)
        assert format is not None
        try:
            # Not closed here: a reader of text reads ahead on a thread of pyarrow's, and would go on with the file that
            # is given the same number next, which then lacks what was read. It closes itself when all have let go.
            yield format.open(self._file_system.open_input_file(info.path), schema)
        except (OSError, pa.ArrowException, UnicodeDecodeError) as error:  # the last for the name of a column
            now = self._file_system.get_file_info(info.path).size
            if now != info.size:
                raise self._resized(info.path, info.size, now) from error
            raise self._failed(error, info.path) from error

    def _failed(self, error: Exception, path: str | None = None) -> SourceError:
        return SourceError(f"{path or self.uri}: {error}")

    def _resized(self, path: str, before: int, now: int | None) -> SourceChanged:
        found = "is gone" if now is None else f"has {now:,} bytes"
        return SourceChanged(f"{path} had {before:,} bytes when reading began, and {found} now")


def _matches(path: str, pattern: list[str]) -> bool:
    parts = path.split("/")
    return len(parts) == len(pattern) and all(map(fnmatchcase, parts, pattern))


def _difference(expected: pa.Schema, found: pa.Schema) -> str:
    for field in expected:
        if field.name not in found.names:
            return f"expected a column {field.name!r}, as in the first file, found {', '.join(found.names)}"
        if (type := found.field(field.name).type) != field.type:
            return f"column {field.name!r} is {type}, and {field.type} in the first file"
    more = [name for name in found.names if name not in expected.names]
    if more:
        return f"column {more[0]!r} is not in the first file"
    return f"expected the columns in the order {', '.join(expected.names)}, found {', '.join(found.names)}"
