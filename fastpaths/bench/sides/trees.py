"""Source trees out of git: a revision, or the working tree as it is at this moment, checked out for a build.

Both are git tree objects. What the working tree has beyond its commit is written to an object store of its own, so the
repository is only ever read. A folder without a repository gets an empty one, elsewhere.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ..errors import BenchError

# What a git hook that runs us has set, and what would send git to another repository than the folder's.
_REPOSITORY_VARIABLES = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_PREFIX",
)

_NO_SOURCE = "__pycache__/\n*.egg-info/\n*.so\n.*/\nvenv/\nbuild/\ndist/\n"  # where no .gitignore says so


def without_repository() -> dict[str, str]:
    """This process's environment, less what ties git to one repository."""
    return {name: value for name, value in os.environ.items() if name not in _REPOSITORY_VARIABLES}


@dataclass(frozen=True, slots=True)
class Tree:
    """The files of a project at one moment."""

    repository: Path  # its git folder
    commit: str  # the revision, or what the working tree is based on; "" where nothing was ever committed
    tree: str
    folder: Path  # the project's place in the tree
    dirty: bool = False
    objects: Path | None = None  # where what the repository lacks is kept

    @property
    def key(self) -> tuple[str, str, str]:
        """Equal for trees that build the same; the commit belongs to it, since builds derive versions from it."""
        return self.commit, self.tree, self.folder.as_posix()

    @property
    def revision(self) -> str:
        return f"{self.commit}+dirty" if self.dirty else self.commit

    @property
    def short(self) -> str:
        return (f"{self.commit[:7]}+dirty" if self.dirty else self.commit[:7]) or "no commit"

    def checkout(self, destination: Path) -> Path:
        """Write the files, as a clone where there is a commit (versions are derived from tags); return the project."""
        env = {} if self.objects is None else {"GIT_ALTERNATE_OBJECT_DIRECTORIES": str(self.objects)}
        write = ("read-tree", "-u", "--reset", self.tree)
        if self.commit:
            _git("clone", "--quiet", "--shared", "--no-checkout", self.repository, destination)
            _git("-C", destination, "update-ref", "--no-deref", "HEAD", self.commit)
            _git("-C", destination, *write, env=env)
        else:
            destination.mkdir()
            with tempfile.TemporaryDirectory() as scratch:
                env["GIT_INDEX_FILE"] = str(Path(scratch, "index"))
                _git("--git-dir", self.repository, "--work-tree", destination, *write, env=env)
        return destination / self.folder


def revision(root: Path, text: str) -> Tree | None:
    """The project in `root` as it was at a revision; None if git knows no commit of that name."""
    if (top := _top(root)) is None:
        return None
    commit = _asked(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{text}^{{commit}}")
    if not commit:
        return None
    return Tree(_git_folder(top), commit, _git("-C", top, "rev-parse", f"{commit}^{{tree}}"), root.relative_to(top))


def working_tree(root: Path, scratch: Path) -> Tree:
    """The project in `root` as it is now: what git tracks and what it does not ignore. `scratch`: an empty folder."""
    top = _top(root)
    objects, index = scratch / "objects", scratch / "index"
    env = {"GIT_INDEX_FILE": str(index)}
    if top is None:
        top, repository, commit = root, scratch / "git", ""
        _git("init", "--quiet", "--bare", repository)
        (repository / "info" / "exclude").write_text(_NO_SOURCE)
    else:
        repository, commit = _git_folder(top), _asked(top, "rev-parse", "--verify", "--quiet", "HEAD")
        objects.mkdir()
        env |= {
            "GIT_OBJECT_DIRECTORY": str(objects),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": _path(top, "objects"),
        }
        if (known := Path(_path(top, "index"))).is_file():  # spares git the reading of files that did not change
            shutil.copy2(known, index)
    where = ("--git-dir", repository, "--work-tree", top)
    _git(*where, "add", "--all", top, env=env)
    tree = _git(*where, "write-tree", env=env)
    dirty = bool(commit) and tree != _git("-C", top, "rev-parse", f"{commit}^{{tree}}")
    return Tree(repository, commit, tree, root.relative_to(top), dirty, objects if objects.is_dir() else None)


def names(root: Path) -> list[str]:
    """Branches and tags, for telling which one was meant."""
    top = _top(root)
    return _asked(top, "for-each-ref", "--format=%(refname:short)").split() if top is not None else []


def _top(root: Path) -> Path | None:
    if not any((folder / ".git").exists() for folder in (root, *root.parents)):
        return None
    return Path(_git("-C", root, "rev-parse", "--show-toplevel"))  # or git's reason, such as another owner


def _git_folder(top: Path) -> Path:
    return Path(_git("-C", top, "rev-parse", "--absolute-git-dir"))


def _path(top: Path, name: str) -> str:
    return str(top / _git("-C", top, "rev-parse", "--git-path", name))


def _asked(folder: Path, *arguments: str) -> str:
    """Like _git, but "" where git says no."""
    try:
        return _git("-C", folder, *arguments)
    except BenchError:
        return ""


def _git(*arguments: str | Path, env: dict[str, str] | None = None) -> str:
    command = ["git", *map(str, arguments)]
    try:
        run = subprocess.run(
            command, env=without_repository() | (env or {}), capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise BenchError(f"git cannot be run, and snapshots of sources need it: {error}") from error
    if run.returncode:
        raise BenchError(f"{' '.join(command)}: {run.stderr.strip()}")
    return run.stdout.strip()
