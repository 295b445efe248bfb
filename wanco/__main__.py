"""``python -m wanco``: the command line."""

import signal
import sys

if __name__ == "__main__":
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # until the command line takes it: no traceback of half an import
    from wanco.cli import main

    sys.exit(main())
