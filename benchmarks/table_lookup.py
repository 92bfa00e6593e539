"""Table by its key: find, find_many and churn, against dicts and whatever else finds a row by a key.

Probes are equal to stored keys but other objects, as keys decoded from messages are; one in twenty is absent. Where the
table takes a column or an array, the peers on dict still take a list of Python objects; pandas and polars take a form
of their own, made beforehand. pyarrow is not here: it builds its hash table anew in every call.
"""

import operator

import _transactions as data
import numpy as np

from fastpaths.bench import Op, case, main


class Rows(dict):
    """Keys to rows; -1 for absent ones, which only itemgetter sees."""

    __slots__ = ()

    def __missing__(self, key):
        return -1


def dict_loop(table, probes):
    rows = []
    for probe in probes:
        rows.append(table.get(probe, -1))  # noqa: PERF401
    return rows


def dict_comprehension(table, probes):
    get = table.get
    return [get(probe, -1) for probe in probes]


def dict_itemgetter(table, probes):
    return operator.itemgetter(*probes)(table)


def searchsorted(ordered, rows, probes):
    at = np.minimum(np.searchsorted(ordered, probes), len(ordered) - 1)
    return np.where(ordered[at] == probes, rows[at], -1)


def churn(delete, insert, records):
    for key, record in records.items():
        delete(key)
        insert(record)


def define(kind):
    """The cases of a kind of keys."""
    group, key = f"lookup/{kind}", data.KEYS[kind]
    bulk = data.BULK[kind]
    forms = {"rows": data.ROWS, "keys": [bulk.__name__, "list"]}

    def stored(rows):
        return data.fields(rows)[key]

    def row_of(rows):
        return Rows((data.make_key(kind, number), row) for row, number in enumerate(data.numbers(rows).tolist()))

    def singly(function, rows, answer=None):
        probes, expected = data.probes(kind, rows)
        return Op.each(function, probes, unit="lookup", answer=answer, expected=expected)

    def together(function, rows, form=list, answer=list):
        probes, expected = data.probes(kind, rows)
        return Op(function, form(probes), items=rows // 10, unit="lookup", answer=answer, expected=expected)

    @case(group=group, params={"rows": data.ROWS})
    def find(rows):
        return singly(data.table(rows, key).find, rows)

    @find.baseline
    def dict_get(rows):
        return singly(row_of(rows).get, rows, lambda found: [-1 if row is None else row for row in found])

    @find.baseline
    def sqlite(rows):
        connection = data.sqlite_connection(data.records(rows))
        connection.execute(f"CREATE INDEX by_{key}_too ON t({key})")
        find = lambda probe: connection.execute(f"SELECT rowid FROM t WHERE {key} = ?", (probe,)).fetchone()  # noqa: E731
        return singly(find, rows, lambda found: [row[0] - 1 if row else -1 for row in found])

    @case(group=group, params=forms)
    def find_many(rows, keys):
        return together(data.table(rows, key).find_many, rows, list if keys == "list" else bulk)

    for function in (dict_loop, dict_comprehension, dict_itemgetter):

        @find_many.baseline(name=function.__name__)
        def dict_peer(rows, keys, function=function):
            table = row_of(rows)
            return together(lambda probes: function(table, probes), rows)

    if kind == "int64":

        @find_many.baseline
        def numpy_searchsorted(rows, keys):
            order = np.argsort(stored(rows))
            ordered = stored(rows)[order]
            return together(lambda probes: searchsorted(ordered, order, probes), rows, np.array)

    if data.installed("pandas"):

        @find_many.baseline
        def pandas_get_indexer(rows, keys):
            import pandas as pd

            form = lambda keys: pd.Index(keys, dtype=kind)  # noqa: E731
            return together(form(stored(rows)).get_indexer, rows, form)

    if data.installed("polars"):

        @find_many.baseline
        def polars_join(rows, keys):
            import polars as pl

            table = pl.DataFrame({"key": stored(rows), "row": range(rows)})
            return together(
                lambda probes: probes.join(table, on="key", how="left", maintain_order="left"),
                rows,
                lambda keys: pl.DataFrame({"key": keys}),
                lambda frame: frame["row"].fill_null(-1).to_list(),
            )

    @case(group=group, params={"rows": data.ROWS})
    def delete_upsert(rows):
        table, records = data.table(rows, key), data.by_key(rows, key)
        answer = {"answer": lambda _: {key: table[key] for key in table}, "expected": records}
        return Op(churn, table.delete, table.upsert, records, items=rows, unit="key", **answer)

    @delete_upsert.baseline
    def dict_pop_set(rows):
        records = data.by_key(rows, key)
        table = dict(records)

        def insert(record):
            table[record[key]] = dict(record)

        return Op(churn, table.pop, insert, records, items=rows, unit="key", answer=lambda _: table, expected=records)


define("str")
define("int64")


if __name__ == "__main__":
    main()
