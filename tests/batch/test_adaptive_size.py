"""AdaptiveSize: the batch size that it learns from reports."""

import itertools
import math

import pytest

from fastpaths.batch import AdaptiveSize, Batcher


@pytest.mark.parametrize("first", [10, 1_000, 5_000])
@pytest.mark.parametrize(
    ("seconds", "right"),
    [
        (lambda n: n / 10_000, 1_000),
        (lambda n: 0.05 + n / 10_000, 500),  # half the target goes into every batch
        (lambda n: (n / 2_000) ** 2, 632),
        (lambda n: n / 10, 10),
        (lambda n: n / 1e9, 5_000),
    ],
    ids=["proportional", "with a cost a batch", "quadratic", "too slow", "too fast"],
)
def test_it_settles_where_a_batch_takes_the_target(first, seconds, right):
    batcher = Batcher(AdaptiveSize(10, 5_000, 0.1))
    while batcher.batch_size < first:
        batcher.report(1, 0)
    seen = []
    for _ in range(60):
        batcher.report(batcher.batch_size, seconds(batcher.batch_size))
        seen.append(batcher.batch_size)
    assert all(abs(size - right) <= max(1, 0.01 * right) for size in seen[40:])
    assert all(0.4 < b / a <= 2.1 for a, b in itertools.pairwise(seen))


def test_it_follows_a_stream_that_grows_slower():
    batcher = Batcher(AdaptiveSize(10, 5_000, 0.1), clock=lambda: 0.0)
    sizes = []
    for cost in (1e-4, 5e-4):
        for _ in range(40):
            while not (batch := batcher.add("record")):
                pass
            batcher.report(len(batch), cost * len(batch))
        sizes.append(batcher.batch_size)
    assert sizes == [pytest.approx(1_000, rel=0.01), pytest.approx(200, rel=0.02)]


def test_a_part_of_a_batch_tells_the_time_of_a_whole_one():
    batcher = Batcher(AdaptiveSize(100, 1_000, 1.0))
    for _ in range(40):
        batcher.report(7, 7 / 400)
    assert batcher.batch_size == pytest.approx(400, abs=1)


def test_one_bad_time_does_not_throw_it_off():
    batcher = Batcher(AdaptiveSize(100, 1_000, 1.0))
    for _ in range(40):
        batcher.report(1, 1 / 800)
    batcher.report(800, 1e9)
    assert batcher.batch_size == pytest.approx(400, abs=2)


def test_a_smaller_size_completes_what_is_held():
    batcher = Batcher(AdaptiveSize(2, 1_000, 1.0))
    batcher.report(1, 0)
    batcher.add_many("abc")
    batcher.report(1, 100)
    assert batcher.deadline == -math.inf
    assert batcher.poll() == [["a", "b", "c"]]


@pytest.mark.parametrize(("records", "seconds"), [(0, 1), (-1, 1), (1, -1), (1, math.nan)])
def test_reports_that_cannot_be(records, seconds):
    with pytest.raises(ValueError, match="at least 1 record and 0 seconds, got"):
        Batcher(AdaptiveSize(1, 2, 1)).report(records, seconds)
