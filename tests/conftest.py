"""Parts that some tests need: a test marked with one is skipped, with the reason, where the part is absent.

FASTPATHS_ALL_PARTS=1 makes that a failure: a machine that should have them all (CI) must not pass for want of one.
"""

import functools
import importlib.util
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest


@functools.cache
def apache_is_there():
    """Java, and what Maven fetches once."""
    from fastpaths.kafka import BrokerError
    from fastpaths.kafka.apache import artefacts

    try:
        artefacts.java()
        artefacts.jars()
    except BrokerError as error:
        print(error, file=sys.stderr)
        return False
    return True


PARTS = {
    "aiokafka": (lambda: importlib.util.find_spec("aiokafka") is not None, "needs the aiokafka package"),
    "dask": (lambda: importlib.util.find_spec("distributed") is not None, "needs the distributed package (Dask)"),
    "apache": (apache_is_there, "needs Apache Kafka: Java 17 or newer, and Maven or what it has fetched before"),
    "browser": (
        lambda: importlib.util.find_spec("playwright") is not None and shutil.which("chromium") is not None,
        "needs the playwright package, and chromium on PATH",
    ),
    "embedded": (
        lambda: importlib.util.find_spec("confluent_kafka") is not None,
        "needs the confluent-kafka package, whose librdkafka carries the embedded broker",
    ),
    "javac": (lambda: shutil.which("javac") is not None, "needs Java's compiler: a JDK, javac on PATH"),
    "moto": (lambda: importlib.util.find_spec("moto") is not None, "needs the moto package, a server that speaks S3"),
    "postgresql": (
        lambda: shutil.which("initdb") is not None or any(Path("/usr/lib/postgresql").glob("*/bin/initdb")),
        "needs PostgreSQL's server: its initdb, on PATH or under /usr/lib/postgresql",
    ),
    "valgrind": (lambda: shutil.which("valgrind") is not None, "needs valgrind on PATH"),
}


@functools.cache
def older_python():
    """An older Python that tox tests on this machine as well."""
    for minor in range(11, sys.version_info.minor):
        name = f"python3.{minor}"
        if shutil.which(name) and subprocess.run([name, "-c", ""], capture_output=True, check=False).returncode == 0:
            return name
    return None


def pytest_configure(config):
    if importlib.util.find_spec("hypothesis"):
        import hypothesis

        hypothesis.settings.register_profile("busy", deadline=None)  # how long a test takes, a busy machine decides
        hypothesis.settings.load_profile("busy")
    for part, (_, reason) in PARTS.items():
        config.addinivalue_line("markers", f"{part}: {reason}")
    config.addinivalue_line(
        "markers", "once: the same under every Python, and slow; under tox -e py311,py312 the oldest runs it"
    )


def pytest_runtest_setup(item):
    for part, (present, reason) in PARTS.items():
        if item.get_closest_marker(part) and not present():
            if os.environ.get("FASTPATHS_ALL_PARTS"):
                pytest.fail(f"{reason}, and FASTPATHS_ALL_PARTS is set")
            pytest.skip(reason)
    is_one_of_many = os.environ.get("TOX_ENV_NAME", "").startswith("py3")
    if item.get_closest_marker("once") and is_one_of_many and (name := older_python()):
        pytest.skip(f"runs once, under {name}")


@pytest.fixture
def gives_up_the_gil():
    """Whether another thread runs during a call. With the GIL never taken away, it does only if it is given up."""

    def check(call):
        gate, ran = threading.Event(), threading.Event()

        def run():
            gate.wait()
            ran.set()

        other = threading.Thread(target=run)
        other.start()
        interval = sys.getswitchinterval()
        sys.setswitchinterval(1000)
        try:
            gate.set()
            return any(call() is not None and ran.is_set() for _ in range(1000))
        finally:
            sys.setswitchinterval(interval)
            other.join()

    return check


@pytest.fixture
def within():
    """within(seconds, condition) -> bool: does it come true in time?"""

    def wait(seconds, condition):
        deadline = time.monotonic() + seconds
        while not condition() and time.monotonic() < deadline:
            time.sleep(0.02)
        return condition()

    return wait
