"""What the programs beside the tests are told on their command lines."""

import argparse


def at_least(least, word):
    """A whole number, for argparse, which says so where it is none."""
    try:
        number = int(word)
    except ValueError:
        number = least - 1
    if number < least:
        raise argparse.ArgumentTypeError(f"a whole number is needed, at least {least}, not {word!r}")
    return number
