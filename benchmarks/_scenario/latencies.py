"""Latencies summed up: exact order statistics, and only those that the samples can support."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

PERCENTILES = ("50", "90", "95", "99", "99.9", "99.99", "99.999")
SAMPLES_BEYOND = 10


@dataclass(frozen=True)
class Latencies:
    """Samples in nanoseconds. Statistics are in seconds."""

    samples: NDArray[np.int64]

    def percentiles(self) -> dict[str, float]:
        """p50, p90, … by nearest rank, as far as at least ten samples lie beyond them."""
        ordered = np.sort(self.samples)
        result = {}
        for percentile in PERCENTILES:
            rank = -int(-Fraction(percentile) * len(ordered) // 100)  # rounded up
            if len(ordered) - rank >= SAMPLES_BEYOND:
                result[f"p{percentile}"] = float(ordered[rank - 1]) / 1e9
        return result

    def statistics(self) -> dict[str, float]:
        """min, the percentiles, max, mean. Empty where there are no samples."""
        if not len(self.samples):
            return {}
        return {
            "min": float(self.samples.min()) / 1e9,
            **self.percentiles(),
            "max": float(self.samples.max()) / 1e9,
            "mean": float(self.samples.mean()) / 1e9,
        }
