"""Rows of PostgreSQL, by ADBC: the server's binary COPY, straight into Arrow.

    postgresql://user:password@host:5432/database?table=trades
    postgresql://user@host/database?query=SELECT%20*%20FROM%20trades&order_by=id

Any other option of libpq (sslmode, connect_timeout, application_name, …) goes to it as it is. A password may also come
from where libpq looks: PGPASSWORD, ~/.pgpass, a service file.

A position needs `order_by`, a column of integers or strings of which no two are equal and none is null: the rows come
in its order, and a source that is opened at a position goes on behind the last one. Numerics come as strings, since
Arrow's decimals end at 76 digits.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode

import adbc_driver_manager
import adbc_driver_postgresql.dbapi as postgresql
import pyarrow as pa
import pyarrow.compute as pc

from .errors import InvalidURI, SourceChanged, SourceError
from .source import Position, Source
from .uri import SourceURI

OURS = ("table", "query", "order_by")
HINT = {"adbc.postgresql.batch_size_hint_bytes": str(1 << 20)}  # a batch


class PostgresSource(Source):
    READS_AHEAD = True

    def __init__(self, uri: SourceURI, position: Position | None, schema: pa.Schema | None) -> None:
        super().__init__(uri, position, schema)
        if ("table" in uri.options) == ("query" in uri.options):
            found = ", ".join(uri.options) or "no option"
            raise InvalidURI(f"{uri}: expected either table=… or query=…, found {found}")
        if schema is not None:
            raise SourceError(f"{uri}: the columns' types are the server's; cast them in the query")
        self._order_by = uri.options.get("order_by")
        self._schema: pa.Schema | None = None
        if position and self._order_by is None:
            raise SourceError(f"{uri}: to go on at a position, rows need an order: add order_by=COLUMN")
        table = ".".join(map(_quoted, uri.options.get("table", "").split(".")))
        self._query = uri.options.get("query", f"SELECT * FROM {table}").rstrip("; \n")

    @property
    def position(self) -> Position:
        if self._order_by is None:
            raise SourceError(f"{self.uri}: rows without an order have no position: add order_by=COLUMN")
        return self._position

    @cached_property
    def _connection(self) -> postgresql.Connection:
        """One for the schema and the rows: to connect takes as long as some ten thousand of these."""
        return postgresql.connect(_for_libpq(self.uri))

    def close(self) -> None:
        super().close()
        self._disconnect()

    def _disconnect(self) -> None:
        if connection := self.__dict__.pop("_connection", None):
            connection.close()

    @staticmethod
    def _fits(position: Position) -> bool:
        return position.keys() == {"after"}

    @property
    def schema(self) -> pa.Schema:
        if self._schema is None:
            try:
                with self._connection.cursor() as cursor:
                    self._schema = cursor.adbc_execute_schema(self._query).remove_metadata()
            except adbc_driver_manager.Error as error:
                self._disconnect()
                raise self._failed(error, 0) from None
        return self._schema

    def _read(self) -> Iterator[tuple[pa.RecordBatch, Position]]:
        rows, last = 0, self._position.get("after")
        try:
            with self._connection.cursor() as cursor:
                cursor.adbc_statement.set_options(**HINT)
                cursor.execute(*self._ordered(last))
                reader = cursor.fetch_record_batch()
                self._schema = reader.schema.remove_metadata()
                for batch in reader:
                    if len(batch) == 0:
                        continue
                    if self._order_by is not None:
                        last = self._last(batch, last)
                    rows += len(batch)
                    yield batch, {"after": last}
        except (adbc_driver_manager.Error, pa.ArrowException, OSError) as error:
            raise self._failed(error, rows) from None  # whose traceback may hold the whole URI
        finally:
            self._disconnect()

    def _ordered(self, after: Any) -> tuple[str, tuple[Any, ...]]:
        if self._order_by is None:
            return self._query, ()
        column = _quoted(self._order_by)
        behind = "" if after is None else f" WHERE {column} > $1"
        ordered = f"SELECT * FROM ({self._query}) AS source{behind} ORDER BY {column}"
        return ordered, () if after is None else (after,)

    def _last(self, batch: pa.RecordBatch, before: Any) -> Any:
        """The position behind a batch, in whose order nothing is twice or null."""
        order = batch.column(self._order_by)
        if not (pa.types.is_integer(order.type) or pa.types.is_string(order.type)):
            raise SourceError(f"{self.uri}: order_by is a column of integers or strings, found {order.type}")
        if order.null_count or order[0].as_py() == before or pc.any(pc.equal(order[1:], order[:-1])).as_py():
            raise SourceChanged(f"{self.uri}: in column {self._order_by!r} values are equal or null: it gives no order")
        return order[-1].as_py()

    def _failed(self, error: Exception, rows: int) -> SourceError:
        said = str(error)
        for secret in filter(None, (self.uri.password, self.uri.password and quote(self.uri.password, safe=""))):
            said = said.replace(secret, "***")
        return SourceError(f"{self.uri}, after {rows:,} rows: {said.strip()}")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _for_libpq(uri: SourceURI) -> str:
    user = "" if uri.user is None else quote(uri.user, safe="")
    password = "" if uri.password is None else ":" + quote(uri.password, safe="")
    hosts = ",".join((f"[{host}]" if ":" in host else host) + (f":{port}" if port else "") for host, port in uri.hosts)
    others = urlencode({name: value for name, value in uri.options.items() if name not in OURS}, quote_via=quote)
    return f"postgresql://{user}{password}{'@' if user else ''}{hosts}{quote(uri.path)}?{others}"
