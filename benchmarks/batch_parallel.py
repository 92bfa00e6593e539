"""ParallelBatchProcessor: batches of length-prefixed frames on threads, processes and, where it is installed, Dask.

A batch is 4 MiB of frames, each with 512 random bytes. The work on it is its CRC-32 (of zlib) and the sum of its
payloads' bytes (of rawbytes), which both release the GIL. To processes a batch has to be sent. The baselines are one
worker of the same kind, and a plain loop. More workers than free cores gain nothing: look at what else runs.
"""

import importlib.util
import random
import struct
import zlib
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial

from fastpaths import ParallelBatchProcessor
from fastpaths.bench import Op, case, main
from fastpaths.rawbytes import byte_sum, frames

PAYLOAD, FRAMES, DISTINCT = 512, 8_128, 4
PARAMS = {
    "batches": {"quick": [16], "default": [64], "production": [512]},
    "workers": {"quick": [2], "default": [2, 4], "production": [2, 4]},
}


def work(batch):
    return zlib.crc32(batch), int(byte_sum(frames(batch)).sum())


def stream(batches):
    """(batches, of which DISTINCT differ; what work must find)."""
    rng, made, expected = random.Random(batches), [], []
    for _ in range(DISTINCT):
        payloads = [rng.randbytes(PAYLOAD) for _ in range(FRAMES)]
        made.append(b"".join(struct.pack(">I", PAYLOAD) + payload for payload in payloads))
        expected.append((zlib.crc32(made[-1]), sum(map(sum, payloads))))
    return made * (batches // DISTINCT), expected * (batches // DISTINCT)


@contextmanager
def dask(workers):
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        yield client.get_executor(pure=False)


def operation(process, data, expected, close=None):
    units = {"items": len(data) * FRAMES, "unit": "frame", "nbytes": sum(map(len, data))}
    return Op(lambda: list(process(data)), expected=expected, close=close, **units)


def parallel(executor, batches, workers):
    stack = ExitStack()
    processor = ParallelBatchProcessor(work, stack.enter_context(executor(workers)), in_flight=2 * workers)
    return operation(processor.map, *stream(batches), close=stack.close)


def define(name, executor):
    subject = case(group=f"batch/{name}", name="parallel", params=PARAMS, pairing="alternate")(
        lambda batches, workers: parallel(executor, batches, workers)
    )
    subject.baseline(name="one_worker")(lambda batches, workers: parallel(executor, batches, 1))
    subject.baseline(name="loop")(lambda batches, workers: operation(partial(map, work), *stream(batches)))


define("threads", ThreadPoolExecutor)
define("processes", ProcessPoolExecutor)
if importlib.util.find_spec("distributed") is not None:
    define("dask", dask)

if __name__ == "__main__":
    main()
