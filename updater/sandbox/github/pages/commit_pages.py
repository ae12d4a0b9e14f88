"""To show commits, the whole history and one of them, and the repository itself. I/O: reads Git."""

from itertools import groupby

from updater.sandbox.github.history import Commit, commits
from updater.sandbox.github.pages.differences import DiffFile, read_differences
from updater.sandbox.github.pages.pull_pages import difference, references_of, rows
from updater.sandbox.github.pages.references import linked
from updater.sandbox.github.pages.rendering import Site, render
from updater.sandbox.github.state import Pull, Repository

_ON_A_PAGE = 30
_ON_THE_FIRST = 8


def repository_page(site: Site, repository: Repository, clone_url: str) -> str:
    """What is open, and what came last."""
    opened = [pull for pull in repository.pulls if pull.state == "open"]
    return render(
        "repository.html",
        site,
        repository,
        rows=rows(repository, sorted(opened, key=lambda pull: pull.number, reverse=True)),
        clone_url=clone_url,
        days=_days(commits(repository.git, f"-{_ON_THE_FIRST}", repository.default_branch)),
    )


def history_page(site: Site, repository: Repository, number: int) -> str:
    """Of the default branch; `number` counts pages from 1."""
    page = max(number, 1)
    words = (f"--skip={(page - 1) * _ON_A_PAGE}", f"-{_ON_A_PAGE + 1}", repository.default_branch)
    found = commits(repository.git, *words)
    more = len(found) > _ON_A_PAGE
    return render(
        "commits.html", site, repository, days=_days(found[:_ON_A_PAGE]), number=page, has_older=more
    )


def commit_page(site: Site, repository: Repository, commit: Commit) -> str:
    references = references_of(repository, [commit.message])
    return render(
        "commit.html",
        site,
        repository,
        commit=commit,
        subject=linked(commit.subject, references),
        message=linked(commit.rest, references),
        child=_child(repository, commit.sha),
        pull=_pull_of(repository, commit.sha),
        files=_changed(repository, commit),
    )


def _days(found: list[Commit]) -> list[tuple[str, list[Commit]]]:
    """Each day by its ISO date."""
    return [(day, list(each)) for day, each in groupby(found, key=lambda commit: commit.committed_at[:10])]


def _changed(repository: Repository, commit: Commit) -> list[DiffFile]:
    if commit.parents:
        return difference(repository, commit.parents[0], commit.sha)
    return read_differences(repository.git.run("show", "--format=", commit.sha).decode(errors="replace"))


def _child(repository: Repository, sha: str) -> str | None:
    """What came upon it on the default branch."""
    later = repository.git.text("rev-list", "--first-parent", f"{sha}..{repository.default_branch}")
    oldest = later.split()[-1] if later else ""
    return oldest if oldest and repository.git.resolve(f"{oldest}^") == sha else None


def _pull_of(repository: Repository, sha: str) -> Pull | None:
    return next((pull for pull in repository.pulls if sha in {pull.merge_commit, pull.head_sha}), None)
