import json
import re
import subprocess
import sys

import pytest

from fastpaths.bench import Op, case
from fastpaths.bench.errors import WrongAnswer
from fastpaths.bench.look import look


def only(op, **options):
    def set_up():
        made.append(True)
        return op

    made = []
    (single,) = case(group="g", name="f", **options)(set_up).cases()
    return single, made


def test_it_agrees_with_what_is_known_to_take_long():
    import time

    single, _ = only(Op(time.sleep, 0.02, expected=None, items=4, unit="nap", nbytes=8))
    seen = look(single)
    assert 0.02 <= seen.seconds < 0.04
    assert (seen.name, seen.items, seen.unit, seen.nbytes) == ("g/f", 4, "nap", 8)


def test_verification_has_an_op_of_its_own():
    single, made = only(Op(abs, 1, expected=1))
    look(single)
    assert len(made) == 2


def test_a_wrong_answer_is_refused():
    single, _ = only(Op(abs, 1, expected=2))
    with pytest.raises(WrongAnswer):
        look(single)


def test_the_command_shows_a_table_and_goes_on_after_a_failure(project):
    project.write(
        "bad.py",
        """
        from fastpaths.bench import Op, case
        @case(group="bad")
        def bad(): raise RuntimeError("no data")
    """,
    )
    run = project.fastpaths("look", "absolutes", "bad")
    assert run.returncode == 2
    assert "each" in run.stdout
    assert "RuntimeError: no data" in run.stdout + run.stderr


def test_the_command_exits_with_0(project):
    run = project.fastpaths("look", "sums")
    assert run.returncode == 0
    assert "items/s" in run.stdout
    assert re.search("x (faster|slower)", run.stdout)


def test_json_is_all_that_is_printed(project):
    run = project.fastpaths("look", "--json", "-o", "out.json")
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert {case["name"] for case in found["cases"]} >= {"sums/builtin[n=10]", "sums/loop[n=10]", "absolutes/int/each"}
    assert json.loads((project.folder / "out.json").read_text()) == found


def test_a_group_is_shown_when_it_is_done(project):
    """The last case ends once the table of the first group has been read."""
    project.write(
        "waiting.py",
        """
        import time
        from pathlib import Path
        from fastpaths.bench import Op, case

        @case(group="z")
        def waits():
            deadline = time.monotonic() + 60
            while not Path("read").exists() and time.monotonic() < deadline:
                time.sleep(0.05)
            return Op(Path("read").exists, expected=True)
        """,
    )
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "fastpaths", "look"], cwd=project.folder, stdout=subprocess.PIPE, text=True
    )
    for line in process.stdout:
        if "each" in line:
            (project.folder / "read").touch()
            break
    assert "waits" in process.communicate(timeout=60)[0]
    assert process.returncode == 0


def test_interrupted_keeps_what_was_seen(project):
    project.write(
        "interrupted.py",
        """
        import os, signal
        from fastpaths.bench import Op, case

        @case(group="z")
        def stops():
            os.kill(os.getpid(), signal.SIGINT)
        """,
    )
    run = project.fastpaths("look")
    assert run.returncode == 130
    assert "absolutes" in run.stdout
    assert "Traceback" not in run.stderr


def test_a_narrow_terminal_without_colours_shows_everything(project, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    run = project.fastpaths("look", "sums")
    assert "\x1b[3" not in run.stdout  # bold is no colour
    lines = re.sub(r"\x1b\[\d*m", "", run.stdout).splitlines()
    assert max(map(len, lines)) <= 40
    assert "…" not in run.stdout
