"""Latencies as HDR histograms, in the log format that HdrHistogram's tools read."""

from pathlib import Path

from hdrh.histogram import HdrHistogram

from _scenario.latencies import Latencies

HIGHEST = 24 * 3600 * 10**9  # one day of nanoseconds
SIGNIFICANT_DIGITS = 3

HEADER = """\
#[Histogram log format version 1.3]
"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"
"""


def histogram(latencies: Latencies) -> tuple[HdrHistogram, int]:
    """The samples as a histogram of nanoseconds, and how many were outside its range: to be told, not dropped."""
    result = HdrHistogram(1, HIGHEST, SIGNIFICANT_DIGITS)
    outside = sum(not result.record_value(sample) for sample in latencies.samples.tolist())
    return result, outside


class HistogramLog:
    """A file that grows by one histogram at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.outside = 0  # samples that no histogram could hold

    def add(self, tag: str, start: float, length: float, latencies: Latencies) -> None:
        """What was measured from `start` (seconds since the epoch) on, for `length` seconds. A tag has no commas."""
        measured, outside = histogram(latencies)
        self.outside += outside
        longest = measured.get_max_value() / 1e6  # milliseconds, as is the custom for nanoseconds
        line = f"Tag={tag},{start:.3f},{length:.3f},{longest:.6f},{measured.encode().decode('ascii')}\n"
        with self.path.open("a", encoding="ascii") as file:
            file.write((HEADER if file.tell() == 0 else "") + line)
