"""The command line, one command a file."""

import gc

gc.set_threshold(100_000)  # a run is short and makes few cycles; collecting while it starts is a twentieth of its time
