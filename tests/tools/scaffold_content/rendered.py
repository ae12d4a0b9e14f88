"""A scaffolded deploy repository, as texts and as a folder."""

from functools import cache
from itertools import chain, combinations

from updater.tools.scaffold.choices import Choices
from updater.tools.scaffold.parts import NEEDS, OPTIONAL
from updater.tools.scaffold.rendering import render


@cache
def rendered(without=(), *, language="en", clusters=(), apps=("shop",)):
    """The text of each file by its path from the repository's root."""
    choices = Choices(org="acme", repository="deploy", language=language, clusters=clusters, without=without)
    return {file.path: file.text for file in render(choices, apps)}


def left_out():
    """Every choice of parts to leave out where nothing that stays needs one of them."""
    chosen = chain.from_iterable(combinations(OPTIONAL, number) for number in range(len(OPTIONAL) + 1))
    return [
        without
        for without in chosen
        if all(part in without for part, needed in NEEDS.items() if {*needed} & {*without})
    ]


def write(folder, files):
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        target.chmod(0o755 if path.endswith(".sh") else 0o644)
    return folder
