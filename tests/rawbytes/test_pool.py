"""BufferPool: what it lends, what it counts, and what it refuses."""

import gc
import io
import pickle
import sys
import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastpaths.errors import FastpathsError
from fastpaths.rawbytes import BufferPool, PooledBuffer, PoolExhausted, byte_sum, split

RETURNED = "this buffer has been returned to its pool"


def test_a_buffer_is_lent_for_a_with_statement():
    pool = BufferPool(16, 2)
    with pool.borrow() as buffer:
        assert isinstance(buffer, PooledBuffer)
        assert pool.borrowed == 1
        assert io.BytesIO(b"abc").readinto(buffer) == 3
        assert byte_sum(buffer) == byte_sum(buffer[:3]) == sum(b"abc")
    assert pool.borrowed == 0


def test_it_is_a_writable_buffer_of_its_size():
    buffer = BufferPool(8, 1).borrow()
    assert len(buffer) == 8
    view = memoryview(buffer)
    assert (view.nbytes, view.format, view.readonly, view.c_contiguous) == (8, "B", False, True)
    buffer[0] = 1
    buffer[-3:] = b"xyz"
    np.frombuffer(buffer, np.uint8)[1] = 2
    assert bytes(buffer) == b"\1\2\0\0\0xyz"
    assert (buffer[1], buffer[-1], bytes(buffer[1:7:5])) == (2, ord("z"), b"\2y")
    with pytest.raises(IndexError):
        buffer[8]
    with pytest.raises(ValueError, match="different structures"):
        buffer[:3] = b"four"


def test_buffers_are_made_when_needed_and_used_again():
    pool = BufferPool(4, 3)
    a, b = pool.borrow(), pool.borrow()
    assert (pool.hits, pool.misses, pool.borrowed) == (0, 2, 2)
    b[:] = b"last"
    a.release()
    b.release()
    assert bytes(pool.borrow()) == b"last"  # the last returned first, and as it was left
    assert (pool.hits, pool.misses, pool.borrowed) == (1, 2, 0)
    assert (pool.size, pool.count) == (4, 3)


def test_zeros_when_asked():
    pool = BufferPool(4, 1, zero=True)
    with pool.borrow() as buffer:
        assert bytes(buffer) == bytes(4)
        buffer[:] = b"mine"
    assert bytes(pool.borrow()) == bytes(4)


@given(st.integers(1, 4), st.lists(st.integers(0, 3)))
def test_every_borrowed_buffer_is_another(count, steps):
    pool, lent, made, borrowings = BufferPool(1, count), {}, 0, 0
    for step in steps:
        if step in lent:
            assert lent[step][0] == step
            lent.pop(step).release()
        elif len(lent) < count:
            lent[step] = pool.borrow()
            lent[step][0] = step
            borrowings += 1
            made = max(made, len(lent))
        else:
            with pytest.raises(PoolExhausted):
                pool.borrow()
        assert (pool.borrowed, pool.misses, pool.hits) == (len(lent), made, borrowings - made)


def test_an_exhausted_pool_says_so():
    pool = BufferPool(4, 2)
    kept = [pool.borrow(), pool.borrow()]
    for timeout in (0, 0.01):
        with pytest.raises(PoolExhausted, match=r"^BufferPool: all 2 buffers of 4 bytes are borrowed$") as caught:
            pool.borrow(timeout)
    assert isinstance(caught.value, TimeoutError)
    assert isinstance(caught.value, FastpathsError)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    kept.pop().release()
    assert len(pool.borrow(timeout=None)) == 4


def test_twice_is_refused():
    pool = BufferPool(4, 1)
    buffer = pool.borrow()
    buffer.release()
    with pytest.raises(ValueError, match=RETURNED):
        buffer.release()
    with pytest.raises(ValueError, match=RETURNED), buffer:
        pass
    with pytest.raises(ValueError, match=RETURNED), pool.borrow() as buffer:
        buffer.release()
    assert pool.borrowed == 0
    pool.borrow()
    with pytest.raises(ValueError, match=RETURNED):
        buffer.release()  # not even once it is lent again


@pytest.mark.parametrize(
    "use",
    [
        memoryview,
        bytes,
        len,
        byte_sum,
        lambda buffer: buffer[0],
        lambda buffer: buffer[:2],
        lambda buffer: buffer.__setitem__(0, 1),
        lambda buffer: np.frombuffer(buffer, np.uint8),
    ],
)
def test_use_after_the_return_is_refused(use):
    buffer = BufferPool(4, 1).borrow()
    buffer.release()
    with pytest.raises(ValueError, match=RETURNED):
        use(buffer)


@pytest.mark.parametrize(
    "view",
    [
        memoryview,
        lambda buffer: buffer[1:2],
        lambda buffer: memoryview(memoryview(buffer)[::2]),
        lambda buffer: np.frombuffer(buffer, np.uint8),
        lambda buffer: split(buffer, b"\n"),
    ],
    ids=["memoryview", "slice", "view of a view", "numpy", "column"],
)
def test_a_view_that_is_left_refuses_the_return(view):
    pool = BufferPool(40, 1)
    buffer = pool.borrow()
    left = view(buffer)
    with pytest.raises(BufferError, match="there are 1 views of it"):
        buffer.release()
    assert pool.borrowed == 1
    buffer[0] = 7  # it is borrowed as before
    del left
    buffer.release()
    assert pool.borrowed == 0


def test_an_error_inside_is_not_replaced():
    pool = BufferPool(4, 1)
    left = []

    def borrow(use):
        with pool.borrow() as buffer:
            use(buffer)
            raise KeyError

    for use in (len, PooledBuffer.release, lambda buffer: left.append(memoryview(buffer))):
        assert pool.borrowed == 0
        with pytest.raises(KeyError):
            borrow(use)
    assert pool.borrowed == 1
    left.pop().release()  # the last reference
    assert pool.borrowed == 0


def test_a_buffer_that_is_dropped_returns():
    pool = BufferPool(4, 1)
    pool.borrow()
    assert pool.borrowed == 0
    view = pool.borrow()[1:]
    assert pool.borrowed == 1
    view[0] = 1  # still its own
    del view
    assert pool.borrowed == 0


def test_a_buffer_outlives_the_name_of_its_pool():
    buffer = BufferPool(4, 1).borrow()
    gc.collect()
    buffer[:] = b"here"
    assert bytes(buffer) == b"here"
    buffer.release()


def test_whoever_waits_gets_the_next_returned():
    pool = BufferPool(4, 1)
    buffer, got = pool.borrow(), []
    waiters = [threading.Thread(target=lambda: got.append(bytes(pool.borrow(timeout=20)))) for _ in range(3)]
    for waiter in waiters:
        waiter.start()
    time.sleep(0.02)
    assert got == []
    buffer[:] = b"mine"
    buffer.release()
    for waiter in waiters:
        waiter.join(timeout=20)
    assert got == [b"mine"] * 3
    assert (pool.hits, pool.misses, pool.borrowed) == (3, 1, 0)


def test_threads_never_share_a_buffer():
    pool, wrong = BufferPool(8, 2), []

    def work(number):
        mark = bytes([number]) * 8
        for _ in range(300):
            with pool.borrow(timeout=None) as buffer:
                buffer[:] = mark
                wrong.extend(number for _ in range(3) if bytes(buffer) != mark)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(5)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert wrong == []
    assert (pool.hits + pool.misses, pool.borrowed) == (1_500, 0)


@pytest.mark.parametrize("size", [0, -1])
def test_sizes_and_counts_that_make_no_sense(size):
    with pytest.raises(ValueError, match=f"size must be at least 1 byte, got {size}"):
        BufferPool(size, 1)
    with pytest.raises(ValueError, match=f"count must be at least 1, got {size}"):
        BufferPool(1, size)


def test_sizes_that_no_memory_has():
    pool = BufferPool(2**63 - 1, 2)
    with pytest.raises(MemoryError):
        pool.borrow()
    assert (pool.hits, pool.misses, pool.borrowed) == (0, 0, 0)
    with pytest.raises(MemoryError):
        BufferPool(1, 2**63 - 1)
    with pytest.raises(OverflowError):
        BufferPool(2**63, 1)


@pytest.mark.parametrize("timeout", [-1, -0.001, float("nan")])
def test_timeouts_that_make_no_sense(timeout):
    with pytest.raises(ValueError, match="timeout must be at least 0 seconds, or None to wait any time"):
        BufferPool(1, 1).borrow(timeout)


def test_a_buffer_comes_from_a_pool_only():
    with pytest.raises(TypeError, match="comes from BufferPool"):
        PooledBuffer()
