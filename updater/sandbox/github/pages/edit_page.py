"""To let somebody write a file: one that is there, or a new one. I/O: reads Git."""

from updater.sandbox.github.git import GitFailed
from updater.sandbox.github.pages.rendering import Site, render
from updater.sandbox.github.state import Repository


def edit_page(site: Site, repository: Repository, branch: str, path: str, begin: str) -> str:
    """`begin` is what a new file starts with."""
    was = blob(repository, branch, path)
    text = repository.git.read(branch, path).decode(errors="replace") if was else begin
    return render("edit.html", site, repository, branch=branch, file=path, was=was, text=text)


def blob(repository: Repository, branch: str, path: str) -> str:
    """By which a change meanwhile is seen; empty where there is no such file."""
    try:
        return repository.git.text("rev-parse", "--verify", "--quiet", f"{branch}:{path}")
    except GitFailed:
        return ""
