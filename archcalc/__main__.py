"""The command line, from its script or as `python -m archcalc`."""

from archcalc.interrupt import end_in_a_word


def run() -> None:
    """What `archcalc` does."""
    end_in_a_word()
    from archcalc.cli.main import run as begin

    begin()


if __name__ == "__main__":
    run()
