"""The programs beside the product say in a sentence what they cannot be told."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FLEET, BENCH, CLUSTERS = ".ci/fleet_on_paper.py", "tests/bench", "tests/benchmarks/clusters.py"


def told(*words):
    return subprocess.run(
        [sys.executable, *words], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((FLEET, "--poll", "0"), "argument --poll: a number is needed, at least 0.017, not '0'"),
        (
            (FLEET, "--repositories", "-1"),
            "argument --repositories: a number is needed, at least 1, not '-1'",
        ),
        ((FLEET, "--images", "nan"), "argument --images: a number is needed, at least 0, not 'nan'"),
        ((FLEET, "--a-pass", "much"), "argument --a-pass: a number is needed, at least 0, not 'much'"),
        ((BENCH, "--rounds", "0"), "argument --rounds: a whole number is needed, at least 1, not '0'"),
        ((CLUSTERS, "many"), "argument clusters: a whole number is needed, at least 41, not 'many'"),
    ],
)
def test_a_number_that_makes_no_sense_is_refused_in_a_sentence(words, sentence):
    done = told(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1].endswith(sentence)


@pytest.mark.parametrize("word", ["renovate", "renovate=/nowhere", "nobody=/bin/true"])
def test_a_peer_that_is_unknown_or_has_no_program_is_refused_in_a_sentence(word):
    done = told(BENCH, "--peer", word)
    assert (done.returncode, done.stdout) == (2, "")
    sentence = "NAME=PROGRAM is needed, with a name of renovate, argocd-image-updater, flux and a file, not "
    assert done.stderr.splitlines()[-1].endswith(sentence + repr(word))


def test_help_measures_nothing():
    done = told(CLUSTERS, "--help")
    assert done.returncode == 0
    assert "What a pass waits for many clusters" in done.stdout


def test_a_fleet_without_clusters_asks_none():
    done = told(FLEET, "--clusters", "0")
    assert done.returncode == 0, done.stderr
    assert "MiB of each worker" in done.stdout
    assert "clusters" not in done.stdout
