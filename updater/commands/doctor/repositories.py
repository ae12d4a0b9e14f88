"""What `doctor` says of a deploy repository: whether it can be fetched and pushed to, and what is in it."""

from __future__ import annotations

from collections.abc import Iterator

from updater.commands.doctor.check_result import CheckResult, tried
from updater.commands.doctor.forges import of_forge
from updater.commands.doctor.history import of_history
from updater.commands.doctor.verdicts import of_verdicts
from updater.config import host_of
from updater.progress import in_progress
from updater.wiring import Updater


def of_repository(updater: Updater, name: str) -> Iterator[CheckResult]:
    policies, repository = updater.config.of(name), updater.config.repositories[name]
    what = f"repository {name}"
    with in_progress(updater.progress, f"fetching {name}"):
        read = tried(what, lambda: _fetched(updater, name))
    yield read
    if read.state == "broken":
        return
    yield from of_history(updater, name)
    delivers = {policy.deliver for policy in policies}
    if delivers & {"push", "pull-request"}:
        yield tried(f"{what}, writing", lambda: _pushed(updater, name))
    yield from of_verdicts(updater, name)
    if updater.config.forge(name) is not None:
        yield from of_forge(updater, name, f"forge {host_of(repository.url)}", policies)


def _fetched(updater: Updater, name: str) -> CheckResult:
    branch = updater.config.repositories[name].branch
    head = updater.heads(name).refs.get(f"refs/heads/{branch}")
    if head is None:
        return CheckResult(
            f"repository {name}", "broken", f"it has no branch {branch}: name another by branch:"
        )
    return CheckResult(f"repository {name}", "works", f"{branch} is at {head[:10]}")


def _pushed(updater: Updater, name: str) -> CheckResult:
    updater.try_push(name)
    sentence = (
        "the host takes our credential for a push; its hooks and the rules of its branches have not been "
        "asked, since only a push does"
    )
    return CheckResult(f"repository {name}, writing", "works", sentence)
