"""A scaffolded repository with one app, and the programs its scripts may call."""

import re

import pytest
from tools.scaffold_content.programs import Programs
from tools.scaffold_content.rendered import rendered, write

TAG = "20260202-143512"


@pytest.fixture
def repository(tmp_path):
    """On one cluster, and on another one besides; a tag runs everywhere."""
    files = rendered(clusters=("cluster-a",)) | rendered()
    return write(
        tmp_path / "repository",
        {path: text if _is_base(path) else _promoted(text) for path, text in files.items()},
    )


def _is_base(path):
    return "/base/" in path or path.endswith("/values.yaml")


def _promoted(text):
    return re.sub("(newTag|  tag): placeholder", rf'\1: "{TAG}"', text)


@pytest.fixture
def scripts(repository):
    return repository / "infra/_shared/scripts"


@pytest.fixture
def programs(tmp_path):
    programs = Programs(tmp_path / "programs")
    programs.answer("id", "-u", out="0\n")
    return programs
