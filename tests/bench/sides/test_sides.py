"""Sides of somebody else's project: built from what the user typed, run by the harness that runs this."""

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
from pathlib import Path

import pytest

import fastpaths.bench
from fastpaths.bench import sides
from fastpaths.bench.errors import BenchError
from fastpaths.bench.sides import installer, interpreters

pytestmark = pytest.mark.once

HARNESS = Path(fastpaths.bench.__file__).parent

# Tells what it was run with. As in many projects, its folder goes to the front of sys.path.
CASES = """
    import json, sys
    from pathlib import Path
    sys.path.insert(0, str(Path(__file__).parents[1]))

    import tinysum
    import fastpaths.bench.loops
    from fastpaths.bench import Op, case

    @case(group="g")
    def total():
        return Op(tinysum.total, [1, 2, 3], expected=6)

    files = {name.partition(".")[0]: getattr(module, "__file__", None) or "" for name, module in sys.modules.items()}
    print(json.dumps({
        "python": list(sys.version_info[:2]),
        "prefix": sys.prefix,
        "path": sys.path,
        "project": tinysum.__file__,
        "revision": tinysum.REVISION,
        "cflags": sys.modules["tinysum._build"].CFLAGS,
        "fastpaths": list(fastpaths.__path__),
        "bench": fastpaths.bench.__file__,
        "loops": fastpaths.bench.loops.__file__,
        "installed": sorted(name for name, file in files.items() if file.startswith(sys.prefix)),
    }))
"""


@pytest.fixture(scope="module")
def index(tmp_path_factory, make_package):
    """A folder of wheels in the place of the package index, told to pip; and a cache of our own."""
    wheels = tmp_path_factory.mktemp("index")
    for version in ("1.0", "1.1", "2.0"):
        make_package("tinydep", version, extras={"fast": ["tinyfast"]}).wheel(wheels)
    make_package("tinyfast").wheel(wheels)
    make_package("tinysum", "0.9").wheel(wheels)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FASTPATHS_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("PIP_NO_INDEX", "1")
        patch.setenv("PIP_FIND_LINKS", str(wheels))
        installer._pip_configuration.cache_clear()
        yield wheels
    installer._pip_configuration.cache_clear()


@pytest.fixture
def project(make_package, index, monkeypatch):
    """A project with a dependency, two commits, a change that is not committed, and a file that git does not know."""
    package = make_package("tinysum", requires=["tinydep[fast]>=1,<2"])
    package.write("benchmarks/cases.py", CASES)
    package.write(".gitignore", "ignored.py\n__pycache__/\n")
    for revision in ("v1", "v2", "uncommitted"):
        package.write(
            "tinysum/__init__.py",
            f"from tinysum import _build\nREVISION = {revision!r}\n\ndef total(numbers):\n    return sum(numbers)\n",
        )
        if revision != "uncommitted":
            package.commit(revision)
    package.write("tinysum/untracked.py", "")
    package.write("tinysum/ignored.py", "")
    monkeypatch.chdir(package.folder)
    return package


def run(side, project):
    """What the case file tells when the side verifies its case."""
    command = sides.command(side, "worker", f"{project.folder / 'benchmarks' / 'cases.py'}::g/total", "--verify")
    environment = {**os.environ, "PYTHONPATH": "/leaked", **sides.environment(side)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout.splitlines()[0])  # the answer's digest comes after it
    assert "/leaked" not in told["path"]
    return told


def test_a_revision_and_the_working_tree(project):
    old, new = sides.prepare(["v1", "."])
    head = project.git("rev-parse", "HEAD")
    assert (old.kind, old.title) == ("revision", f"{project.git('rev-parse', 'v1')[:7]} (v1)")
    assert (new.kind, new.title) == ("tree", f"working tree ({head[:7]}+dirty)")
    assert old.identity["revision"] == project.git("rev-parse", "v1")
    assert new.identity["revision"] == f"{head}+dirty"
    assert old.built_from_source
    assert new.built_from_source
    assert old.packages == new.packages == {"tinydep": "1.1", "tinyfast": "1.0", "tinysum": "1.0"}
    assert sides.differences(old, new) == {}
    for side, revision in ((old, "v1"), (new, "uncommitted")):
        told = run(side, project)
        assert told["revision"] == revision
        assert told["project"].startswith(told["prefix"])
        assert "-falign-functions=64 -falign-loops=64" in told["cflags"]
        assert side.identity["flags"] == told["cflags"]
        package = Path(told["project"]).parent
        assert (package / "untracked.py").exists() == (revision == "uncommitted")
        assert not (package / "ignored.py").exists()


def test_the_second_time_nothing_is_built_and_no_index_is_asked(project, index, monkeypatch):
    first = sides.prepare(["v1", "v2"])
    monkeypatch.setattr(installer, "_binary", lambda: pytest.fail("uv was run"))
    said = []
    assert sides.prepare(["v1", "v2"], said.append) == first
    assert said == []


def test_the_same_sources_are_one_side(project):
    project.git("checkout", "--quiet", "--force", "v2")
    (project.folder / "tinysum" / "untracked.py").unlink()
    head, tree = sides.prepare(["HEAD", "."])
    assert head.python == tree.python
    assert tree.title == f"working tree ({project.git('rev-parse', 'HEAD')[:7]})"


def test_the_harness_is_the_controllers_and_needs_the_standard_library_alone(project):
    side = sides.prepare(["v1"])[0]
    told = run(side, project)
    assert told["bench"] == str(HARNESS / "__init__.py")
    assert told["loops"] == str(HARNESS / f"loops{sysconfig.get_config_var('EXT_SUFFIX')}")
    assert told["fastpaths"] == []  # the side has none
    assert set(told["installed"]) - {"_virtualenv"} == {"tinysum"}  # the former is what an older uv puts into its own
    command = sides.command(side, "slices", f"{project.folder / 'benchmarks' / 'cases.py'}::g/total")
    done = subprocess.run(command, input="5\n7\n", capture_output=True, text=True, timeout=60, check=True)
    assert len(done.stdout.splitlines()) == 3


def test_the_rest_of_fastpaths_is_the_sides(project, index, make_package):
    theirs = make_package("fastpaths", "0.0.1")
    theirs.write("fastpaths/bench/__init__.py", "raise AssertionError('the harness of the side was loaded')")
    theirs.wheel(index)
    project.describe("1.0", ["fastpaths==0.0.1"])
    side = sides.prepare(["."])[0]
    told = run(side, project)
    assert told["fastpaths"] == [str(Path(told["project"]).parents[1] / "fastpaths")]
    assert told["bench"] == str(HARNESS / "__init__.py")


def test_a_requirement_overrides_a_dependency_and_keeps_its_extras(project):
    now, then = sides.prepare([".", "tinydep==2.0"])  # which the project itself does not allow
    assert then.kind == "requirement"
    assert then.title == f"{now.title} with tinydep 2.0"
    assert not then.built_from_source
    assert sides.differences(now, then) == {"tinydep": ("1.1", "2.0")}
    assert run(then, project)["revision"] == "uncommitted"


def test_what_is_installed_here_is_not_preferred_to_what_a_side_demands(project):
    a, b = sides.prepare(["tinydep==1.0", "tinydep==2.0"])
    assert sides.differences(a, b) == {"tinydep": ("1.0", "2.0")}


@pytest.mark.parametrize("labels", [["v1", "."], [".", "v1"]])
def test_both_sides_get_the_version_that_one_of_them_needs(project, labels):
    project.describe("1.0", ["tinydep<1.1"])
    a, b = sides.prepare(labels)
    assert a.packages["tinydep"] == b.packages["tinydep"] == "1.0"


def test_the_projects_own_name_means_its_release(project):
    side = sides.prepare(["tinysum==0.9"])[0]
    assert (side.title, side.built_from_source) == ("tinysum 0.9", False)
    assert side.packages == {"tinysum": "0.9"}


def test_wheels_and_sdists(project, make_package, tmp_path):
    release = make_package("tinysum", "7.0")
    sdist = tmp_path / "tinysum-7.0.tar.gz"
    with tarfile.open(sdist, "w:gz") as archive:
        release.write("PKG-INFO", "Metadata-Version: 2.1\nName: tinysum\nVersion: 7.0\n")
        archive.add(release.folder, "tinysum-7.0")
    wheel, source = sides.prepare([str(release.wheel(tmp_path)), str(sdist)])
    assert (wheel.kind, wheel.title, wheel.built_from_source) == ("wheel", "wheel tinysum 7.0", False)
    assert (source.kind, source.title, source.built_from_source) == ("sdist", "sdist tinysum 7.0", True)
    dependency = make_package("tinydep", "3.0").wheel(tmp_path)
    side = sides.prepare([str(dependency)])[0]
    assert side.title.endswith("with tinydep 3.0")
    assert side.packages["tinysum"] == "1.0"


def test_case_files_may_require_more(project):
    project.describe("1.0", more='[tool.fastpaths]\nrequires = ["tinydep==1.0"]\n')
    tree, release = sides.prepare(["v1", "tinysum==0.9"])
    assert tree.packages["tinydep"] == release.packages["tinydep"] == "1.0"


def test_a_folder_without_a_project_has_cases_of_its_requirements(index, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    a, b = sides.prepare(["tinydep==1.0", "tinydep==2.0"])
    assert (a.title, b.title) == ("tinydep 1.0", "tinydep 2.0")
    assert sides.differences(a, b) == {"tinydep": ("1.0", "2.0")}


def other_interpreter():
    names = (f"python3.{minor}" for minor in (12, 13, 14, 11) if minor != sys.version_info[1])
    return next((name for name in names if interpreters.find(name)), None)


@pytest.mark.skipif(not other_interpreter(), reason="needs a second Python of 3.11 or newer")
def test_another_interpreter_gets_its_own_loop_from_the_same_source(project, monkeypatch):
    for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name)
    installer._pip_configuration.cache_clear()
    project.describe("1.0")
    name = other_interpreter()
    try:
        side = sides.prepare([name])[0]
    except BenchError as error:
        if "Failed to fetch" in str(error):
            pytest.skip("needs a package index, for Cython")
        raise
    finally:
        installer._pip_configuration.cache_clear()
    told = run(side, project)
    assert f"python{told['python'][0]}.{told['python'][1]}" == name
    assert side.title.startswith(f"CPython {told['python'][0]}.{told['python'][1]}")
    assert told["bench"] == str(HARNESS / "__init__.py")
    assert Path(told["loops"]).parent == side.harness != HARNESS


def test_what_does_not_build_shows_its_log(project):
    project.write("broken", "")
    with pytest.raises(BenchError, match="broken on purpose") as caught:
        sides.prepare(["v1", "."])
    message = str(caught.value)
    assert message.startswith(". does not build")
    log = Path(message.partition("The whole log: ")[2])
    assert "broken on purpose" in log.read_text()
    (project.folder / "broken").unlink()
    assert sides.prepare(["v1", "."])


def test_nothing_meets_the_requirements(project):
    project.describe("1.0", ["tinydep==99"])
    with pytest.raises(BenchError, match=r"no versions meet(?s:.*)tinydep==99"):
        sides.prepare(["."])


@pytest.mark.parametrize(
    ("label", "complaint"),
    [
        ("v3", r"no folder, wheel, sdist, git revision of .*, Python interpreter, or requirement.*; the nearest .*v1"),
        ("tinydep", "requirement with a version"),
        ("nothing.whl", "there is no file"),
        ("tinyfast==99", "no versions meet"),
        ("six==1.0", "overrides nothing: the project's dependencies are tinydep, tinyfast"),
    ],
)
def test_labels_that_mean_nothing(project, label, complaint):
    with pytest.raises(BenchError, match=complaint):
        sides.prepare([label])


def test_two_processes_at_once_build_once(project, tmp_path):
    code = "import sys; from fastpaths.bench import sides; print(sides.prepare(['.'], print)[0].python)"
    environment = os.environ | {"FASTPATHS_CACHE": str(tmp_path)}
    both = [
        subprocess.Popen([sys.executable, "-P", "-c", code], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=60)[0].splitlines() for process in both]
    assert said[0][-1] == said[1][-1]
    assert sorted(line for lines in said for line in lines).count("building .") == 1
