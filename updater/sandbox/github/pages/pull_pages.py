"""To show a pull request, and lists of them. I/O: reads Git."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from updater.sandbox.github.commits import latest_statuses
from updater.sandbox.github.history import commits
from updater.sandbox.github.merging import blockers, standing
from updater.sandbox.github.pages.conversation import Remark, conversation
from updater.sandbox.github.pages.differences import DiffFile, read_differences
from updater.sandbox.github.pages.markdown import rendered
from updater.sandbox.github.pages.references import References, shas_in
from updater.sandbox.github.pages.rendering import Site, render
from updater.sandbox.github.settling import reopening_refused
from updater.sandbox.github.state import Pull, Repository

STATES = ("open", "merged", "closed", "all")
_STANDINGS = {
    "clean": "It can be merged.",
    "unstable": "It can be merged, but not all of its checks are green.",
    "dirty": "It conflicts with its base branch, and cannot be merged.",
    "draft": "It is a draft, and cannot be merged yet.",
    "behind": "Its branch is out of date: base has to be merged into it first.",
    "blocked": "It cannot be merged yet.",
}
_MERGEABLE = frozenset({"clean", "unstable"})


class Check(NamedTuple):
    """Of the head: a status, or a check run."""

    name: str
    state: str
    said: str = ""


class MergeBox(NamedTuple):
    """What its buttons do now, and why not."""

    said: str
    reasons: Sequence[str] = ()
    acts: Sequence[str] = ()


def state_of(pull: Pull) -> str:
    """Merged is a state of its own to whoever looks."""
    return "merged" if pull.merged_at else pull.state


def pull_page(site: Site, repository: Repository, pull: Pull) -> str:
    remarks = conversation(pull)
    references = references_of(repository, (pull.body or "", *(remark.text for remark in remarks)))
    said: list[tuple[Remark, str]] = [(each, rendered(each.text, references)) for each in remarks]
    return render(
        "pull.html",
        site,
        repository,
        pull=pull,
        state=state_of(pull),
        body=rendered(pull.body or "", references),
        remarks=said,
        checks=_checks(repository, pull.head_sha),
        commits=commits(repository.git, "--reverse", f"{pull.base_sha}..{pull.head_sha}"),
        box=_merge_box(repository, pull),
        files=difference(repository, f"{pull.base_sha}...{pull.head_sha}"),
    )


def pulls_page(site: Site, repository: Repository, chosen: str) -> str:
    """`chosen` is one of STATES; all else counts as the first."""
    state = chosen if chosen in STATES else STATES[0]
    pulls = sorted(repository.pulls, key=lambda pull: pull.number, reverse=True)
    numbers = {each: sum(each in {"all", state_of(pull)} for pull in pulls) for each in STATES}
    shown = [pull for pull in pulls if state in {"all", state_of(pull)}]
    return render("pulls.html", site, repository, state=state, numbers=numbers, rows=rows(repository, shown))


def rows(repository: Repository, pulls: Iterable[Pull]) -> list[tuple[Pull, str, list[Check]]]:
    """As the lists show them."""
    return [(pull, state_of(pull), _checks(repository, pull.head_sha)) for pull in pulls]


def difference(repository: Repository, *revisions: str) -> list[DiffFile]:
    """Between two revisions, as `git diff` takes them."""
    words = ("-c", "core.quotePath=false", "diff", "--no-color", "--no-ext-diff", "-M", *revisions)
    return read_differences(repository.git.run(*words).decode(errors="replace"))


def references_of(repository: Repository, texts: Iterable[str]) -> References:
    """What these texts may refer to in it."""
    shas = {sha for text in texts for sha in shas_in(text)}
    asked = "".join(f"{sha}\n" for sha in sorted(shas)).encode()
    answers = repository.git.text("cat-file", "--batch-check", given=asked).splitlines() if shas else []
    full = dict(zip(sorted(shas), (line.split() for line in answers), strict=True))
    known = {sha: words[0] for sha, words in full.items() if words[1:2] == ["commit"]}
    numbers = frozenset(pull.number for pull in repository.pulls)
    return References(f"/{repository.full_name}", numbers, known)


def _checks(repository: Repository, sha: str) -> list[Check]:
    statuses = latest_statuses(repository, sha)
    runs = repository.check_runs.get(sha, [])
    return [Check(each.context, each.state, each.description or "") for each in statuses] + [
        Check(each.name, each.conclusion or "pending") for each in runs
    ]


def _merge_box(repository: Repository, pull: Pull) -> MergeBox:
    if pull.merged_at:
        return MergeBox("It is merged.")
    if pull.state == "closed":
        refused = reopening_refused(repository, pull)
        return MergeBox("It is closed.", [refused] if refused else [], [] if refused else ["reopen"])
    now = standing(repository, pull)
    acts = ["merge", "close"] if now in _MERGEABLE else ["close"]
    return MergeBox(_STANDINGS[now], blockers(repository, pull), acts)
