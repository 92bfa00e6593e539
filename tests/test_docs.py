"""Every snippet of the documentation runs, page by page, as a reader would run it; what cannot is named here."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
FILE = re.compile(r"# file: (\S+)\n")
PAGES = {path.name: FENCE.findall(path.read_text(encoding="utf-8")) for path in sorted(DOCS.glob("*.md"))}
# They are about a project, revisions and a service that are the reader's own.
NOT_RUN = {"gate.md": {"python", "yaml", "sh"}}
SNIPPETS = {
    page: [(kind, text) for kind, text in fences if kind not in NOT_RUN.get(page, ())] for page, fences in PAGES.items()
}


def test_every_kind_of_snippet_is_known():
    assert {kind for fences in SNIPPETS.values() for kind, _ in fences} == {"python", "console"}


@pytest.mark.once
@pytest.mark.embedded
@pytest.mark.parametrize("page", [page for page, snippets in SNIPPETS.items() if snippets])
def test_it_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    namespace = {"__name__": "a_snippet", "__file__": str(tmp_path / "snippet.py")}
    for kind, text in SNIPPETS[page]:
        if kind == "console":
            for command in re.findall(r"^\$ (.*)$", text, re.M):
                run = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=120, check=False)
                assert run.returncode == 0, f"{command}\n{run.stdout}{run.stderr}"
        elif found := FILE.match(text):
            (tmp_path / found[1]).parent.mkdir(exist_ok=True)
            (tmp_path / found[1]).write_text(text)
        else:
            exec(compile(text, page, "exec"), namespace)


@pytest.mark.parametrize("page", PAGES)
def test_its_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", (DOCS / page).read_text(encoding="utf-8")):
        assert (DOCS / target).exists(), target
    if page != "index.md":
        assert re.search(rf"^{page.removesuffix('.md')}$", (DOCS / "index.md").read_text(encoding="utf-8"), re.M)
