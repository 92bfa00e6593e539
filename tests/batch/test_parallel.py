"""ParallelBatchProcessor on threads and processes: order, the bound on what is in flight, what becomes of errors."""

import functools
import gc
import itertools
import multiprocessing
import operator
import os
import pickle
import sys
import threading
import weakref
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastpaths import FastpathsError
from fastpaths.batch import Batcher, BatchError, FixedSize, ParallelBatchProcessor


class ByHand(Executor):
    """Runs nothing by itself: `when(futures)` is called after each submission and sets what results it likes."""

    def __init__(self, when):
        self.futures = []
        self.when = when

    def submit(self, function, /, *args):
        self.futures.append(Future())
        self.when(self.futures)
        return self.futures[-1]


def results_when(count):
    """Result i of future i for all of them, once `count` are submitted; of later ones at once."""

    def when(futures):
        for i, future in enumerate(futures):
            if len(futures) >= count and not future.done():
                future.set_result(i)

    return when


@settings(deadline=None, max_examples=50)
@given(data=st.data(), batches=st.integers(0, 12), in_flight=st.integers(1, 5))
def test_the_input_is_read_no_further_than_in_flight_ahead(data, batches, in_flight):
    def when(futures):
        """Any of them may finish, in any order; the oldest must before the processor waits for it."""
        waiting = [i for i, future in enumerate(futures) if not future.done()]
        for i in data.draw(st.lists(st.sampled_from(waiting), unique=True)):
            futures[i].set_result(i)
        if len(futures) - len(out) == in_flight or len(futures) == batches:
            for i in waiting:
                if not futures[i].done():
                    futures[i].set_result(i)

    def reading():
        for i in range(batches):
            assert i - len(out) < in_flight
            yield i

    out = []
    for result in ParallelBatchProcessor(abs, ByHand(when), in_flight=in_flight).map(reading()):
        out.append(result)  # noqa: PERF402
    assert out == list(range(batches))


def test_no_more_run_at_once_than_are_in_flight():
    running, most, lock = 0, 0, threading.Lock()

    def work(batch):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        together.wait(10)
        with lock:
            running -= 1
        return batch

    together = threading.Barrier(3)  # no batch ends before three run at the same time
    with ThreadPoolExecutor(8) as pool:
        assert list(ParallelBatchProcessor(work, pool, in_flight=3).map(range(30))) == list(range(30))
    assert most == 3


def test_results_keep_the_order_of_the_input():
    later = [threading.Event() for _ in range(10)]

    def work(i):
        later[i].set()
        assert i % 2 or later[i + 1].wait(10)  # every even batch ends after the odd one behind it has begun
        return i

    with ParallelBatchProcessor(work, workers=2) as processor:
        assert list(processor.map(range(10))) == list(range(10))
        assert list(processor.map([])) == []


def test_a_finished_result_does_not_wait_for_more_input():
    with ParallelBatchProcessor(abs, ByHand(results_when(1)), in_flight=100) as processor:
        results = processor.map(iter([0, 1]))
        assert next(results) == 0
        assert next(results) == 1


class TestErrors:
    def test_an_error_names_the_batch_and_comes_in_its_turn(self):
        def work(batch):
            return 1 // batch

        with ParallelBatchProcessor(work, workers=2) as processor:
            results = processor.map([1, 1, 0, 0, 1])
            assert [next(results), next(results)] == [1, 1]
            with pytest.raises(BatchError, match="batch 2: ZeroDivisionError: integer division") as caught:
                next(results)
            assert caught.value.index == 2
            assert isinstance(caught.value.__cause__, ZeroDivisionError)
            assert isinstance(caught.value, FastpathsError)
            assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
            assert list(results) == []

    def test_what_ends_a_worker_does_not_end_the_caller(self):
        with (
            ParallelBatchProcessor(sys.exit, workers=1) as processor,
            pytest.raises(BatchError, match="batch 0: SystemExit"),
        ):
            list(processor.map([1]))

    def test_an_error_cancels_what_has_not_begun(self):
        def when(futures):
            if len(futures) == 4:
                futures[0].set_exception(ValueError("no"))

        executor = ByHand(when)
        with pytest.raises(BatchError, match="batch 0: ValueError: no"):
            list(ParallelBatchProcessor(abs, executor, in_flight=4).map(range(9)))
        assert [future.cancelled() for future in executor.futures] == [False, True, True, True]

    def test_an_input_that_raises_does_so_after_the_results_before(self):
        def reading():
            yield from range(3)
            raise LookupError("no more")

        out = []
        with pytest.raises(LookupError, match="no more"):
            out.extend(ParallelBatchProcessor(abs, ByHand(results_when(3)), in_flight=9).map(reading()))
        assert out == [0, 1, 2]

    def test_a_killed_worker_process(self):
        batches = [functools.partial(sum, [1, 2]), functools.partial(os._exit, 1), functools.partial(sum, [3])]
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            processor = ParallelBatchProcessor(operator.call, pool, in_flight=1)
            results = processor.map(batches)
            assert next(results) == 3
            with pytest.raises(
                BatchError, match=r"batch 1: BrokenProcessPool: .* \(or a batch in flight after it\)"
            ) as caught:
                next(results)
            assert isinstance(caught.value.__cause__, BrokenProcessPool)
            with pytest.raises(BatchError, match="batch 0: BrokenProcessPool: "):
                next(processor.map(batches))

    @pytest.mark.parametrize("in_flight", [1, 3])
    def test_what_a_batcher_holds_outlives_a_failing_worker(self, in_flight):
        """The index and `in_flight` say which records a failure took along; all others are handed back."""
        batcher, read = Batcher(FixedSize(2)), []

        def batches():
            for record in records:
                if batch := batcher.add(record):
                    read.append(batch)
                    yield batch

        records = iter(range(1, 20))
        batcher.add(0)
        results = ParallelBatchProcessor(lambda batch: 1 // (batch[0] - 4), workers=1, in_flight=in_flight)
        with results, pytest.raises(BatchError) as caught:
            list(results.map(batches()))
        assert caught.value.index == 2
        assert 2 < len(read) <= 2 + in_flight
        batches_left = batcher.add_many(records) + batcher.flush()
        assert [record for batch in read + batches_left for record in batch] == list(range(20))

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ({"function": "abs"}, TypeError, "function must be callable, got 'abs'"),
            ({"workers": 0}, ValueError, "workers must be at least 1, got 0"),
            ({"in_flight": -1}, ValueError, "in_flight must be at least 1, got -1"),
            ({"executor": ByHand(None), "workers": 2}, ValueError, "has its own workers; got workers=2"),
        ],
    )
    def test_arguments_that_cannot_be(self, arguments, error, message):
        with pytest.raises(error, match=message):
            ParallelBatchProcessor(**{"function": abs, **arguments})


class TestEnding:
    @pytest.mark.parametrize("end", ["close", "let go"])
    def test_ending_the_iteration_cancels_what_has_not_begun(self, end):
        def when(futures):
            if len(futures) == 3:
                futures[0].set_result("first")
                futures[1].set_running_or_notify_cancel()

        executor = ByHand(when)
        results = ParallelBatchProcessor(abs, executor, in_flight=3).map(range(9))
        assert next(results) == "first"
        if end == "close":
            results.close()
        else:
            del results
        assert [future.cancelled() for future in executor.futures] == [False, False, True]

    def test_a_closed_processor_refuses(self):
        processor = ParallelBatchProcessor(abs)
        processor.close()
        processor.close()
        with pytest.raises(RuntimeError, match="it is closed"):
            processor.map([])

    def test_closing_waits_for_what_has_begun_and_begins_nothing_more(self):
        begun, go_on, ended, caught = threading.Event(), threading.Event(), [], []

        def work(batch):
            if batch == 1:
                begun.set()
                go_on.wait(10)
            ended.append(batch)

        def iterate():
            with pytest.raises(BatchError) as error:
                list(processor.map(itertools.count()))
            caught.append(error.value)

        processor = ParallelBatchProcessor(work, workers=1, in_flight=4)
        consumer = threading.Thread(target=iterate)
        consumer.start()
        assert begun.wait(10)
        threading.Timer(0.05, go_on.set).start()
        processor.close()
        assert len(ended) >= 2
        consumer.join(10)
        assert caught[0].index == len(ended)
        assert isinstance(caught[0].__cause__, CancelledError | RuntimeError)

    def test_an_executor_of_ones_own_stays_open(self):
        with ThreadPoolExecutor(1) as pool:
            with ParallelBatchProcessor(abs, pool) as processor:
                assert list(processor.map([-1])) == [1]
            assert pool.submit(abs, -2).result() == 2

    def test_nothing_keeps_a_batch_that_is_done(self):
        class Batch:
            pass

        batch = Batch()
        seen = weakref.ref(batch)
        with ParallelBatchProcessor(id, workers=1) as processor:
            results = processor.map(iter([batch]))
            del batch
            next(results)
            list(results)
            gc.collect()
            assert seen() is None
