"""`fastpaths count`: valgrind around a worker, and what is made of the numbers."""

import json
import os
import subprocess
import sys

import pytest

from fastpaths.bench import Op, case, counting, worker
from fastpaths.bench.cachegrind import Counter, environment, instructions_in
from fastpaths.bench.counting import Count, Growth, along, count, growth
from fastpaths.bench.errors import BenchError
from fastpaths.bench.loading import cases_in, load

CASES = """
from fastpaths.bench import Op, case

@case(group="work", params={"n": {"default": [1000], "production": [4000]}})
def scan(n):
    return Op(sum, list(range(n)), expected=n * (n - 1) // 2)

@case(group="work", params={"n": {"default": [1000], "production": [16_000]}})
def lookups(n):
    table = {key: -key for key in range(n)}
    keys = list(table)[:: n // 100]
    return Op.each(table.get, keys, unit="lookup", expected=[-key for key in keys])

@case(group="work")
def scan_after_reset():
    numbers = []

    def reset():
        for _ in range(10):
            numbers[:] = range(1000)

    return Op(sum, numbers, reset=reset, expected=499_500)
"""


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """A case file, and what `fastpaths count` printed and wrote of it."""
    folder = tmp_path_factory.mktemp("work")
    path = folder / "work_cases.py"
    path.write_text(CASES)
    command = ["-m", "fastpaths", "count", f"{path}::work/scan", f"{path}::work/lookups", "--over", "n"]
    run = subprocess.run(
        [sys.executable, "-P", *command, "-o", "out.json"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    yield path, run.stdout, json.loads((folder / "out.json").read_text())
    sys.modules.pop("work_cases", None)


def counted_again(path, name):
    (found,) = [case for case in cases_in(load(path)) if case.name == name]
    sys.path.remove(str(path.parent))
    return count(found)


@pytest.mark.once
@pytest.mark.valgrind
def test_growth_tells_a_scan_from_a_lookup(work):
    _, printed, written = work
    assert [(line["name"], line["meaning"]) for line in written["growth"]] == [
        ("work/scan", "O(N) an item"),
        ("work/lookups", "O(1) an item"),
    ]
    assert [line["slope"] for line in written["growth"]] == pytest.approx([1, 0], abs=0.03)
    for line in written["growth"]:
        assert line["meaning"] in printed


@pytest.mark.once
@pytest.mark.valgrind
def test_counts_are_of_the_operation_alone(work):
    written = work[2]
    assert written["schema"] == "fastpaths-count/1"
    per_item = {counted["name"]: counted["per_item"] for counted in written["counts"]}
    assert per_item["work/scan[n=4000]"] == pytest.approx(4 * per_item["work/scan[n=1000]"], rel=0.02)
    assert 20 < per_item["work/lookups[n=1000]"] < 500  # of one call, not of the column
    assert written["counts"][0]["metadata"]["fastpaths_build_version"]


@pytest.mark.once
@pytest.mark.valgrind
def test_counts_repeat_and_a_reset_is_not_in_them(work):
    path, _, written = work
    first = written["counts"][0]["instructions"]
    assert counted_again(path, "work/scan[n=1000]").instructions == pytest.approx(first, rel=0.003)
    assert counted_again(path, "work/scan_after_reset").instructions == pytest.approx(first, rel=0.01)


@pytest.mark.once
@pytest.mark.valgrind
def test_what_cannot_be_counted_is_reported_and_keeps_no_other_from_it(project):
    project.write(
        "bad.py",
        """
        import ctypes, sys
        from fastpaths.bench import Op, case

        @case(group="bad")
        def wrong(): return Op(abs, 1, expected=2)

        @case(group="bad")
        def crashes(): return Op(ctypes.string_at if "--count" in sys.argv else abs, 0, expected=0)
    """,
    )
    run = project.fastpaths("count", "bad")
    assert run.returncode == 2
    assert "bad/wrong: wrong answer" in run.stderr
    assert "bad/crashes: counting it was killed by signal 11, Segmentation fault" in run.stderr
    assert "string_at" in run.stderr  # valgrind's own account
    assert "Not counted (2)" in run.stderr


def test_a_worker_that_hangs_is_given_up():
    sleeper = [sys.executable, "-P", "-c", "import time; time.sleep(60)"]
    with pytest.raises(BenchError, match=r"x: counting it took more than 0.2 s \(--timeout\)"):
        worker.finish(sleeper, "x: counting it", timeout=0.2)


def test_without_valgrind_it_says_how_to_get_it(project, monkeypatch):
    monkeypatch.setenv("PATH", str(project.folder))
    run = project.fastpaths("count", "absolutes")
    assert run.returncode == 2
    assert "needs valgrind" in run.stderr
    assert "apt install valgrind" in run.stderr
    assert len(run.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("output", "total"),
    [
        (b"desc: I1 cache: ...\ncmd: python\nevents: Ir\nfl=a.c\nfn=f\n1 20\nsummary: 139643526\n", 139643526),
        (b"events: Ir I1mr ILmr Dr\nfl=a.c\nfn=f\n1 20 1 1 5\nsummary: 20 1 1 5\n", 20),
        (b"7 3\nsummary: 42", 42),  # the end of one
        (b"fn=summary: 1\n1 5\nsummary: 5\n", 5),
    ],
)
def test_the_total_of_a_cachegrind_file(output, total):
    assert instructions_in(output) == total


@pytest.mark.parametrize("output", [b"", b"events: Ir\nfn=f\n1 20\n", b"1 20\nsummary:", b"1 20\nsummary: \n"])
def test_a_file_without_its_total_is_refused(output):
    with pytest.raises(BenchError, match="summary"):
        instructions_in(output)


def test_a_process_outside_cachegrind_has_no_count(tmp_path):
    counter = Counter(tmp_path)
    with pytest.raises(BenchError, match="not run under cachegrind"):
        counter.between(os.getpid(), os.getpid())


def test_the_environment_is_fixed(monkeypatch):
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    monkeypatch.setenv("PYTHONPATH", "somewhere")
    monkeypatch.setenv("ANYTHING", "else")
    found = environment()
    assert (found["PYTHONHASHSEED"], found["FASTPATHS_HASH_SEED"], found["OMP_NUM_THREADS"]) == ("0", "0", "1")
    assert found["PYTHONPATH"] == "somewhere"
    assert "ANYTHING" not in found


def family(**params):
    def set_up(**point):
        return Op(abs, 1, expected=1)

    return list(case(group="g", name="f", params=params)(set_up).cases())


def test_a_series_holds_all_other_parameters_fixed():
    cases = family(rows={"quick": [1], "default": [10], "production": [100]}, kind=["a", "b"])
    series = along(cases, "rows", None)
    assert {name: [case.params["rows"] for case in members] for name, members in series.items()} == {
        "g/f[kind=a]": [1, 10, 100],
        "g/f[kind=b]": [10, 100],  # in preset quick a plain list is its first value only
    }
    one = [case for case in cases if case.name == "g/f[rows=10,kind=b]"]
    assert list(along(one, "rows", None)) == ["g/f[kind=b]"]


@pytest.mark.parametrize(
    ("params", "over", "preset", "words"),
    [
        ({"rows": [1, 2]}, "row", None, "has the parameter 'row'; theirs are rows"),
        ({"rows": [1, 2]}, "rows", "quick", "needs two values of it, there is only 1"),
        ({"kind": ["a", "b"]}, "kind", None, "needs positive numbers, not 'a'"),
        ({"rows": [0, 10]}, "rows", None, "needs positive numbers, not 0"),
    ],
)
def test_a_series_that_has_no_growth_is_refused(params, over, preset, words):
    with pytest.raises(BenchError, match=words):
        along(family(**params), over, preset)


def test_growth_is_the_slope_on_logarithmic_axes():
    counts = [Count("g/f", "g", None, {"n": n}, 3 * n * n, 1, n, "row", {}) for n in (10, 100, 1000)]
    line = growth("g/f", "n", counts)
    assert line.slope == pytest.approx(1)
    assert line.values == [10, 100, 1000]


@pytest.mark.parametrize(
    ("slope", "words"),
    [
        (-1.0, "falls"),
        (-0.01, "O(1) an"),
        (0.02, "O(1) an"),
        (0.1, "O(log N)"),
        (0.5, "between O(log N) and O(N)"),
        (0.97, "O(N) an"),
        (1.5, "between O(N) and O(N²)"),
        (2.0, "O(N²) an"),
        (3.0, "worse"),
    ],
)
def test_what_a_slope_means(slope, words):
    assert Growth("g/f", "n", [1, 2], slope).meaning.startswith((words, f"about {words}"))


def test_a_file_that_cannot_be_written_is_refused_before_anything_is_counted(project):
    run = project.fastpaths("count", "sums", "-o", "no/such/folder.json")
    assert run.returncode == 2
    assert "there is no folder" in run.stderr


def test_the_ratio_to_a_baseline(capsys):
    def row(name, instructions, baseline_of=None):
        return Count(name, "g", baseline_of, {}, instructions, 1, 10, "row", {"fastpaths_build_stale": "a/b.pyx"})

    counting._report([row("g/f", 1000), row("g/peer", 2500, "g/f")], [])
    said = capsys.readouterr()
    assert "peer" in said.out
    assert "2.50x fewer" in said.out
    assert "100 a row" in said.out
    assert "Stale build: a/b.pyx" in said.out
