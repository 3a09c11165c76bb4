"""Ctrl-C: it ends the command in a word, from the first import on."""

import os
import signal

INTERRUPTED = 130
"""By convention, 128 + SIGINT."""


def end_in_a_word() -> None:
    """Take Ctrl-C over from Python, unless somebody wants it to be ignored."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupted)


def _interrupted(*_: object) -> None:
    os.write(2, b"interrupted\n")
    os._exit(INTERRUPTED)
