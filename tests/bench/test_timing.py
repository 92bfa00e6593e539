"""`fastpaths time` and `python benchmarks/X.py`, run as a user would."""

import json
import signal
import subprocess
import sys
import time

import pyperf
import pytest

FEW = ("-p", "2", "-n", "1", "-w", "0", "--min-time", "0.001")


def benchmarks(path):
    return {bench.get_name(): bench for bench in pyperf.BenchmarkSuite.load(str(path)).get_benchmarks()}


def test_every_case_of_the_preset_is_measured_and_shown_by_group(project):
    run = project.fastpaths("time", "--preset", "quick", *FEW, "-o", "out.json")
    assert run.returncode == 0, run.stderr
    measured = benchmarks(project.folder / "out.json")
    assert list(measured) == ["sums/builtin[n=10]", "sums/loop[n=10]", "absolutes/int/each"]
    for line in ("sums", "builtin[n=10]", "absolutes/int", "Preliminary", "Written to out.json"):
        assert line in run.stdout
    (peer,) = [line for line in run.stdout.splitlines() if "  loop[n=10]" in line]
    assert peer.rstrip().endswith(("x faster", "x slower"))
    assert [bench.get_nrun() for bench in measured.values()] == [2, 2, 2]  # who verified has calibrated, too
    assert max(run.get_loops() for bench in measured.values() for run in bench.get_runs()) > 1


def test_json_is_what_the_file_would_be(project):
    run = project.fastpaths("time", "absolutes", "--preset", "quick", *FEW, "--json", "-o", "out.json")
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == json.loads((project.folder / "out.json").read_text())


def test_other_presets_are_calibrated_by_pyperf_and_so_is_quick_where_loops_are_given(project):
    for options, runs, loops in ((("default",), 3, None), (("quick", "--loops", "7"), 2, 7)):
        file = project.folder / f"{options[0]}.json"
        run = project.fastpaths("time", "absolutes", "--preset", *options, *FEW, "-o", file.name)
        assert run.returncode == 0, run.stderr
        (bench,) = benchmarks(file).values()
        assert bench.get_nrun() == runs
        assert loops is None or {run.get_loops() for run in bench.get_runs()} == {loops}


def test_a_filtered_run_saves_each_result_under_the_right_name(project):
    """pyperf knows a benchmark by its ordinal; a filter that workers do not share would measure another one."""
    project.write(
        "sizes.py",
        """
        from fastpaths.bench import Op, case, main

        @case(group="sizes", params={"n": [1, 2, 3, 4, 5]})
        def length(n):
            return Op(len, "x" * n, items=n, unit=f"thing{n}", expected=n)

        if __name__ == "__main__":
            main()
    """,
    )
    run = project.run("benchmarks/sizes.py", "sizes/length[n=4]", "sizes/length[n=2]", *FEW, "-o", "out.json")
    assert run.returncode == 0, run.stderr
    measured = benchmarks(project.folder / "out.json")
    assert list(measured) == ["sizes/length[n=2]", "sizes/length[n=4]"]
    for n in (2, 4):
        about = measured[f"sizes/length[n={n}]"].get_metadata()
        assert (about["fastpaths_items"], about["fastpaths_unit"]) == (n, f"thing{n}")


def test_metadata_says_what_was_measured_and_where(project):
    assert project.run("benchmarks/cases.py", "sums/builtin[n=100]", *FEW, "-o", "out.json").returncode == 0
    about = benchmarks(project.folder / "out.json")["sums/builtin[n=100]"].get_metadata()
    assert about["fastpaths_items"] == 100
    assert about["fastpaths_nbytes"] == 800
    assert about["fastpaths_group"] == "sums"
    assert about["fastpaths_gc"] == "disabled"
    assert about["fastpaths_preset"] == "default"
    assert about["fastpaths_build_version"]
    assert about["fastpaths_build_compiler"]
    assert "-O3" in about["fastpaths_build_flags"] or "/O2" in about["fastpaths_build_flags"]
    assert "CPUs" in about["fastpaths_machine"]


def test_the_time_of_each_is_that_of_one_call(project):
    assert project.fastpaths("time", "absolutes", *FEW, "-o", "out.json").returncode == 0
    bench = benchmarks(project.folder / "out.json")["absolutes/int/each"]
    assert bench.get_metadata()["inner_loops"] == 3
    raw = bench.get_runs()[1]
    assert raw.values[0] < 1e-5  # one abs(), not a pass that pyperf's minimum makes a millisecond


def test_set_up_is_lazy_a_worker_builds_only_its_own_case(project):
    project.write(
        "marks.py",
        """
        import pathlib
        from fastpaths.bench import Op, case

        @case(group="marks", params={"n": [1, 2]})
        def mark(n):
            with open(f"made{n}", "a") as file:
                file.write("x")
            return Op(abs, n, expected=n)
    """,
    )
    assert project.fastpaths("time", "marks/mark[n=2]", *FEW).returncode == 0
    assert not (project.folder / "made1").exists()
    assert (project.folder / "made2").read_text() == "x" * 4  # verification, calibration, two workers


def test_a_wrong_answer_is_refused_and_the_others_are_measured(project):
    project.write(
        "wrong.py",
        """
        from fastpaths.bench import Op, case

        @case(group="wrong")
        def wrong(): return Op(len, "ab", expected=3)

        @case(group="wrong")
        def right(): return Op(len, "ab", expected=2)
    """,
    )
    run = project.fastpaths("time", "wrong", *FEW, "-o", "out.json")
    assert run.returncode == 2
    assert "wrong/wrong: wrong answer, so it is not timed: expected 3, got 2" in run.stderr
    assert list(benchmarks(project.folder / "out.json")) == ["wrong/right"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("raise RuntimeError('no data')", "RuntimeError: no data"),
        ("import os; os._exit(7)", "exit code 7"),
        ("return 5", "must return an Op"),
        ("import time; time.sleep(60)", "--timeout"),
    ],
)
def test_a_case_that_cannot_be_set_up_is_reported(project, body, words):
    project.write(
        "bad.py",
        f"""
        from fastpaths.bench import Op, case

        @case(group="bad")
        def bad():
            {body}
    """,
    )
    run = project.fastpaths("time", "bad", *FEW, "--timeout", "2")
    assert run.returncode == 2
    assert "bad/bad" in run.stderr
    assert words in run.stderr


def test_a_worker_that_fails_later_is_reported(project):
    project.write(
        "later.py",
        """
        import sys
        from fastpaths.bench import Op, case

        @case(group="later")
        def later():
            if "--verify" not in sys.argv:
                raise RuntimeError("only when timed")
            return Op(abs, 1, expected=1)
    """,
    )
    run = project.fastpaths("time", "later", *FEW)
    assert run.returncode == 2
    assert "only when timed" in run.stderr
    assert "later/later: its worker failed" in run.stderr


def test_pyperf_reads_the_files_and_compares_them(project):
    for name in ("old.json", "new.json"):
        assert project.run("benchmarks/cases.py", "sums/builtin[n=100]", *FEW, "-o", name).returncode == 0
    for command in (["stats", "old.json"], ["hist", "old.json"], ["compare_to", "old.json", "new.json"]):
        assert project.run("-m", "pyperf", *command).returncode == 0, command


def test_append_adds_to_a_file_and_output_does_not_overwrite_one(project):
    assert project.run("benchmarks/cases.py", "absolutes", *FEW, "-o", "out.json").returncode == 0
    assert project.run("benchmarks/cases.py", "sums/builtin[n=10]", *FEW, "--append", "out.json").returncode == 0
    assert list(benchmarks(project.folder / "out.json")) == ["absolutes/int/each", "sums/builtin[n=10]"]
    run = project.run("benchmarks/cases.py", *FEW, "-o", "out.json")
    assert run.returncode == 2
    assert "already exists; --append adds to it" in run.stderr
    assert not list(project.folder.glob(".unfinished*"))
    (project.folder / "other").touch()  # others may read the results, as the user has it
    assert (project.folder / "out.json").stat().st_mode == (project.folder / "other").stat().st_mode


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["sums/bultin"], "the nearest are sums/builtin"),
        (["-o", "no/such/folder/x.json"], "there is no folder"),
        (["--append", "broken.json"], "is not a pyperf file"),
        (["-o", "x.json", "--append", "y.json"], "not both"),
        (["--preset", "huge"], "invalid choice"),
        (["--values", "0"], "-n/--values"),
        (["--calibrate-loops"], "requires --worker"),
    ],
)
def test_bad_arguments_exit_with_2_before_anything_is_measured(project, arguments, words):
    (project.folder / "broken.json").write_text('{"benchmarks": 3')
    run = project.fastpaths("time", *arguments)
    assert run.returncode == 2
    assert words in run.stderr
    assert "Traceback" not in run.stderr


def test_cases_and_options_may_come_in_any_order(project):
    run = project.fastpaths("time", "sums/loop[n=10]", *FEW, "absolutes", "-o", "out.json")
    assert run.returncode == 0, run.stderr
    assert list(benchmarks(project.folder / "out.json")) == ["sums/loop[n=10]", "absolutes/int/each"]


def test_pyperf_options_pass_through(project):
    run = project.run("benchmarks/cases.py", "absolutes", *FEW, "--loops", "64", "--stats", "-o", "out.json")
    assert run.returncode == 0, run.stderr
    assert benchmarks(project.folder / "out.json")["absolutes/int/each"].get_runs()[0].get_loops() == 64
    assert "Loop iterations per value: 192" in run.stderr  # 64 loops of three calls


def test_interrupted_keeps_what_was_measured(project):
    project.write(
        "slow.py",
        """
        import time
        from fastpaths.bench import Op, case

        @case(group="slow")
        def first(): return Op(abs, 1, expected=1)

        @case(group="slow")
        def second(): return Op(time.sleep, 1, expected=None)
    """,
    )
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "fastpaths", "time", "slow", *FEW, "--append", "out.json"],
        cwd=project.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while not (project.folder / "out.json").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(2)  # past the verification of the second
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130, said
    assert "interrupted" in said
    assert "Traceback" not in said
    assert list(benchmarks(project.folder / "out.json")) == ["slow/first"]
