"""Source trees: what is in them, and that the repository they come from is only read."""

import os

import pytest

from fastpaths.bench.errors import BenchError
from fastpaths.bench.sides import trees


@pytest.fixture
def package(make_package):
    package = make_package("tinysum")
    package.write(".gitignore", "*.log\n")
    package.write("kept.txt", "1")
    package.write("changed.txt", "1")
    package.write("deleted.txt", "1")
    package.commit("v1")
    return package


@pytest.fixture
def working_tree(tmp_path):
    def working_tree(root):
        (tmp_path / "scratch").mkdir()
        return trees.working_tree(root, tmp_path / "scratch")

    return working_tree


def texts(folder):
    return {path.name: path.read_text() for path in folder.glob("*.*") if path.suffix in (".txt", ".log")}


def state(repository):
    return {path: path.read_bytes() for path in repository.rglob("*") if path.is_file()}


def test_the_working_tree_as_it_is(package, working_tree, tmp_path):
    package.write("changed.txt", "2")
    package.write("new.txt", "2")
    package.write("noise.log", "2")
    (package.folder / "deleted.txt").unlink()
    before = state(package.folder / ".git")
    tree = working_tree(package.folder)
    package.write("changed.txt", "too late")
    copy = tree.checkout(tmp_path / "copy")
    assert texts(copy) == {"kept.txt": "1", "changed.txt": "2", "new.txt": "2"}
    assert tree.revision == package.git("rev-parse", "HEAD") + "+dirty"
    assert state(package.folder / ".git") == before


def test_a_revision_is_a_clone_with_its_tags(package, tmp_path):
    commit = package.git("rev-parse", "v1")
    package.write("changed.txt", "2")
    package.commit("v2")
    tree = trees.revision(package.folder, "v2~1")
    assert (tree.commit, tree.short) == (commit, commit[:7])
    copy = tree.checkout(tmp_path / "copy")
    assert texts(copy)["changed.txt"] == "1"
    package.folder = copy
    assert package.git("describe", "--tags", "--dirty") == "v1"


def test_an_unchanged_working_tree_equals_its_revision(package, working_tree):
    assert working_tree(package.folder).key == trees.revision(package.folder, "HEAD").key


def test_a_project_in_a_folder_of_its_repository(package, working_tree, tmp_path):
    package.write("sub/pyproject.toml", "")
    package.commit("v2")
    for number, tree in enumerate((working_tree(package.folder / "sub"), trees.revision(package.folder / "sub", "v2"))):
        copy = tree.checkout(tmp_path / f"copy{number}")
        assert copy == tmp_path / f"copy{number}" / "sub"
        assert (copy / "pyproject.toml").is_file()


def test_a_folder_without_a_repository(working_tree, tmp_path):
    root = tmp_path / "plain"
    (root / "venv").mkdir(parents=True)
    (root / "venv" / "big.txt").write_text("")
    (root / "kept.txt").write_text("1")
    tree = working_tree(root)
    assert (tree.revision, tree.short) == ("", "no commit")
    for name in ("copy", "second"):
        assert [path.name for path in tree.checkout(tmp_path / name).iterdir()] == ["kept.txt"]
    assert trees.revision(root, "HEAD") is None
    assert trees.names(root) == []


def test_a_repository_without_a_commit(make_package, working_tree, tmp_path):
    package = make_package("tinysum")
    package.git("init", "--quiet")
    assert (working_tree(package.folder).checkout(tmp_path / "copy") / "pyproject.toml").is_file()


def test_run_from_a_git_hook(package, working_tree, monkeypatch, tmp_path):
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "elsewhere" / "index"))
    assert trees.revision(package.folder, "v1") is not None
    assert working_tree(package.folder).commit == package.git("rev-parse", "v1")


@pytest.mark.parametrize("text", ["v9", "numpy==2.0", "numpy<2", "--all", "", "v1:kept.txt"])
def test_what_is_no_revision(package, text):
    assert trees.revision(package.folder, text) is None


def test_gits_reason_is_told(package):
    (package.folder / ".git" / "HEAD").write_text("nonsense")
    with pytest.raises(BenchError, match="not a git repository"):
        trees.revision(package.folder, "v1")


def test_no_git(package, monkeypatch):
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(BenchError, match="git cannot be run"):
        trees.revision(package.folder, "v1")
