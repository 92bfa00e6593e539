"""`python -m fastpaths` is `fastpaths`."""

import sys

from .cli import main

sys.exit(main())
