"""A small project with cases, and the command line run on it as a user would."""

import importlib.util
import os
import shutil
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
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setattr(sys, "path", sys.path[:])  # loading a case file puts its folder there, for other tests to find
    return Project(tmp_path)


class Package:
    """The sources of a package that builds without a package index; git keeps its revisions."""

    def __init__(self, folder: Path, name: str, version: str = "1.0", requires=(), extras=None) -> None:
        self.folder, self.name = folder, name
        folder.mkdir()
        shutil.copy(Path(__file__).with_name("backend.py"), folder)
        self.describe(version, requires, extras or {})
        self.write(f"{name}/__init__.py", f"VERSION = {version!r}\n")

    def describe(self, version: str, requires=(), extras=None, more: str = "") -> None:
        extra = "".join(f"{name} = {list(lines)!r}\n" for name, lines in (extras or {}).items())
        self.write(
            "pyproject.toml",
            '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
            f"[project]\nname = {self.name!r}\nversion = {version!r}\ndependencies = {list(requires)!r}\n"
            f"[project.optional-dependencies]\n{extra}{more}",
        )

    def write(self, path: str, text: str) -> Path:
        file = self.folder / path
        file.parent.mkdir(exist_ok=True, parents=True)
        file.write_text(textwrap.dedent(text))
        return file

    def git(self, *arguments: str) -> str:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
            **dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), "A Tester"),
            **dict.fromkeys(("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "tester@example.org"),
            # The same files are the same commit, in every test: what one built, the next one finds in the cache.
            **dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), "2026-01-01T00:00:00Z"),
            "GIT_CONFIG_GLOBAL": os.devnull,
        }
        command = ["git", "-C", str(self.folder), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()

    def commit(self, tag: str) -> str:
        """Commit everything; return the commit's id."""
        if not (self.folder / ".git").exists():
            self.git("init", "--quiet")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", tag)
        self.git("tag", tag)
        return self.git("rev-parse", "HEAD")

    def wheel(self, into: Path) -> Path:
        spec = importlib.util.spec_from_file_location("backend", self.folder / "backend.py")
        backend = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(backend)
        into.mkdir(exist_ok=True)
        return into / backend.build_wheel(into, root=self.folder)


@pytest.fixture(scope="session")
def make_package(tmp_path_factory):
    return lambda name, *args, **options: Package(tmp_path_factory.mktemp(name) / name, name, *args, **options)
