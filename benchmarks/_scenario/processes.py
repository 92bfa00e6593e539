"""How processes of a run are made: forks of a process without threads, which has imported the slow half of it once."""

import multiprocessing
from typing import Final

PROCESSES: Final = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["kafka", "numpy", "pyperf", "rich.console", "rich.table", "hdrh.histogram"])
