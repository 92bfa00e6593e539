"""Parts that some tests need: a test marked with one is skipped, with the reason, where the part is absent.

FASTPATHS_ALL_PARTS=1 makes that a failure: a machine that should have them all (CI) must not pass for want of one.
"""

import importlib.util
import os
import shutil

import pytest

PARTS = {
    "embedded": (
        lambda: importlib.util.find_spec("confluent_kafka") is not None,
        "needs the confluent-kafka package, whose librdkafka carries the embedded broker",
    ),
    "valgrind": (lambda: shutil.which("valgrind") is not None, "needs valgrind on PATH"),
}


def pytest_configure(config):
    for part, (_, reason) in PARTS.items():
        config.addinivalue_line("markers", f"{part}: {reason}")


def pytest_runtest_setup(item):
    for part, (present, reason) in PARTS.items():
        if item.get_closest_marker(part) and not present():
            if os.environ.get("FASTPATHS_ALL_PARTS"):
                pytest.fail(f"{reason}, and FASTPATHS_ALL_PARTS is set")
            pytest.skip(reason)
