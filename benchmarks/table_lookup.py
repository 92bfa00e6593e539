"""The row of a key: KeyIndex against what Python and numpy have for it.

Probes are equal to stored keys but other objects, as keys decoded from messages are; one in twenty is absent. Where the
index takes a column or an array, the baselines on dict still take a list of Python objects.
"""

import operator
import random

import numpy as np

from fastpaths import BinaryColumn, KeyIndex
from fastpaths.bench import Op, case, main

ROWS = {"quick": [10_000], "default": [100_000], "production": [1_000_000]}


class Rows(dict):
    """Keys to rows; -1 for absent ones, which only itemgetter sees."""

    __slots__ = ()

    def load(self, keys):
        self.update(zip(keys, range(len(keys)), strict=True))
        return self

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


def churn(delete, insert, keys):
    for key in keys:
        delete(key)
        insert(key)


def define(kind, make, bulk, to_bulk):
    """The cases of a kind of keys. make: key number i, always a new object; to_bulk: keys to the form named `bulk`."""
    group, forms = f"lookup/{kind}", {"rows": ROWS, "keys": {preset: ["list", bulk] for preset in ROWS}}

    def data(rows, form="list"):
        """Keys in random order, a tenth as many probes, and the row of each probe."""
        rng, convert = random.Random(rows), to_bulk if form == bulk else list
        numbers = rng.sample(range(2 * rows), 2 * rows)
        wanted = [rng.randrange(rows) if rng.random() < 0.95 else rows + i for i in range(rows // 10)]
        keys, probes = [make(i) for i in numbers[:rows]], [make(numbers[i]) for i in wanted]
        return convert(keys), convert(probes), [i if i < rows else -1 for i in wanted]

    def index_of(keys):
        index = KeyIndex(kind)
        index.insert_many(keys)
        return index

    def lookups(function, *arguments, answer):
        return Op(function, *arguments, items=len(answer), unit="lookup", expected=answer)

    def churning(held, delete, insert, keys):
        answer = {"answer": lambda _: sorted(held), "expected": sorted(keys)}
        return Op(churn, delete, insert, keys, items=len(keys), unit="key", **answer)

    @case(group=group, params={"rows": ROWS})
    def find(rows):
        keys, probes, answer = data(rows)
        return Op.each(index_of(keys).find, probes, unit="lookup", expected=answer)

    @find.baseline
    def dict_get(rows):
        keys, probes, answer = data(rows)
        found = lambda rows: [-1 if row is None else row for row in rows]  # noqa: E731
        return Op.each(Rows().load(keys).get, probes, unit="lookup", answer=found, expected=answer)

    @case(group=group, params=forms)
    def find_many(rows, keys):
        stored, probes, answer = data(rows, keys)
        return lookups(index_of(stored).find_many, probes, answer=answer)

    for function in (dict_loop, dict_comprehension, dict_itemgetter):

        @find_many.baseline(name=function.__name__)
        def dict_peer(rows, keys, function=function):
            stored, probes, answer = data(rows)
            return lookups(function, Rows().load(stored), probes, answer=answer)

    if kind == "int64":

        @find_many.baseline
        def numpy_searchsorted(rows, keys):
            stored, probes, answer = data(rows, keys)
            order = np.argsort(stored)
            return lookups(searchsorted, np.array(stored)[order], order, probes, answer=answer)

    @case(group=group, params=forms)
    def load(rows, keys):
        stored, index = data(rows, keys)[0], KeyIndex(kind)
        return Op(index.insert_many, stored, reset=index.clear, items=rows, unit="key", expected=list(range(rows)))

    @load.baseline
    def dict_load(rows, keys):
        stored, table, rows_of = data(rows)[0], Rows(), lambda table: list(table.values())
        answer = list(range(rows))
        return Op(table.load, stored, reset=table.clear, items=rows, unit="key", answer=rows_of, expected=answer)

    @case(group=group, params={"rows": ROWS})
    def delete_insert(rows):
        keys = data(rows)[0]
        index = index_of(keys)
        return churning(index, index.delete, index.insert, keys)

    @delete_insert.baseline
    def dict_pop_setdefault(rows):
        keys = data(rows)[0]
        table = Rows().load(keys)
        return churning(table, table.pop, table.setdefault, keys)


define("str", "txn_{:08d}".format, "column", BinaryColumn.from_values)
define("int64", lambda i: int(str(i)), "array", np.array)

if __name__ == "__main__":
    main()
