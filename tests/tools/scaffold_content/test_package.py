"""What is installed is what stands in the repository: `.gitignore` and `.github` as well."""

import glob
import tomllib
from pathlib import Path

import updater

PACKAGE = Path(updater.__file__).parent


def test_every_template_is_part_of_the_package():
    project = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())
    patterns = project["tool"]["setuptools"]["package-data"]["updater"]
    # As setuptools reads them.
    taken = {path for pattern in patterns for path in glob.glob(pattern, root_dir=PACKAGE, recursive=True)}  # noqa: PTH207
    templates = {
        str(path.relative_to(PACKAGE))
        for path in (PACKAGE / "tools/scaffold/templates").rglob("*")
        if path.is_file()
    }

    assert templates - taken == set()
