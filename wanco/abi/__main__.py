"""``python -m wanco.abi FOLDER`` writes the headers that the runtime's sources include."""

from __future__ import annotations

import sys
from pathlib import Path

from wanco.abi.headers import write_headers

if __name__ == "__main__":
    write_headers(Path(sys.argv[1]))
