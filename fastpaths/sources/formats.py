"""Readers of one file each: CSV, JSON lines, Parquet, as batches of pyarrow, from a row on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet

COMPRESSED = {".gz": "gzip", ".zst": "zstd"}
FORMATS = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}
BLOCK = 1 << 20  # bytes of text that are parsed at a time; the first of them tell the types


@dataclass(frozen=True, slots=True)
class Format:
    name: str  # of FORMATS
    compression: str | None

    @classmethod
    def of(cls, path: str, named: str | None) -> Format | None:
        """By the endings of its name, unless the format is named; None where they tell nothing."""
        stem, compression = path, None
        for ending, codec in COMPRESSED.items():
            if path.endswith(ending):
                stem, compression = path.removesuffix(ending), codec
        name = named or next((name for ending, name in FORMATS.items() if stem.endswith(ending)), None)
        return None if name is None or (name == "parquet" and compression) else cls(name, compression)

    def open(self, file: pa.NativeFile, schema: pa.Schema | None) -> Reader:
        """schema: types that columns of text are to have."""
        if self.name == "parquet":
            return ParquetReader(file)
        stream = pa.CompressedInputStream(file, self.compression) if self.compression else file
        reader = _open_csv(stream, schema) if self.name == "csv" else _open_json(stream, schema)
        return TextReader(reader, self.compression is not None)


def _open_csv(stream: Any, schema: pa.Schema | None) -> Any:
    convert = pyarrow.csv.ConvertOptions(column_types=schema)
    return pyarrow.csv.open_csv(stream, pyarrow.csv.ReadOptions(block_size=BLOCK), convert_options=convert)


def _open_json(stream: Any, schema: pa.Schema | None) -> Any:
    parse = pyarrow.json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error" if schema else "infer")
    return pyarrow.json.open_json(stream, pyarrow.json.ReadOptions(block_size=BLOCK), parse)


def use_threads() -> bool:
    """A pool of one thread (`pyarrow.set_cpu_count(1)`, or one core) shares out nothing, but costs its hand-overs."""
    return int(pa.cpu_count()) > 1


class Reader:
    schema: pa.Schema

    def batches(self, rows: int) -> Iterator[pa.RecordBatch]:
        """All but the first `rows` rows; no batch is empty."""
        for batch in self._batches(rows):
            if rows >= len(batch):
                rows -= len(batch)
                continue
            yield batch.slice(rows) if rows else batch
            rows = 0

    def _batches(self, rows: int) -> Iterator[pa.RecordBatch]:
        raise NotImplementedError

    def num_rows(self, size: int) -> int | None:
        """About how many the file of so many bytes has, once a batch has been read; None where that tells nothing."""
        raise NotImplementedError


class TextReader(Reader):
    """What is skipped is parsed all the same: only that tells where a row ends."""

    def __init__(self, reader: Any, compressed: bool) -> None:
        self._reader, self._compressed = reader, compressed
        self.schema = reader.schema
        self._rows_of_block: int | None = None

    def _batches(self, rows: int) -> Iterator[pa.RecordBatch]:
        for batch in self._reader:
            if self._rows_of_block is None and not self._compressed:
                self._rows_of_block = len(batch)
            yield batch

    def num_rows(self, size: int) -> int | None:
        return None if self._rows_of_block is None else self._rows_of_block * max(size, BLOCK) // BLOCK


class ParquetReader(Reader):
    """Row groups that are skipped whole are not read."""

    def __init__(self, file: pa.NativeFile) -> None:
        self._file = pa.parquet.ParquetFile(file)
        self.schema = self._file.schema_arrow

    def batches(self, rows: int) -> Iterator[pa.RecordBatch]:
        groups = list(range(self._file.num_row_groups))
        while groups and rows >= (size := self._file.metadata.row_group(groups[0]).num_rows):
            rows -= size
            del groups[0]
        self._groups = groups
        return super().batches(rows)

    def _batches(self, rows: int) -> Iterator[pa.RecordBatch]:
        yield from self._file.iter_batches(row_groups=self._groups, use_threads=use_threads())

    def num_rows(self, size: int) -> int | None:
        return int(self._file.metadata.num_rows)
