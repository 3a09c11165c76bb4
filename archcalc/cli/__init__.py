"""The command line, one command a file."""

import gc

gc.set_threshold(100_000)  # a run is short and makes few cycles: it need not look for them while it starts
