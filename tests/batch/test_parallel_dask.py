"""ParallelBatchProcessor on Dask: a local cluster of two worker processes."""

import functools
import operator
import os
import time

import pytest

from fastpaths.batch import BatchError, ParallelBatchProcessor

pytestmark = [pytest.mark.dask, pytest.mark.once]


@pytest.fixture(scope="module")
def client():
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        yield client


def test_results_come_in_order_from_both_processes(client):
    def work(batch):
        time.sleep(0.01)  # long enough for the scheduler to want both workers
        return sum(batch), os.getpid()

    batches = [range(i, i + 10) for i in range(40)]
    with ParallelBatchProcessor(work, client.get_executor(pure=False), in_flight=8) as processor:
        results = list(processor.map(batches))
    assert [total for total, _ in results] == [sum(batch) for batch in batches]
    processes = {process for _, process in results}
    assert len(processes) == 2
    assert os.getpid() not in processes


def test_an_error_names_the_batch(client):
    def work(batch):
        return 1 // batch

    results = ParallelBatchProcessor(work, client.get_executor(pure=False), in_flight=3).map([1, 1, 0, 1])
    assert [next(results), next(results)] == [1, 1]
    with pytest.raises(BatchError, match="batch 2: ZeroDivisionError") as caught:
        next(results)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_a_killed_worker_process(client):
    client.cluster.scheduler.allowed_failures = 0  # how many other workers get a batch that a worker died of
    processor = ParallelBatchProcessor(operator.call, client.get_executor(pure=False), in_flight=1)
    batches = [functools.partial(sum, [1, 2]), functools.partial(os._exit, 1), functools.partial(sum, [3])]
    results = processor.map(batches)
    assert next(results) == 3
    with pytest.raises(BatchError, match="batch 1: KilledWorker: ") as caught:
        next(results)
    assert caught.value.index == 1
    assert list(processor.map(batches[::2])) == [3, 3]
