"""`python -m archcalc`: the command line, where its script is not on the path."""

from archcalc.cli.main import run

run()
