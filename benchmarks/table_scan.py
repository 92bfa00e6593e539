"""All rows of a Table in batches, and pages from its middle, as dicts and as columns."""

import _transactions as data

from fastpaths.bench import Op, case, main

PARAMS = {"rows": data.ROWS, "batch": [1000]}
PAGES = {"rows": data.ROWS, "limit": [100]}


def total(batches):
    """Of the amounts: whoever reads a batch reads its values."""
    return sum(int(batch["amount"].to_numpy().sum()) for batch in batches)


def scanning(function, *arguments, rows):
    return Op(function, *arguments, items=rows, unit="record", expected=int(data.fields(rows)["amount"].sum()))


@case(group="scan", name="table", params=PARAMS)
def scan_table(rows, batch):
    table = data.table(rows)
    return scanning(lambda: total(table.scan(batch)), rows=rows)


@scan_table.baseline(name="dicts")
def scan_dicts(rows, batch):
    def total(table):
        amounts = 0
        for record in table.values():
            amounts += record["amount"]
        return amounts

    return scanning(total, data.by_key(rows), rows=rows)


@scan_table.baseline(name="sqlite")
def scan_sqlite(rows, batch):
    def total(connection):
        cursor, amounts = connection.execute("SELECT * FROM t"), 0
        while records := cursor.fetchmany(batch):
            for record in records:
                amounts += record[3]
        return amounts

    return scanning(total, data.sqlite_connection(data.records(rows)), rows=rows)


def paging(function, rows, answer):
    """The page in the middle."""
    start = rows // 2
    expected = list(data.records(rows))[start : start + 100]
    return Op(function, start, items=100, unit="record", answer=answer, expected=expected)


@case(group="page", name="table", params=PAGES)
def page_table(rows, limit):
    table = data.table(rows)
    return paging(lambda start: table.page(start, limit).to_dicts(), rows, None)


@page_table.baseline(name="sqlite")
def page_sqlite(rows, limit):
    connection = data.sqlite_connection(data.records(rows))
    query = f"SELECT * FROM t WHERE rowid > ? ORDER BY rowid LIMIT {limit}"
    return paging(lambda start: data.sqlite_records(connection, query, [start]), rows, None)


if data.installed("polars"):

    @scan_table.baseline(name="polars")
    def scan_polars(rows, batch):
        frame = data.polars_frame(data.fields(rows))
        return scanning(lambda: total(frame.iter_slices(batch)), rows=rows)

    @page_table.baseline(name="polars")
    def page_polars(rows, limit):
        frame = data.polars_frame(data.fields(rows))
        return paging(lambda start: frame.slice(start, limit).to_dicts(), rows, None)


if data.installed("pyarrow"):

    @scan_table.baseline(name="pyarrow")
    def scan_arrow(rows, batch):
        table = data.arrow_table(data.fields(rows))
        return scanning(lambda: total(table.to_batches(batch)), rows=rows)


if __name__ == "__main__":
    main()
