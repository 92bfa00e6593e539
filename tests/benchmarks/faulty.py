"""Clients that do wrong, most of them without a broker. The processes of a run import them by this name."""

import itertools
import os
import time
from dataclasses import dataclass

from _scenario.clients import Clients
from _scenario.scenario import Nothing, Scenario, Side
from _scenario.sides import Client, Loopback, LoopbackEnd
from kafka.future import Future


def dropped(values):
    return values[1:]


def doubled(values):
    return [*values, values[0]]


def damaged(values):
    return [values[0][:-1] + bytes([values[0][-1] ^ 1]), *values[1:]]


def swapped(values):
    return [values[1], values[0], *values[2:]]


def foreign(values):
    from _scenario.payload import Payloads

    return [Payloads(b"another!", 50, 1).encode(0, 0), *values]


@dataclass(frozen=True)
class Faulty(Loopback):
    """fate(values): what arrives of the second piece that a producer sends."""

    fate: object = None

    def sender(self, options, topic, headers):
        return FaultyEnd(self.pipe, fate=self.fate)


@dataclass
class FaultyEnd(LoopbackEnd):
    fate: object = None
    pieces: int = 0

    def send(self, first, values):
        self.pieces += 1
        super().send(first, self.fate(values) if self.pieces == 2 else values)


@dataclass(frozen=True)
class Careless(Client):
    """kafka-python, but fate([value]) is what arrives of the fifteenth record."""

    fate: object = None

    def producer(self, options):
        producer = super().producer(options)
        send, count = producer.send, itertools.count(1)

        def careless(topic, value, partition):
            future = Future().success(None)
            for arrival in self.fate([value]) if next(count) == 15 else [value]:
                future = send(topic, arrival, partition=partition)
            return future

        producer.send = careless
        return producer


def refused(values):
    raise ValueError("it is too large")


@dataclass(frozen=True)
class Dying(Loopback):
    """Its consumer's process ends when it has been given something."""

    def receiver(self, options, topic):
        return DyingEnd(self.pipe)


class DyingEnd(LoopbackEnd):
    def poll(self):
        for _ in super().poll():
            os._exit(7)
        yield from ()


@dataclass(frozen=True)
class Stuck(Loopback):
    """Its consumer is never given anything."""

    def receiver(self, options, topic):
        return StuckEnd(self.pipe)


class StuckEnd(LoopbackEnd):
    def poll(self):
        time.sleep(0.01)
        return iter(())


SIDES = [Side(Faulty(fate=fate), name=fate.__name__) for fate in (dropped, doubled, damaged, swapped)]


def scenario(given, load):
    return Scenario("faulty", SIDES, Clients({}, {}))


class Count(Nothing):
    def __init__(self, surroundings):
        self.records = 0

    def __call__(self, batch):
        self.records += len(batch)

    def answer(self):
        return self.records


class Miscount(Count):
    def answer(self):
        return self.records - 1


def expected(values, load):
    return len(values)
