"""A real Chromium, where the machine has one. CI has."""

import shutil
from contextlib import contextmanager

import pytest
from playwright.sync_api import sync_playwright

PROGRAM = shutil.which("chromium")
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
ARGUMENTS += ["--disable-component-update", "--disable-sync"]
NEEDED = [
    pytest.mark.real,
    pytest.mark.skipif(PROGRAM is None, reason="chromium is not on this machine"),
]
"""What a module that opens it is marked with."""


def needs_chromium(test):
    """For one test alone."""
    for mark in NEEDED:
        test = mark(test)
    return test


@contextmanager
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=ARGUMENTS)
        yield browser
        browser.close()
