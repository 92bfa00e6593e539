import json
import sys


def test_every_case_is_listed_with_its_presets(project):
    run = project.fastpaths("list")
    assert run.returncode == 0
    lines = [line.split(maxsplit=1) for line in run.stdout.splitlines() if line.startswith("  ")]
    assert ["sums/builtin[n=10]", "quick default"] in lines
    assert ["sums/loop[n=1000]", "production, baseline of builtin"] in lines
    assert "benchmarks/cases.py" in run.stdout


def test_as_json(project):
    run = project.fastpaths("list", "sums", "--preset", "quick", "--json", "-o", "list.json")
    assert run.stdout == (project.folder / "list.json").read_text()
    listed = json.loads(run.stdout)
    assert [(case["name"], case["baseline_of"]) for case in listed["cases"]] == [
        ("sums/builtin[n=10]", None),
        ("sums/loop[n=10]", "sums/builtin[n=10]"),
    ]
    assert listed["broken"] == []


def test_it_can_be_narrowed(project):
    assert project.fastpaths("list", "absolutes").stdout.split()[1] == "absolutes/int/each"
    assert "n=1000" not in project.fastpaths("list", "--preset", "quick").stdout


def test_a_broken_file_is_named_beside_what_could_be_loaded(project):
    project.write("broken.py", "1 / 0")
    run = project.fastpaths("list")
    assert run.returncode == 2
    assert "absolutes/int/each" in run.stdout
    assert "broken.py cannot be loaded: ZeroDivisionError" in run.stderr
    assert "Traceback" not in run.stderr


def test_it_stops_when_its_reader_does(project):
    project.write(
        "many.py",
        """
        from fastpaths.bench import Op, case
        @case(group="many", params={"n": range(5000)})
        def many(n): ...
        """,
    )
    run = project.run(
        "-c",
        "import subprocess, sys; subprocess.run(sys.argv[1], shell=True, check=True)",
        f"{sys.executable} -P -m fastpaths list | head -1",
    )
    assert run.stderr == ""
