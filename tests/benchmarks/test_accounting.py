"""The account of a run finds every kind of fault, by made-up deliveries."""

import pytest
from _scenario.accounting import Ledger, Times
from _scenario.payload import MINIMUM_SIZE, Payloads, decode

RUN = b"this run"


class Exchange:
    """Ten records, sent at 1, 2, … and due a bit before."""

    def __init__(self, sent=10):
        payloads = Payloads(RUN, 50, seed=1)
        self.ledger = Ledger(payloads.identify, Times.empty(10))
        self.payloads = [payloads.encode(sequence, due=sequence + 100) for sequence in range(10)]
        for sequence in range(sent):
            self.ledger.send(sequence, sequence + 100, sequence + 200)

    def deliver(self, *payloads):
        for payload in payloads:
            self.ledger.deliver(payload, 1000)
        return self.ledger.account()


def test_all_is_well():
    exchange = Exchange()
    account = exchange.deliver(*exchange.payloads)
    assert (account.sent, account.delivered, account.faults) == (10, 10, {})
    assert exchange.ledger.settled


def test_dropped():
    exchange = Exchange()
    account = exchange.deliver(*exchange.payloads[:3], *exchange.payloads[5:])
    assert (account.delivered, account.faults) == (8, {"lost": 2})
    assert not exchange.ledger.settled


def test_not_sent_is_not_lost():
    exchange = Exchange(sent=4)
    assert exchange.deliver(*exchange.payloads[:4]).faults == {}


def test_doubled():
    exchange = Exchange()
    account = exchange.deliver(*exchange.payloads, exchange.payloads[9], exchange.payloads[0])
    assert (account.delivered, account.faults) == (10, {"duplicated": 2})


def test_the_first_delivery_is_the_one_that_counts():
    exchange = Exchange()
    exchange.ledger.deliver(exchange.payloads[0], 1000)
    exchange.ledger.deliver(exchange.payloads[0], 2000)
    assert exchange.ledger.received[0] == 1000


def test_a_double_makes_up_for_no_loss():
    exchange = Exchange()
    account = exchange.deliver(*exchange.payloads[:9], exchange.payloads[0])
    assert account.faults == {"lost": 1, "duplicated": 1}
    assert not exchange.ledger.settled


def test_reordered():
    exchange = Exchange()
    first, second, *rest = exchange.payloads
    assert exchange.deliver(second, first, *rest).faults == {"reordered": 1}


@pytest.mark.parametrize("place", range(50))
def test_corrupted_at_any_byte(place):
    exchange = Exchange()
    damaged = bytearray(exchange.payloads[3])
    damaged[place] ^= 0x10
    assert exchange.deliver(*exchange.payloads[:3], bytes(damaged), *exchange.payloads[4:]).faults == {
        "lost": 1,
        "corrupted": 1,
    }


@pytest.mark.parametrize("damaged", [None, b"", b"short", bytes(MINIMUM_SIZE), bytes(50)])
def test_what_is_no_payload_is_corrupted(damaged):
    exchange = Exchange()
    assert exchange.deliver(*exchange.payloads, damaged).faults == {"corrupted": 1}


@pytest.mark.parametrize("sequence", [10, -1, -2], ids=["above", "below", "far below"])
def test_whole_but_never_sent_is_corrupted(sequence):
    exchange = Exchange()
    invented = Payloads(RUN, 50, seed=1).encode(sequence, 100)
    assert exchange.deliver(*exchange.payloads, invented).faults == {"corrupted": 1}


def test_refused_is_told_from_lost():
    exchange = Exchange()
    for sequence in (1, 2):
        exchange.ledger.refuse(sequence, TimeoutError())
    account = exchange.deliver(exchange.payloads[0], exchange.payloads[2], *exchange.payloads[4:])
    assert account.faults == {"lost": 1, "refused": 1}  # 3 and 1; 2 did arrive


def test_another_run_in_the_topic_is_no_fault():
    exchange = Exchange()
    account = exchange.deliver(*exchange.payloads, Payloads(b"that run", 50, seed=1).encode(0, 100))
    assert (account.foreign, account.faults) == (1, {})


class TestPayload:
    @pytest.mark.parametrize("size", [MINIMUM_SIZE, MINIMUM_SIZE + 1, 100, 32 << 10, (4 << 20) + 100])
    def test_comes_back_and_has_the_size(self, size):
        payload = Payloads(RUN, size, seed=1).encode(7, due=123456789012)
        assert len(payload) == size
        assert decode(payload) == (RUN, 7, 123456789012)

    def test_is_the_same_for_a_seed_and_another_for_another(self):
        one, same, other = (Payloads(RUN, 1000, seed).encode(0, 0) for seed in (1, 1, 2))
        assert one == same != other

    def test_does_not_compress_even_in_a_batch(self):
        import lz4.frame

        payloads = Payloads(RUN, 1000, seed=1)
        batch = b"".join(payloads.encode(sequence, sequence * 10**7) for sequence in range(200))
        assert len(lz4.frame.compress(batch)) > 0.97 * len(batch)

    def test_too_small_is_refused(self):
        with pytest.raises(ValueError, match="at least 28 bytes, got 27"):
            Payloads(RUN, 27, seed=1)
