"""What `tox -e bench` runs: every case that needs no broker, then a short latency run on the embedded broker.

    python benchmarks/_suite.py [options of fastpaths time]      (default: --preset quick)

The results go to a new folder under results/, and a page that shows them.
"""

import argparse
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from fastpaths.bench.discovery import add_preset

HERE = Path(__file__).parent
LATENCY = {"quick": ["--fast"]}  # other presets: the script's own defaults


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(add_help=False)
    add_preset(parser, "quick")
    preset = parser.parse_known_args(arguments)[0].preset
    folder = Path("results") / datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    folder.mkdir(parents=True)
    commands = [
        [sys.executable, "-P", "-m", "fastpaths", "time", "--preset", preset, *arguments, "-o", folder / "cases.json"],
        [
            sys.executable,
            HERE / "kafka_latency.py",
            "--broker",
            "embedded",
            *LATENCY.get(preset, []),
            "-o",
            folder / "kafka_latency.json",
        ],
    ]
    codes = []
    for command in commands:
        codes.append(subprocess.run(command, check=False).returncode)
        print()
    if written := sorted(folder.glob("*.json")):
        report = [sys.executable, "-P", "-m", "fastpaths", "report", *written, "-o", folder / "report.html"]
        codes.append(subprocess.run(report, check=False).returncode)
    print(f"Results: {folder}/")
    return max(codes)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
