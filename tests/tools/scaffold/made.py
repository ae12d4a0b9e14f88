"""To make a deploy repository, in every combination that the docs name, and to read what is in it."""

from commands.calling import call
from ruamel.yaml import YAML

from updater.tools.scaffold.parts import NEEDS, OPTIONAL

ORG = "acme"
TWO_APPS = ("shop", "blog")


def alone(part):
    """The part, and what does not go without it."""
    return ",".join([part, *(other for other, needed in NEEDS.items() if part in needed)])


COMBINATIONS = {
    "as it comes": [],
    **{f"without {part}": ["--without", alone(part)] for part in OPTIONAL},
    "everything out": ["--without", ",".join(OPTIONAL)],
    "two clusters": ["--cluster", "cluster-a", "--cluster", "cluster-b"],
    "two clusters, no chart": ["--cluster", "seoul", "--cluster", "busan", "--without", "helm"],
    "Korean": ["--language", "ko"],
    "of another name": ["--domain", "apps.example.com", "--branch", "trunk", "--repository", "delivery"],
}


def make(folder, *options, apps=TWO_APPS):
    named = [word for app in apps for word in ("--app", app)]
    status, out, err = call("scaffold", "repository", folder, "--org", ORG, *named, *options)
    assert (status, err) == (0, ""), err
    return out


def files(folder):
    """Every file's bytes, by its path."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


def documents(text):
    return [document for document in YAML(typ="safe").load_all(text) if document is not None]
