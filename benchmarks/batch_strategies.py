"""The strategies of Batcher on one stream with bursts: records a second, and how long a record waits for its batch.

    python benchmarks/batch_strategies.py                            # measures the rates, as the other scripts do
    python benchmarks/batch_strategies.py --waits [--preset PRESET]  # prints a table of both

The rates are real: the stream as fast as it goes, the amounts of every batch added up, and the total must be right. The
waits are simulated: the clock is the stream's own timestamps, every deadline is kept, and processing takes no time.
(AdaptiveSize is told that it takes 50 us a batch and 0.2 us a record.)
"""

import argparse
import sys

import numpy as np
from _stream import arrivals, work

from fastpaths import AdaptiveSize, BatchConfig, Batcher, FixedSize, LowLatency, MegaBatch, MemoryBased, TimeWindow
from fastpaths.bench import Op, case, main

STRATEGIES = {
    "FixedSize": FixedSize(100),
    "TimeWindow": TimeWindow(0.01),
    "AdaptiveSize": AdaptiveSize(10, 50_000, target_latency=0.001),
    "MemoryBased": MemoryBased(64 << 10, size=sys.getsizeof),
    "LowLatency": LowLatency(10, 0.005),
    "MegaBatch": MegaBatch(50_000),
    "high_throughput": BatchConfig.high_throughput(),
    "ultra_throughput": BatchConfig.ultra_throughput(),
}
RECORDS = {"quick": [100_000], "default": [1_000_000], "production": [10_000_000]}


def batches_of(strategy, polls):
    """(the time when it is handed out, a batch)."""
    now = 0.0
    batcher = Batcher(strategy, clock=lambda: now)
    for comes, records in polls:
        while (due := batcher.deadline) is not None and due < comes:
            now = max(now, due)  # -inf where a batch is ready
            yield from ((now, batch) for batch in batcher.poll())
        now = comes
        for batch in batcher.add_many(records):
            yield now, batch
            batcher.report(len(batch), 50e-6 + 0.2e-6 * len(batch))
    yield from ((now, batch) for batch in batcher.flush())


def process(strategy, polls):
    return sum(work(batch) for _, batch in batches_of(strategy, polls))


@case(group="batch", params={"records": RECORDS, "strategy": {preset: list(STRATEGIES) for preset in RECORDS}})
def strategy(records, strategy):
    polls = arrivals(records)
    total = sum(record["amount"] for _, poll in polls for record in poll)
    return Op(process, STRATEGIES[strategy], polls, items=records, unit="record", expected=total)


def print_waits():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--waits", action="store_true", help="print this table")
    parser.add_argument("--preset", choices=RECORDS, default="default")
    (records,) = RECORDS[parser.parse_args().preset]
    print(f"{records:,} records; simulated waits in milliseconds; the rate is the best of three runs in this process\n")
    print(f"{'strategy':<18}{'batches':>9}{'p50':>10}{'p99':>10}{'longest':>10}{'M records/s':>13}")
    for name in STRATEGIES:
        op = strategy.set_up(records, name)
        polls = op.arguments[1]
        assert op.run() == op.expected
        handed_out = [(now, len(batch)) for now, batch in batches_of(STRATEGIES[name], polls)]
        comes = [now for now, arrived in polls for _ in arrived]
        goes = [now for now, size in handed_out for _ in range(size)]
        p50, p99, longest = np.percentile(1e3 * np.subtract(goes, comes), [50, 99, 100])
        rate = 1e3 * records / min(op.time(1)[0] for _ in range(3))
        print(f"{name:<18}{len(handed_out):>9,}{p50:>10.2f}{p99:>10.2f}{longest:>10.2f}{rate:>13.1f}")


if __name__ == "__main__":
    print_waits() if "--waits" in sys.argv else main()
