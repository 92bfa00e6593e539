"""Reference cases: operations of several kinds, and versions of them that are slower by a known amount.

They are what `fastpaths selfcheck` and the trial of the gate measure. `slower=5` does 105 % of the work of `slower=0`;
its answer shows that it did. Standard library alone, so that they run wherever Python does.
"""

import contextlib
import json
import random
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from operator import itemgetter

from fastpaths.bench import Op, case

SLOWER = {"quick": [0], "default": [0, 2, 3, 5, 10], "production": [0, 2, 3, 5, 10]}
kind = case(group="reference", params={"slower": SLOWER})


def more(amount: int, slower: int) -> int:
    """`amount`, a multiple of 100, and `slower` percent more."""
    return amount + amount * slower // 100


def nothing(_: object) -> None:
    """The empty operation: what is left of a measurement when there is nothing to measure."""


@case(group="reference")
def empty() -> Op:
    return Op.each(nothing, range(100), expected=[None] * 100)


@kind
def dict_get(slower: int) -> Op:
    """Compute-bound, 30 ns each: lookups in a small dict."""
    numbers = {f"key{i}": i for i in range(1000)}
    order = [i * 7 % 1000 for i in range(more(200, slower))]
    return Op(itemgetter(*(f"key{i}" for i in order)), numbers, items=len(order), expected=tuple(order))


@kind
def json_dumps(slower: int) -> Op:
    """Compute-bound, with many short-lived strings, 100 µs."""
    records = [{"id": 1, "symbol": "STOCK0001", "price": 101.25, "volume": 300}] * more(100, slower)
    return Op(json.dumps, records, expected=json.dumps(records))


@kind
def build_list(slower: int) -> Op:
    """Allocation-bound, 10 µs: a list of new integers."""
    numbers = range(1000, 1000 + more(1000, slower))
    return Op(list, numbers, expected=list(numbers))


@kind
def crc32(slower: int) -> Op:
    """Bound by arithmetic over one small buffer, 1 µs."""
    data = random.Random(1).randbytes(more(4000, slower))
    return Op(zlib.crc32, data, expected=zlib.crc32(data))


@kind
def scattered(slower: int) -> Op:
    """Cache-bound, 20 to 100 µs: reads objects all over 30 MB of memory."""
    rng = random.Random(1)
    numbers = [float(i) for i in range(500_000)]
    rng.shuffle(numbers)
    places = [rng.randrange(len(numbers)) for _ in range(more(2000, slower))]
    return Op(itemgetter(*places), numbers, expected=tuple(numbers[place] for place in places))


@kind
def sort(slower: int) -> Op:
    """A millisecond: branches and moves."""
    rng = random.Random(1)
    numbers = [rng.random() for _ in range(more(5000, slower))]
    return Op(sorted, numbers, expected=sorted(numbers))


@case(group="reference", params={"locked": [0, 1]}, pairing="alternate")
def two_threads(locked: int) -> Op:
    """Two threads at work that releases the interpreter's lock; `locked`: as if it did not, and they take turns."""
    data = random.Random(1).randbytes(4_000_000)
    lock = threading.Lock() if locked else contextlib.nullcontext()
    pool = ThreadPoolExecutor(2)

    def checksum(_: int) -> int:
        with lock:
            return zlib.crc32(data)

    def both() -> list[int]:
        return list(pool.map(checksum, range(2)))

    return Op(both, expected=[zlib.crc32(data)] * 2, close=pool.shutdown)
