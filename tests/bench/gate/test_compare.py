"""`fastpaths compare` from the outside: a tiny foreign project, gated by nothing but its cases."""

import json
import re
import signal
import subprocess
import sys

import pytest

from fastpaths.bench import Settings, compare
from fastpaths.bench.errors import BenchError
from fastpaths.bench.gate import command

pytestmark = pytest.mark.once

MODULE = """
def total(numbers):
    result = 0
    for number in numbers:
        result += number
    return result


def ordered(numbers):
    return sorted(numbers)
"""
CASES = """
import foreign
from fastpaths.bench import Op, case


@case(group="sums", params={"n": [1000]})
def total(n):
    return Op(foreign.total, list(range(n)), expected=n * (n - 1) // 2)


@total.baseline
def builtin(n):
    return Op(sum, list(range(n)), expected=n * (n - 1) // 2)


@case(group="orders")
def ordered():
    return Op(foreign.ordered, list(range(1000, 0, -1)), expected=list(range(1, 1001)))
"""
SLOWER = MODULE.replace("    result = 0", "    result = 0\n    for number in numbers[:300]:\n        result += 0")


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FASTPATHS_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("PIP_NO_INDEX", "1")
        yield


@pytest.fixture
def foreign(make_package, cache, monkeypatch):
    """A project whose second commit makes one of its two functions a third slower."""
    package = make_package("foreign")
    package.write("benchmarks/cases.py", CASES)
    package.write(".gitignore", "*.json\n*.md\n__pycache__/\n")
    for tag, source in (("v1", MODULE), ("v2", SLOWER)):
        package.write("foreign/__init__.py", source)
        package.commit(tag)
    monkeypatch.chdir(package.folder)
    return package


def fastpaths(*arguments):
    command = [sys.executable, "-P", "-m", "fastpaths", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def test_a_slowdown_is_found_and_named_alone(foreign):
    run = fastpaths("compare", "v1", "v2", "-o", "result.json", "--markdown", "result.md")
    assert run.returncode == 1, run.stdout + run.stderr
    assert "1 regressed, 1 unchanged" in run.stdout
    result = json.loads((foreign.folder / "result.json").read_text())
    assert {case["name"]: case["verdict"] for case in result["cases"]} == {
        "sums/total[n=1000]": "regressed",
        "orders/ordered": "unchanged",
    }
    assert [control["verdict"] for control in result["controls"]] == ["unchanged", "unchanged"]
    assert (result["a"]["kind"], result["b"]["kind"]) == ("revision", "revision")
    assert "| `sums/total[n=1000]` |" in (foreign.folder / "result.md").read_text()
    story = fastpaths("explain", "result.json", "sums/total")
    assert story.returncode == 0
    assert "regressed" in story.stdout
    assert "fresh ones" in story.stdout
    assert "orders/ordered" not in story.stdout
    unknown = fastpaths("explain", "result.json", "nosuch")
    assert unknown.returncode == 2
    assert "; sums/total[n=1000]" in unknown.stderr  # by semicolons: the name of a control has a comma in it
    (explained,) = json.loads(fastpaths("explain", "result.json", "sums/total", "--json").stdout)["cases"]
    assert explained["name"] == "sums/total[n=1000]"
    assert explained["looks"][-1]["verdict"] == "regressed"
    assert [look["reason"] for look in explained["looks"]] == [
        line.split("  ", 3)[-1].strip() for line in story.stdout.splitlines() if re.match("  after| +\\d+ fresh", line)
    ]


def test_equal_code_is_unchanged_and_the_library_says_the_same(foreign):
    comparison = compare("v2", ".", ["orders"], Settings(budget=10))
    (outcome,) = comparison.outcomes
    assert outcome.decision.verdict in ("unchanged", "inconclusive")
    assert comparison.exit_code() in (0, 3)
    assert not comparison.disturbed


def test_what_is_missing_or_wrong_on_a_side_is_told(foreign):
    foreign.write(
        "benchmarks/cases.py",
        CASES
        + """

import foreign as module

@case(group="edge")
def only_new(): return Op(module.added, expected=1)

@case(group="edge")
def only_old(): return Op(module.removed, expected=1)

@case(group="edge")
def differs(): return Op(module.version, expected=module.version())

@case(group="edge")
def wrong(): return Op(module.version, expected="v3")
""",
    )
    foreign.write("foreign/__init__.py", MODULE + "\ndef removed(): return 1\ndef version(): return 'v3'\n")
    foreign.commit("v3")
    foreign.write("foreign/__init__.py", MODULE + "\ndef added(): return 1\ndef version(): return 'v4'\n")
    foreign.commit("v4")
    run = fastpaths("compare", "v3", "v4", "edge", "--budget", "1", "-o", "edge.json")
    assert run.returncode == 2
    result = {case["name"]: case for case in json.loads((foreign.folder / "edge.json").read_text())["cases"]}
    assert result["edge/only_new"]["missing"] == "A"
    assert result["edge/only_old"]["missing"] == "B"
    assert "different answers" in result["edge/differs"]["error"]
    assert "on B: edge/wrong: wrong answer" in result["edge/wrong"]["error"]
    assert "edge/only_new is missing on A" in run.stdout


def test_five_percent_more_bytes_a_record_are_found_and_equal_code_is_not_blamed(foreign):
    foreign.write(
        "benchmarks/cases.py",
        CASES
        + """

import foreign as module

@case(group="memory")
def grown(): return Op(module.hold, 2000, items=2000, expected=2000, answer=len)

@case(group="memory")
def equal(): return Op(list, range(10_000), items=10_000, expected=10_000, answer=len)
""",
    )
    for tag, size in (("m1", 1000), ("m2", 1050)):
        foreign.write("foreign/__init__.py", MODULE + f"\ndef hold(n): return [bytes({size}) for _ in range(n)]\n")
        foreign.commit(tag)
    run = fastpaths("compare", "m1", "m2", "memory", "--memory", "--budget", "1", "-o", "memory.json")
    assert run.returncode == 1, run.stdout + run.stderr
    assert "memory: 1 regressed, 1 unchanged" in run.stdout
    found = {case["name"]: case["memory"] for case in json.loads((foreign.folder / "memory.json").read_text())["cases"]}
    assert found["memory/equal"]["verdict"] == "unchanged"
    assert {change["figure"]: change["verdict"] for change in found["memory/grown"]["changes"]} == {
        "kept": "regressed",
        "peak": "regressed",
    }
    assert "kept by the operation regressed" in fastpaths("explain", "memory.json", "memory/grown").stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["v1", "v2", "sums/totl"], "the nearest are sums/total"),
        (["v1", "nothing"], "nothing"),
        (["v1", "v2", "--only", "slower"], "slower"),
        (["v1"], "required: B"),
    ],
)
def test_bad_arguments_exit_with_2(foreign, arguments, words):
    run = fastpaths("compare", *arguments)
    assert run.returncode == 2
    assert words in run.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["sums/totl"], "the nearest are sums/total"),
        (["-o", "no/folder.json"], "there is no folder no"),
        (["--markdown", "."], "it is a folder"),
        (["--tolerance", "-5"], "--tolerance: expected a percentage above 0 and below 100, found -5"),
        (["--budget", "nan"], "--budget: expected a number above 0, found nan"),
        (["--affinity", "9999"], "--affinity: expected one of the CPUs 0"),
        (["--timeout", "soon"], "--timeout: expected a number above 0, found soon"),
    ],
)
def test_nothing_is_built_for_arguments_that_are_wrong(foreign, arguments, words, monkeypatch, capsys):
    monkeypatch.syspath_prepend(foreign.folder)  # a case file that cannot be loaded here would be left to the sides
    monkeypatch.setattr(command, "prepare", lambda *_: pytest.fail("it was built"))
    with pytest.raises((BenchError, SystemExit)) as raised:
        command.run(["v1", "v2", *arguments], "fastpaths compare")
    assert words in f"{raised.value}{capsys.readouterr().err}"


@pytest.mark.parametrize(
    ("after", "number", "kept"),
    [
        ("the empty operation", signal.SIGINT, []),
        ("orders/ordered", signal.SIGINT, ["sums/total[n=1000]"]),
        ("orders/ordered", signal.SIGTERM, ["sums/total[n=1000]"]),
    ],
)
def test_interrupted_keeps_what_was_measured(foreign, after, number, kept):
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "fastpaths", "compare", "v1", "v2", "-o", "partial.json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    said = ""
    while after not in said and process.poll() is None:
        said += process.stderr.readline()
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, out + err
    assert "Traceback" not in err
    assert ("Interrupted" in out and "Kept in" in out) == bool(kept)
    assert ("fastpaths: interrupted" in err and not out) == (not kept)
    written = [json.loads(path.read_text()) for path in foreign.folder.glob("partial.json")]
    assert [data["interrupted"] for data in written] == [True] * bool(kept)
    assert {case["name"] for data in written for case in data["cases"]} >= {*kept}


def test_a_case_that_was_not_compared_explains_itself(foreign, tmp_path):
    (tmp_path / "other.json").write_text('{"format": "something else", "schema": 1}')
    (tmp_path / "list.json").write_text("[1, 2]")
    (tmp_path / "newer.json").write_text('{"format": "fastpaths-comparison", "schema": 2}')
    (tmp_path / "half.json").write_text('{"format": "fastpaths-comparison", "schema": 1}')
    for name, words in (
        ("absent.json", "cannot read"),
        ("other.json", "is not what `fastpaths compare A B -o FILE` writes"),
        ("list.json", "is not what `fastpaths compare A B -o FILE` writes"),
        ("newer.json", "is of schema 2, and this fastpaths reads schema 1"),
        ("half.json", "is not whole"),
    ):
        run = fastpaths("explain", tmp_path / name)
        assert run.returncode == 2
        assert words in run.stderr


def test_compare_as_a_function_raises_where_nothing_can_be_compared(foreign):
    with pytest.raises(BenchError, match="nothing"):
        compare("nothing", "v2")
