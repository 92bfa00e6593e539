"""The choice of the broker: one named by the user, or started for this run; else one that is there, else embedded."""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from _scenario.probe import NoBroker, Target, probe, split_address
from _scenario.properties import Properties
from fastpaths.bench.errors import BenchError
from fastpaths.kafka.broker import Broker, BrokerError

ENVIRONMENT = "KAFKA_BOOTSTRAP_SERVERS"
DEFAULT_ADDRESS = "localhost:9092"
FOUR_WAYS = (
    "Four ways to a broker: pip install confluent-kafka, for an embedded one; Java 17 and Maven, for --broker apache; "
    f"docker run -p 9092:9092 apache/kafka, for one at {DEFAULT_ADDRESS}; --bootstrap-server HOST:PORT, for yours"
)


def add_arguments(parser: argparse.ArgumentParser, default: str = "auto") -> None:
    group = parser.add_argument_group("broker").add_mutually_exclusive_group()
    group.add_argument(
        "--bootstrap-server",
        type=_addresses,
        metavar="HOST:PORT",
        help="the broker to use; it must answer (several addresses of one cluster: comma-separated)",
    )
    group.add_argument(
        "--broker",
        choices=("auto", "embedded", "apache"),
        default=default,
        help=f"auto: the one at ${ENVIRONMENT} or {DEFAULT_ADDRESS} if it answers, else embedded; "
        "embedded: librdkafka's mock, in a process of its own; "
        "apache: a node of Apache Kafka, on Java 17 and fetched by Maven (default: %(default)s)",
    )


def _addresses(text: str) -> str:
    for address in text.split(","):
        try:
            split_address(address)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None
    return text


@contextmanager
def chosen(options: argparse.Namespace, properties: Properties | None = None) -> Iterator[Target]:
    """The broker that the command line asks for, running inside the `with` block. BenchError if there is none.

    properties: those that --command-config and --command-property give its clients.
    """
    given = properties or {}
    with ExitStack() as stack:
        if options.bootstrap_server is not None:
            target = _named(options.bootstrap_server, given)
        elif options.broker != "auto":
            target = stack.enter_context(_started(options.broker))
        else:
            address = os.environ.get(ENVIRONMENT) or DEFAULT_ADDRESS
            try:
                target = probe(address, given)
            except (NoBroker, ValueError) as reason:
                target = stack.enter_context(_started("embedded", f"no Kafka broker at {address} ({reason})"))
        yield replace(target, properties=given)


def _named(address: str, given: Properties) -> Target:
    try:
        return probe(address, given)
    except NoBroker as reason:
        raise BenchError(f"no Kafka broker at {address}: {reason}") from None


@contextmanager
def _started(kind: str, instead: str = "") -> Iterator[Target]:
    """A broker of our own; `instead` says why it is not the one that was looked for first."""
    with ExitStack() as stack:
        try:
            broker = stack.enter_context(Broker(kind))
        except BrokerError as error:
            raise BenchError(f"{instead}{'; ' if instead else ''}{error}. {FOUR_WAYS}") from None
        if instead:
            print(f"{instead}: an embedded one it is", file=sys.stderr)
        yield Target(broker.kind, broker.version, broker.bootstrap_servers)
