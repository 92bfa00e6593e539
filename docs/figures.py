"""Writes README's picture and table of ratios anew, from files of `fastpaths versus -o`: python docs/figures.py FILE…

The files are of one machine, Python and day. The table has a row a ratio, in their order; the picture shows those of
the first two groups.
"""

import io
import json
import sys
from pathlib import Path

from rich.console import Console

from fastpaths.bench.errors import BenchError, exit_code
from fastpaths.bench.versus import markdown, read, tables

DOCS = Path(__file__).parent
README = DOCS.parent / "README.md"
BEGIN, END = "<!-- the table below is written by docs/figures.py -->\n", "<!-- as far as here -->\n"


def main(paths: list[str]) -> int:
    files = [read(json.loads(Path(path).read_text(encoding="utf-8"))) for path in paths]
    ratios, made = [ratio for ratios, _ in files for ratio in ratios], {made for _, made in files}
    if len(made) != 1:
        raise BenchError(f"expected files of one machine, Python and day, found {sorted(made)}")
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise BenchError(f"{README} lacks the lines {BEGIN.strip()} and {END.strip()}")
    README.write_text(f"{before}{BEGIN}\n{markdown(ratios, *made)}\n{END}{after}", encoding="utf-8")
    console = Console(record=True, width=100, file=io.StringIO())
    for table in list(tables(ratios))[:2]:
        console.print(table)
    (DOCS / "versus.svg").write_text(console.export_svg(title="fastpaths versus"), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(exit_code("figures.py", lambda: main(sys.argv[1:])))
