"""End-to-end latency through Kafka: from the time that a record was due to be sent until poll() returns it.

python benchmarks/kafka_latency.py --fast                       # does it work?
python benchmarks/kafka_latency.py --broker apache -o latency.json             # a minute and a half
python benchmarks/kafka_latency.py --bootstrap-server HOST:PORT --tuning balanced --client kafka-python fastpaths

Five runs of each client, every round beginning with another one, of 1,000 records each: enough for a p99. The summary
has each percentile with its interval, and as a multiple of kafka-python's in the same round.
"""

import argparse
import secrets
import sys
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from _scenario import brokers, load, properties, report, summary, workers
from _scenario.classes import Classes
from _scenario.clients import HIGH_THROUGHPUT, LEADER_ACKS, LOW_LATENCY, LZ4, Clients
from _scenario.exchange import exchange_as
from _scenario.measured import Measured
from _scenario.results import Results, about
from _scenario.rounds import rotated
from _scenario.sides import DROP_IN, KAFKA_PYTHON, LIBRDKAFKA

from fastpaths.bench.errors import FAILED, INTERRUPTED, OK, exit_code

CLIENTS = {"kafka-python": KAFKA_PYTHON, "fastpaths": DROP_IN}
if find_spec("confluent_kafka"):
    CLIENTS["confluent-kafka"] = LIBRDKAFKA
FAST = {"runs": 2, "num_records": 200, "warmup_records": 20}
TUNINGS = {
    "ultra-low": Clients(
        producer={**LEADER_ACKS, "batch_size": 0, "linger_ms": 0, "retries": 0, **LOW_LATENCY},
        consumer={"max_poll_records": 1, "fetch_min_bytes": 1, "fetch_max_wait_ms": 1, **LOW_LATENCY},
    ),
    "balanced": Clients(
        producer={**LEADER_ACKS, **LZ4, "batch_size": 16 << 10, "linger_ms": 5, "retries": 3, "retry_backoff_ms": 50},
        consumer={"max_poll_records": 10, "fetch_min_bytes": 100, "fetch_max_wait_ms": 50},
    ),
    "high-throughput": Clients(
        producer={**LEADER_ACKS, **LZ4, "batch_size": 64 << 10, "linger_ms": 10, **HIGH_THROUGHPUT},
        consumer={"max_poll_records": 1000, "fetch_min_bytes": 50_000, "fetch_max_wait_ms": 100, **HIGH_THROUGHPUT},
    ),
}

CLASSES = Classes("ms at p95", {"excellent": 5, "good": 20, "acceptable": 100}, less=True)


def p95(run: Measured) -> float | None:
    """Milliseconds."""
    found = run.response.percentiles().get("p95")
    return None if found is None else 1e3 * found


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--tuning", choices=TUNINGS, default="ultra-low", help="client options (default: %(default)s)")
    add("--client", nargs="+", choices=CLIENTS, default=[*CLIENTS], metavar="NAME", help=f"{', '.join(CLIENTS)} (all)")
    add("--topic", help="made and deleted where absent (default: a new one for each run)")
    add("--runs", type=load.at_least(1), default=5, metavar="N", help="of each client (default: %(default)s)")
    add("--fast", action="store_true", help="does it work? two short runs")
    add("-o", "--output", type=Path, metavar="FILE.json", help="write a pyperf file, and FILE.hdr")
    workers.add_arguments(parser)
    load.add_arguments(parser, records=1000, size=100, rate=200, warmup=100)
    brokers.add_arguments(parser)
    properties.add_arguments(parser)
    if parser.parse_args().fast:
        parser.set_defaults(**FAST)
    return parser.parse_args()


def main() -> int:
    given = arguments()
    results = None if given.output is None else Results(given.output)
    wanted = load.load_of(given)
    runs: dict[str, list[Measured]] = {name: [] for name in given.client}
    last = None
    with brokers.chosen(given, properties.of(given)) as target:
        wanted.check(target)
        clients = TUNINGS[given.tuning].of(target)
        out = report.console()
        report.show_heading(out, f"Kafka latency, {given.tuning}", target, wanted, clients)
        for number, name in rotated(given.client, given.runs):
            client = CLIENTS[name]
            report.show_title(out, f"run {number + 1} of {given.runs}, {name}")
            topic = given.topic or f"fastpaths-latency-{secrets.token_hex(6)}"
            run = partial(exchange_as, target, topic, clients, client)
            if given.workers == 1:
                with report.live(out, wanted.size) as tell:
                    last = run(wanted, None, tell, given.reporting_interval / 1000)
            else:
                last = workers.Pool(given.workers).run(wanted, run)
            runs[name].append(last)
            report.show_run(out, last)
            if results is not None:
                told = about(target, wanted, wanted.payloads(bytes(8)), clients, client.name, client.version)
                results.add(
                    f"kafka/latency/{given.tuning}/{name}",
                    last,
                    {"tuning": given.tuning, "workers": str(given.workers), **told},
                )
            if not (last.sound and last.complete):
                break
    summary.show_summary(out, {name: [run for run in measured if run.sound] for name, measured in runs.items()})
    summary.show_classes(out, CLASSES, runs, p95)
    if results is not None:
        report.show_files(out, results)
    if last.interrupted:
        return INTERRUPTED
    return OK if last.sound else FAILED


if __name__ == "__main__":
    sys.exit(exit_code(Path(__file__).name, main))
