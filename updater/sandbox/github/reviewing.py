"""To open, judge and merge pull requests of the embedded GitHub as its people do. I/O."""

from typing import Literal

from updater.sandbox.github.acting import HUMAN, Acting
from updater.sandbox.github.commits import latest_statuses
from updater.sandbox.github.graphql import merge_what_is_ready
from updater.sandbox.github.merging import MergeRefused, land, merge, prepare
from updater.sandbox.github.pulls import add_review, move_base, open_pull, reopen, withdraw
from updater.sandbox.github.state import AutoMerge, CheckRun, Comment, Method, Pull, Status


class Reviewing(Acting):
    """A repository is named "owner/name"."""

    def pull(self, repo: str, number: int) -> Pull:
        """As it stands now, to be read only."""
        pull = self.find(repo).issues[number]
        if not isinstance(pull, Pull):
            raise TypeError(f"#{number} of {repo} is no pull request")
        return pull

    def pulls(self, repo: str, state: Literal["open", "closed", "all"] = "all") -> list[Pull]:
        return [pull for pull in self.find(repo).pulls if state in ("all", pull.state)]

    def open(
        self,
        repo: str,
        head: str,
        *,
        base: str | None = None,
        title: str = "",
        body: str = "",
        login: str = HUMAN,
        draft: bool = False,
    ) -> int:
        """`head` is a branch, or "owner:branch" of a fork. Answer the number."""
        with self.lock:
            repository, user = self.find(repo), self.forge.user(login)
            target, title = base or repository.default_branch, title or head
            return open_pull(
                self.forge, repository, head=head, base=target, title=title, body=body, user=user, draft=draft
            ).number

    def merge(self, repo: str, number: int, method: Method = "merge") -> str:
        """Answer the new head of base; raise MergeRefused where it cannot be."""
        with self.lock:
            pull = self.pull(repo, number)
            return merge(self.forge, self.find(repo), pull, actor=self.human, method=method)

    def close(self, repo: str, number: int, login: str = HUMAN) -> None:
        with self.lock:
            self.forge.close(self.pull(repo, number), self.forge.user(login))

    def reopen(self, repo: str, number: int) -> None:
        with self.lock:
            reopen(self.forge, self.find(repo), self.pull(repo, number))

    def comment(self, repo: str, number: int, body: str, login: str = HUMAN) -> Comment:
        with self.lock:
            return self.forge.comment(self.find(repo).issues[number], self.forge.user(login), body)

    def approve(self, repo: str, number: int, login: str = HUMAN) -> None:
        with self.lock:
            add_review(self.forge, self.pull(repo, number), self.forge.user(login), "APPROVED", "")
            merge_what_is_ready(self.forge, self.find(repo))

    def label(self, repo: str, number: int, *names: str) -> None:
        with self.lock:
            repository = self.find(repo)
            issue = repository.issues[number]
            self.forge.set_labels(repository, issue, [*issue.labels, *names], self.human)

    def unlabel(self, repo: str, number: int, name: str) -> None:
        with self.lock:
            repository = self.find(repo)
            issue = repository.issues[number]
            kept = [label for label in issue.labels if label != name]
            self.forge.set_labels(repository, issue, kept, self.human)

    def unrequest(self, repo: str, number: int, reviewer: str) -> None:
        """Take back what was asked of a person, or of `team:` and a slug."""
        with self.lock:
            withdraw(self.forge, self.pull(repo, number), self.human, [reviewer])

    def create_milestone(self, repo: str, title: str) -> None:
        self.find(repo).milestones.append(title)

    def assign(self, repo: str, number: int, *logins: str) -> None:
        """To these and nobody else."""
        with self.lock:
            users = [self.forge.user(login) for login in logins]
            self.forge.assign(self.pull(repo, number), users, self.human)

    def set_milestone(self, repo: str, number: int, title: str | None) -> None:
        with self.lock:
            self.forge.set_milestone(self.pull(repo, number), title, self.human)

    def set_draft(self, repo: str, number: int, draft: bool) -> None:
        with self.lock:
            self.pull(repo, number).draft = draft

    def set_auto_merge(self, repo: str, number: int, login: str = HUMAN) -> None:
        """As somebody who wants it merged once it is ready."""
        with self.lock:
            self.pull(repo, number).auto_merge = AutoMerge(self.forge.user(login), "merge")

    def retarget(self, repo: str, number: int, base: str) -> None:
        with self.lock:
            move_base(self.find(repo), self.pull(repo, number), base)

    def request_changes(self, repo: str, number: int, login: str = HUMAN) -> None:
        with self.lock:
            add_review(self.forge, self.pull(repo, number), self.forge.user(login), "CHANGES_REQUESTED", "")

    def statuses(self, repo: str, sha: str) -> list[Status]:
        """Newest first."""
        return list(self.find(repo).statuses.get(sha, []))

    def set_status(self, repo: str, sha: str, context: str, state: str, description: str = "") -> None:
        number, now = next(self.forge.ids), self.forge.now
        status = Status(number, self.human, context, state, description, None, now)
        with self.lock:
            self.find(repo).statuses.setdefault(sha, []).insert(0, status)
            merge_what_is_ready(self.forge, self.find(repo))

    def set_check_run(self, repo: str, sha: str, name: str, conclusion: str | None) -> None:
        """One without a conclusion is still running."""
        state = "completed" if conclusion else "in_progress"
        run = CheckRun(next(self.forge.ids), name, state, conclusion, self.forge.now)
        with self.lock:
            known = self.find(repo).check_runs.setdefault(sha, [])
            known[:] = [run, *(each for each in known if each.name != name)]


class Queueing(Reviewing):
    """A repository is named "owner/name"."""

    def queue(self, repo: str, number: int, login: str = HUMAN) -> str:
        """Answer the commit that is tried; raise MergeRefused where it may not be merged."""
        with self.lock:
            repository, pull = self.find(repo), self.pull(repo, number)
            sha = prepare(self.forge, repository, pull, actor=self.human)
            repository.git.update_refs({_ref(pull): sha})
            pull.queued_by = self.forge.user(login)
            return sha

    def line_up(self, repo: str, number: int) -> None:
        """It waits in the queue for others to be tried: no branch shows that."""
        with self.lock:
            self.pull(repo, number).queued_by = self.human

    def dequeue(self, repo: str, number: int) -> None:
        with self.lock:
            repository, pull = self.find(repo), self.pull(repo, number)
            pull.queued_by = None
            refs = repository.git.refs(f"refs/heads/gh-readonly-queue/{pull.base}/")
            mine = [ref for ref in refs if f"/pr-{number}-" in ref]
            repository.git.update_refs(dict.fromkeys(mine))

    def merge_queued(self, repo: str, number: int) -> None:
        """Raise MergeRefused where something that base requires does not stand on the commit tried."""
        with self.lock:
            repository, pull = self.find(repo), self.pull(repo, number)
            ref = _ref(pull)
            sha = repository.git.refs(ref)[ref]
            good = {each.context for each in latest_statuses(repository, sha) if each.state == "success"}
            for protection in repository.protected(pull.base):
                if not good.issuperset(protection.required_statuses):
                    raise MergeRefused(f"{protection.required_statuses} is expected of {sha}")
            repository.git.update_refs({ref: None})
            land(self.forge, repository, pull, sha, actor=self.human)


def _ref(pull: Pull) -> str:
    return f"refs/heads/gh-readonly-queue/{pull.base}/pr-{pull.number}-{pull.base_sha}"
