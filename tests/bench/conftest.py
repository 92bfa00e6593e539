"""A small project with cases, and the command line run on it as a user would."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

CASES = """
from fastpaths.bench import Op, case, main


@case(group="sums", params={"n": {"quick": [10], "default": [10, 100], "production": [1000]}})
def builtin(n):
    return Op(sum, list(range(n)), items=n, unit="item", nbytes=8 * n, expected=n * (n - 1) // 2)


@builtin.baseline
def loop(n):
    def add(numbers):
        total = 0
        for number in numbers:
            total += number
        return total

    return Op(add, list(range(n)), items=n, unit="item", expected=n * (n - 1) // 2)


@case(group="absolutes/int")
def each():
    return Op.each(abs, [-1, 2, -3], unit="number", expected=[1, 2, 3])


if __name__ == "__main__":
    main()
"""


class Project:
    """A folder with benchmarks/cases.py; `run` starts a process in it and refuses swallowed exceptions."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "benchmarks").mkdir()
        self.write("cases.py", CASES)

    def write(self, name: str, source: str) -> Path:
        path = self.folder / "benchmarks" / name
        path.write_text(textwrap.dedent(source))
        return path

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *map(str, arguments)]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=120, check=False)
        assert "Exception ignored" not in done.stderr, done.stderr
        return done

    def fastpaths(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run("-P", "-m", "fastpaths", *arguments)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)
