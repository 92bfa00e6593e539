"""A source: one place that columnar batches come from, and where in it one is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from importlib import import_module
from importlib.metadata import entry_points
from threading import RLock
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from .errors import InvalidURI, MissingExtra, SourceError
from .uri import SourceURI

if TYPE_CHECKING:
    import pyarrow

Batch: TypeAlias = Any  # has len() and __arrow_c_array__
Position: TypeAlias = dict[str, Any]  # as JSON has it

BUILT_IN = {  # the module and class of each scheme, and the extra that it needs
    "file": ("files", "FileSource", "sources"),
    "kafka": ("kafka", "KafkaSource", "sources"),
    "postgresql": ("postgresql", "PostgresSource", "postgresql"),
    "s3": ("s3", "S3Source", "sources"),
}
ENTRY_POINTS = "fastpaths.sources"  # the group where other packages name a scheme and its class


class Source(ABC):
    """Batches in columns, one after the other: an iterator, also an asynchronous one; and as a whole an Arrow stream.

        with open_source("file:///data/trades-*.csv.gz") as source:
            for batch in source:
                …
                save(json.dumps(source.position))

    A batch has a length and is Arrow (`__arrow_c_array__`): polars, pyarrow, DuckDB and Table.upsert_many take it.

    What fails raises a SourceError, now and whenever one asks again: an end is only where the source has one.
    """

    READS_AHEAD = False  # an Arrow stream of it: whether another thread may read it, and reading always ends

    def __init__(self, uri: SourceURI, position: Position | None, schema: pyarrow.Schema | None) -> None:
        """Checks all that can be known of the URI without a connection."""
        if position and not self._fits(position):
            raise SourceError(f"{uri}: a position of another kind of source: {position!r:.200}")
        self.uri = uri
        self._position: Position = {} if position is None else position
        self._read_on = self._read()
        self._ahead: deque[tuple[Batch, Position]] = deque()  # read, and not yet handed out
        self._reading: deque[Future[bool]] = deque()  # what a thread reads and will read
        self._one_at_a_time = RLock()
        self._ended: str | None = None  # what went wrong: not the exception, whose traceback keeps its callers' batches

    @property
    @abstractmethod
    def schema(self) -> pyarrow.Schema:
        """Of every batch. Reads as little as tells it."""

    @property
    def num_rows(self) -> int | None:
        """About how many rows there are in all, once the first batch has been read; None where nobody knows."""
        return None

    @staticmethod
    @abstractmethod
    def _fits(position: Position) -> bool:
        """Whether it is one of this kind of source, which is not empty."""

    @abstractmethod
    def _read(self) -> Iterator[tuple[Batch, Position] | None]:
        """From self._position on: batches that are not empty, each with the position behind it.

        None now and then while there is nothing: only there may a wait be cancelled, or the source closed.
        """

    def close(self) -> None:
        """Whoever waits in another thread, or will, gets a SourceError."""
        self._ended = self._ended or f"{self.uri} is closed"
        wait(self._reading)
        with self._one_at_a_time:
            self._read_on.close()  # type: ignore[attr-defined]  # a generator

    @property
    def position(self) -> Position:
        """Behind the last batch that was handed out, as JSON can keep it: open_source(uri, position) goes on there."""
        return self._position

    def __iter__(self) -> Iterator[Batch]:
        return self

    def __next__(self) -> Batch:
        self._fetch()
        if not self._ahead:
            raise StopIteration
        return self._take()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Batch:
        """In a thread, while others run. Cancelled, it loses nothing: the next one hands out what has been read.

        A cancellation waits for a step of the reading to end: of a topic half a second at most.
        """
        from anyio.to_thread import run_sync  # which takes as long to load as all the rest

        while not self._ahead:
            if not await run_sync(self._step):
                raise StopAsyncIteration
        return self._take()

    def _take(self) -> Batch:
        batch, self._position = self._ahead.popleft()
        return batch

    def _fetch(self) -> None:
        """Reads the next batch, if none is waiting to be handed out."""
        while not self._ahead and self._step():
            pass

    def _step(self) -> bool:
        """A batch more to be handed out, or none yet; False at the end."""
        with self._one_at_a_time:
            if self._ended is not None:
                raise SourceError(self._ended)
            try:
                for read in self._read_on:
                    if read is not None:
                        self._ahead.append(read)
                    return True
            except BaseException as error:  # an interrupt ends the generator, too, and that is no end of the source
                self._ended = str(error) or f"{self.uri}: {error!r}"
                raise
            return False

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """What is left, as Arrow: `Table.from_arrow(source, key=…)`, `polars.from_arrow(source)`."""
        import pyarrow as pa

        self._fetch()  # what it reads tells the schema, too: nothing is opened for that alone
        schema = self.schema
        batches = (pa.record_batch(batch) for batch in (self._read_ahead() if self.READS_AHEAD else self))
        return pa.RecordBatchReader.from_batches(schema, batches).__arrow_c_stream__(requested_schema)

    def _read_ahead(self) -> Iterator[Batch]:
        """A thread reads the next batches while one is being used: what takes both times takes the longer one.

        It has the one after the next to go on with: whoever uses a batch may hold the GIL for all of that time.
        """
        try:
            with ThreadPoolExecutor(1, "fastpaths-source") as pool:
                for batch in self:
                    while len(self._reading) < 2:
                        self._reading.append(pool.submit(self._step))
                    yield batch
                    self._reading.popleft().result()
        finally:
            self._reading.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.uri}>"


def open_source(
    uri: str, position: Position | None = None, schema: pyarrow.Schema | Mapping[str, str] | None = None
) -> Source:
    """The source that a URI names; nothing is read yet.

        kafka://HOST:PORT,HOST:PORT/TOPIC?group_id=…                fastpaths.sources.kafka
        file:///FOLDER/*.csv, .jsonl, .parquet; .gz and .zst        fastpaths.sources.files
        s3://BUCKET/KEY.parquet?endpoint_override=…                 fastpaths.sources.s3
        postgresql://USER@HOST/DATABASE?table=…                     fastpaths.sources.postgresql

    position: what a source's `position` was, to go on from there.
    schema: of files of text and of JSON in Kafka, where what is found in the first of them will not do: a pyarrow
        Schema, or names to types as Table has them.

    InvalidURI, MissingExtra (with what to install), SourceError.
    """
    parsed = SourceURI.parse(uri)
    return _class_of(parsed)(parsed, position, _as_arrow(schema))


def _class_of(uri: SourceURI) -> type[Source]:
    kind: type[Source]
    if uri.scheme in BUILT_IN:
        module, name, extra = BUILT_IN[uri.scheme]
        try:
            kind = getattr(import_module(f".{module}", __package__), name)
        except ImportError as error:
            raise MissingExtra(f"{uri.scheme}:// needs {error.name}: pip install 'fastpaths[{extra}]'") from error
        return kind
    others = {point.name: point for point in entry_points(group=ENTRY_POINTS)}
    if uri.scheme not in others:
        raise InvalidURI(f"{uri}: no scheme {uri.scheme!r}; there are {', '.join(sorted({*BUILT_IN, *others}))}")
    point = others[uri.scheme]
    try:
        kind = point.load()
    except Exception as error:  # of another package's code
        raise SourceError(f"{uri}: the entry point '{point.name} = {point.value}' fails: {error!r}") from error
    if not (isinstance(kind, type) and issubclass(kind, Source)):
        raise SourceError(f"{uri}: the entry point '{point.name} = {point.value}' is no subclass of Source: {kind!r}")
    return kind


def _as_arrow(schema: pyarrow.Schema | Mapping[str, str] | None) -> pyarrow.Schema | None:
    if not isinstance(schema, Mapping):
        return schema
    import pyarrow as pa

    from ..columns import Columns

    readable = {pa.string_view(): pa.string(), pa.binary_view(): pa.binary()}  # by pyarrow's readers of text
    fields = pa.schema(Columns({name: [] for name in schema}, schema))
    return pa.schema([field.with_type(readable.get(field.type, field.type)) for field in fields])
