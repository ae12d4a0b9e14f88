"""To send pull requests through the merge queue of the embedded GitHub, as its people do. I/O.

Each waits on a branch of its own, `gh-readonly-queue/<base>/pr-<number>-<sha of the base>`, for the statuses
that base requires.
"""

from updater.sandbox.github.commits import latest_statuses
from updater.sandbox.github.merging import MergeRefused, land, prepare
from updater.sandbox.github.reviewing import Reviewing
from updater.sandbox.github.state import Pull


class Queueing(Reviewing):
    """A repository is named "owner/name"."""

    def queue(self, repo: str, number: int) -> str:
        """Answer the commit that is tried; raise MergeRefused where it may not be merged."""
        with self.lock:
            repository, pull = self.find(repo), self.pull(repo, number)
            sha = prepare(self.forge, repository, pull, actor=self.human)
            repository.git.update_refs({_ref(pull): sha})
            return sha

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
