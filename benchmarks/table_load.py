"""A Table of a stream's records, from columns and from dicts, against the dict of dicts that one would keep instead."""

import _transactions as data
import numpy as np

from fastpaths import Table
from fastpaths.bench import Op, case, main


def load(records):
    table = Table(data.SCHEMA, key="key")
    table.upsert_many(records)
    return table


def records_of(table):
    return table.take(np.arange(len(table))).to_dicts()


def define(form, source):
    """The cases of a form of records. source: makes so many rows of it; the peers always take dicts."""

    def loading(function, source, rows, answer):
        return Op(function, source, items=rows, unit="record", answer=answer, expected=list(data.records(rows)))

    @case(group=f"load/{form}", params={"rows": data.ROWS})
    def table(rows):
        return loading(load, source(rows), rows, records_of)

    @table.baseline
    def dict_of_dicts(rows):
        load = lambda records: {record["key"]: dict(record) for record in records}  # noqa: E731
        return loading(load, list(data.records(rows)), rows, lambda table: list(table.values()))

    @table.baseline
    def sqlite(rows):
        return loading(data.sqlite_connection, list(data.records(rows)), rows, data.sqlite_records)

    if data.installed("polars"):

        @table.baseline
        def polars(rows):
            """A frame; there is no index of keys in it."""
            return loading(data.polars_frame, list(data.records(rows)), rows, lambda frame: frame.to_dicts())


define("columns", data.columns)
define("dicts", lambda rows: list(data.records(rows)))

if __name__ == "__main__":
    main()
