"""The command line, from its script or as `python -m archcalc`; Ctrl-C ends it in a word from the first import on."""

import os
import signal

INTERRUPTED = 130
"""By convention, 128 + SIGINT."""


def run() -> None:
    """What `archcalc` does."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else somebody wants it to be ignored
        signal.signal(signal.SIGINT, _interrupted)
    from archcalc.cli.main import run as begin

    begin()


def _interrupted(*_: object) -> None:
    os.write(2, b"interrupted\n")
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    run()
