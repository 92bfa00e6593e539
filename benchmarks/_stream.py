"""The records that batch.py collects, and the work done on every batch."""

import operator
import random

STATUSES = ("active", "pending", "completed", "cancelled")
POLLS = [(500, 0.0005)] * 10 + [(1, 0.001)] * 250  # (records, seconds until they come): a burst, then single records


def stream(records, distinct=1_000):
    """Dicts, of which so many differ. By default few: what is batched was decoded a moment ago, and lies in a cache."""
    rng, ids = random.Random(records), range(min(records, distinct))
    names = ("id", "account_id", "amount", "status", "timestamp")
    rows = ((i, f"ACC{i % 10_000:08d}", rng.randrange(1_000_000), STATUSES[i % 4], 10**12 + i) for i in ids)
    return [dict(zip(names, row, strict=True)) for row in rows] * (records // len(ids))


def work(batch, amount=operator.itemgetter("amount")):
    return sum(map(amount, batch))


def arrivals(records):
    """A stream of 20,000 records a second in bursts: [(the time they come, the records of a poll)]."""
    rng, polls, data = random.Random(records), [], stream(records)
    now, at = 0.0, 0
    while at < records:
        size, gap = POLLS[len(polls) % len(POLLS)]
        now += gap if size > 1 else rng.expovariate(1 / gap)
        polls.append((now, data[at : at + size]))
        at += size
    return polls
