import pytest

from fastpaths.bench.discovery import case_files, files_for, find, select
from fastpaths.bench.errors import BenchError
from fastpaths.bench.loading import cases_in, load, unique


@pytest.fixture
def cases(project):
    return cases_in(load(project.folder / "benchmarks" / "cases.py"))


@pytest.mark.parametrize(
    ("requests", "preset", "expected"),
    [
        ([], "quick", ["sums/builtin[n=10]", "sums/loop[n=10]", "absolutes/int/each"]),
        ([], "production", ["sums/builtin[n=1000]", "sums/loop[n=1000]", "absolutes/int/each"]),
        (["sums/loop[n=1000]"], "quick", ["sums/loop[n=1000]"]),
        (["sums/loop"], "default", ["sums/loop[n=10]", "sums/loop[n=100]"]),
        (["sums"], "quick", ["sums/builtin[n=10]", "sums/loop[n=10]"]),
        (["sums/"], "quick", ["sums/builtin[n=10]", "sums/loop[n=10]"]),
        (["absolutes"], "quick", ["absolutes/int/each"]),
        (["absolutes/int"], "quick", ["absolutes/int/each"]),
        (["*/each"], "quick", ["absolutes/int/each"]),
        (["*[n=100]"], "quick", ["sums/builtin[n=100]", "sums/loop[n=100]"]),
        (["sums/loop", "sums/builtin"], "quick", ["sums/builtin[n=10]", "sums/loop[n=10]"]),
        (["sums", "sums/loop"], "quick", ["sums/builtin[n=10]", "sums/loop[n=10]"]),
        (["sums/loop"], None, ["sums/loop[n=10]", "sums/loop[n=100]", "sums/loop[n=1000]"]),
    ],
)
def test_selection(cases, requests, preset, expected):
    assert [case.name for case in select(cases, requests, preset)] == expected


@pytest.mark.parametrize(
    "request_", ["sum", "sums/loo", "sums/loop[n=1]", "sums/loop[n=10", "sums/l??p", "absolutes/i"]
)
def test_what_names_nothing_is_refused(cases, request_):
    with pytest.raises(BenchError, match="no case is named"):
        select(cases, [request_], "quick")


def test_a_misspelt_name_is_answered_with_the_nearest(cases):
    with pytest.raises(BenchError, match="nearest are sums/builtin"):
        select(cases, ["sums/bultin"], "quick")
    with pytest.raises(BenchError, match="fastpaths list"):
        select(cases, ["zzzz"], "quick")


def test_a_case_outside_the_preset_says_where_it_is(project):
    project.write(
        "big.py",
        """
        from fastpaths.bench import Op, case
        @case(group="big", params={"n": {"production": [1]}})
        def one(n): return Op(abs, n, expected=1)
    """,
    )
    with pytest.raises(BenchError, match=r"'big' has no case in preset quick; big/one\[n=1\] is in production"):
        select(cases_in(load(project.folder / "benchmarks" / "big.py")), ["big"], "quick")


def test_a_path_confines_a_request(project, monkeypatch):
    monkeypatch.chdir(project.folder)
    project.write(
        "more.py",
        """
        from fastpaths.bench import Op, case
        @case(group="sums")
        def other(): return Op(abs, 1, expected=1)
    """,
    )
    assert [case.name for case in find(["benchmarks/more.py::sums"], "quick")[0]] == ["sums/other"]
    assert [case.name for case in find(["benchmarks/more.py"], "quick")[0]] == ["sums/other"]
    assert len(find(["sums"], "quick")[0]) == 3
    assert [path.name for path in files_for(["benchmarks/more.py::sums"])] == ["more.py"]


def test_two_cases_of_one_name_are_refused(project):
    path = project.write(
        "twice.py",
        """
        from fastpaths.bench import Op, case
        @case(group="g")
        def same(): ...
        @case(group="g", name="same")
        def other(): ...
    """,
    )
    with pytest.raises(BenchError, match=r"two cases are named g/same: .*twice.py:3 and .*twice.py:5"):
        cases_in(load(path))


def test_two_files_may_not_share_a_name_either(project):
    path = project.folder / "benchmarks" / "cases.py"
    with pytest.raises(BenchError, match="two cases are named"):
        unique([*cases_in(load(path)), *cases_in(load(path))])


def test_helpers_are_not_case_files_and_the_project_configures_the_rest(project, tmp_path):
    project.write("_shared.py", "raise SystemExit")
    assert [path.name for path in case_files(tmp_path)] == ["cases.py"]
    (tmp_path / "perf").mkdir()
    (tmp_path / "perf" / "x.py").write_text("")
    (tmp_path / "perf" / "no_cases.py").write_text("raise SystemExit")
    (tmp_path / "pyproject.toml").write_text('[tool.fastpaths]\ncases = ["perf/*.py", "!perf/no_*.py"]\n')
    assert [path.name for path in case_files(tmp_path / "benchmarks")] == ["x.py"]


@pytest.mark.parametrize(
    ("toml", "message"),
    [("[tool", "not valid TOML"), ('[tool.fastpaths]\ncases = "x.py"', "must be a list"), ("", "no case files")],
)
def test_bad_configuration_says_what_is_wrong(tmp_path, toml, message):
    (tmp_path / "pyproject.toml").write_text(toml)
    with pytest.raises(BenchError, match=message):
        case_files(tmp_path)


def test_a_file_that_fails_to_load_is_named_and_does_not_hide_the_others(project, monkeypatch):
    monkeypatch.chdir(project.folder)
    project.write("broken.py", "import no_such_module")
    cases, broken = find(["absolutes"], "quick")
    assert [case.name for case in cases] == ["absolutes/int/each"]
    assert "broken.py cannot be loaded: ModuleNotFoundError" in str(broken[0])
    with pytest.raises(BenchError, match="no_such_module"):
        find(["benchmarks/broken.py"], "quick")
    with pytest.raises(BenchError, match="no such case file"):
        find(["benchmarks/absent.py::x"], "quick")


def test_a_file_named_like_a_module_does_not_shadow_it(project):
    path = project.write("json.py", "VALUE = 5")
    assert load(path).VALUE == 5
    import json

    assert hasattr(json, "dumps")


def test_case_files_may_import_their_neighbours(project):
    project.write("_neighbour.py", "VALUE = 6")
    path = project.write("importer.py", "from _neighbour import VALUE")
    assert load(path).VALUE == 6
