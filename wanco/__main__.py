"""``python -m wanco``: the command line."""

import sys

from wanco.cli import main

if __name__ == "__main__":
    sys.exit(main())
