"""Every snippet of the documentation and of the READMEs is tested, page by page, by what stands above it:

python    runs, as a reader would run it; one that begins with `# file:` is written there
console   its commands run
sh        what only a reader has: revisions, a broker, an hour. Its commands are put to the parser that they have
yaml      likewise the commands of a workflow
"""

import argparse
import configparser
import importlib
import os
import re
import runpy
import shlex
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from unittest import mock

import pyperf
import pytest

from fastpaths import bench, cli
from fastpaths.bench.gate.comparison import Comparison, Outcome
from fastpaths.bench.gate.decision import Gate
from fastpaths.kafka import Broker, KafkaProducer

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (ROOT / "README.md", ROOT / "benchmarks" / "README.md", *sorted(DOCS.glob("*.md")))
}
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
FILE = re.compile(r"# file: (\S+)\n")
MENTIONED = re.compile(r"`((?:fastpaths |python benchmarks/|tox )[^`]*)`")
SNIPPETS = {page: FENCE.findall(text) for page, text in PAGES.items()}
MISSING = "the following arguments are required"


@pytest.mark.parametrize("page", PAGES)
def test_none_hides_from_these_tests(page):
    assert {kind for kind, _ in SNIPPETS[page]} <= {"python", "console", "sh", "yaml"}
    assert re.findall(r"^\n {4,}\S.*", prose(page), re.M) == []  # an indented block: of what kind?


def prose(page):
    return re.sub(r"^```.*?^```$", "", PAGES[page], flags=re.M | re.S)


@pytest.fixture
def given(page, tmp_path, monkeypatch):
    """What a page takes for granted: the names it uses, and text of it -> what stands for that here."""
    if page == "docs/gate.md":  # two versions of the reader's project
        comparison = Comparison({}, {}, "a machine", "today", [Outcome("lookup/one", Gate())], [])
        monkeypatch.setattr(bench, "compare", mock.create_autospec(bench.compare, return_value=comparison))
    if page != "README.md":
        yield {}, {}
        return
    (tmp_path / "users.csv").write_text("user,tier\nu1,gold\n")
    ours, theirs = socket.socketpair()
    with Broker("embedded") as broker, ours, theirs:
        theirs.sendall(b"received")
        with KafkaProducer(**broker.client_options("producer")) as producer:
            producer.send_batch("trades", [b'{"user": "u1", "amount": 3}'], [b"u1"], partition=0).get(timeout=20)
        names = {"connection": ours, "broker": broker}
        yield (
            names,
            {
                'bootstrap_servers="localhost:9092"': '**broker.client_options("admin")',
                "poll_batches(timeout_ms=1000)": "poll_batches(timeout_ms=30_000)",
                "localhost:9092/trades?": f"{broker.bootstrap_servers}/trades?api_version=2.3&until=latest&",
                "postgresql://me@localhost/market?table=users": f"file://{tmp_path}/users.csv",
            },
        )
        for client in ("consumer", "producer"):
            names[client].close()


@pytest.mark.once
@pytest.mark.embedded
@pytest.mark.parametrize("page", [page for page, snippets in SNIPPETS.items() if snippets])
def test_it_runs(page, given, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    namespace, stand_ins = given
    namespace |= {"__name__": "a_snippet", "__file__": str(tmp_path / "snippet.py")}
    for kind, text in SNIPPETS[page]:
        if kind == "console":
            for command in re.findall(r"^\$ (.*)$", text, re.M):
                run = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=120, check=False)
                assert run.returncode == 0, f"{command}\n{run.stdout}{run.stderr}"
        elif kind == "python" and (found := FILE.match(text)):
            (tmp_path / found[1]).parent.mkdir(exist_ok=True)
            (tmp_path / found[1]).write_text(text)
            assert cli.main(["look", found[1]]) == 0, capsys.readouterr()
        elif kind == "python":
            for theirs, ours in stand_ins.items():
                text = text.replace(theirs, ours)
            with suppress(SystemExit):  # as a script ends
                exec(compile(text, page, "exec"), namespace)
    assert all(theirs in PAGES[page] for theirs in stand_ins)


@pytest.mark.parametrize("page", PAGES)
def test_its_commands_are_understood(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    commands = []
    for kind, text in SNIPPETS[page]:
        if kind == "python" and (found := FILE.match(text)):
            (tmp_path / found[1]).parent.mkdir(exist_ok=True)
            (tmp_path / found[1]).write_text(text)
        elif kind == "sh":
            commands += [line for line in text.splitlines() if not line.startswith("#!")]
        elif kind == "yaml":
            commands += re.findall(r"- run: (.*)", text)
    for command in (part for line in commands for part in line.split(" && ")):
        assert objection(command, tmp_path, capsys) == "", command
    for command in MENTIONED.findall(prose(page)):  # may leave out what it is about
        said = objection(command, tmp_path, capsys)
        assert said == "" or MISSING in said, command


class UnderstoodError(BaseException):
    """Arguments were parsed: nothing else of the command is to happen."""


def objection(command, tmp_path, capsys):
    """What a command's own parser has against its arguments."""
    text = re.sub(r"\$\{\{.*?\}\}", "main", command.removeprefix("exec ")).replace("…", "").replace(":PORT", ":9092")
    program, *arguments = shlex.split(text, comments=True)
    if program in ("pip", ".") or arguments[:2] == ["-m", "venv"]:
        return ""
    if program == "tox":
        return unknown_to_tox(arguments)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pyperf.Runner, "_created", set())  # it wants to be the only one of a process
        for name in ("parse_args", "parse_intermixed_args"):
            patch.setattr(argparse.ArgumentParser, name, understood(getattr(argparse.ArgumentParser, name)))
        try:
            if program == "fastpaths":
                code = cli.main(arguments)
                return f"exit code {code}: {capsys.readouterr().err}"
            script = next(path for path in (tmp_path / arguments[0], ROOT / arguments[0]) if path.exists())
            patch.setattr(sys, "argv", [str(script), *arguments[1:]])
            runpy.run_path(str(script), run_name="__main__")
        except SystemExit:
            return capsys.readouterr().err
        except UnderstoodError:
            return ""
    return "it parses nothing"


def unknown_to_tox(arguments):
    tox = configparser.ConfigParser()
    tox.read(ROOT / "tox.ini")
    asked = arguments[1].split(",") if arguments else []
    return " ".join(name for name in asked if f"testenv:{name}" not in tox and not re.fullmatch(r"py3\d+", name))


def understood(parse):
    def parsed(self, *args, **kwargs):
        parse(self, *args, **kwargs)
        raise UnderstoodError

    return parsed


MODULES = ("", ".batch", ".bench", ".columns", ".kafka", ".kafka.records", ".rawbytes", ".sources", ".table")


@pytest.mark.parametrize("module", [f"fastpaths{name}" for name in MODULES])
def test_every_public_name_has_its_place_in_the_reference(module):
    reference = PAGES["docs/api.md"]
    if f"automodule:: {module}\n" not in reference:
        public = {*importlib.import_module(module).__all__} - {"__version__"}
        assert {name for name in public if not re.search(rf":: fastpaths[\w.]*\.{name}\b", reference)} == set()


@pytest.mark.parametrize("page", PAGES)
def test_its_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", PAGES[page]):
        assert ((ROOT / page).parent / target).exists(), target
    if page.startswith("docs/") and page != "docs/index.md":
        assert re.search(rf"^{Path(page).stem}$", PAGES["docs/index.md"], re.M)
