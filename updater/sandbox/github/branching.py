"""To change branches of the embedded GitHub as its people do. I/O."""

from collections.abc import Mapping
from datetime import datetime

from updater.sandbox.github.acting import Acting
from updater.sandbox.github.git import GitFailed, Person, Signature
from updater.sandbox.github.history import Commit, commit, commits
from updater.sandbox.github.merging import MergeRefused, undo
from updater.sandbox.github.settling import settle
from updater.sandbox.github.state import Repository

_ATTEMPTS = 10


class Branching(Acting):
    """A repository is named "owner/name"."""

    def commit(
        self,
        repo: str,
        branch: str,
        files: Mapping[str, bytes | str | None],
        message: str,
        *,
        author: str | None = None,
        date: datetime | None = None,
    ) -> str:
        """Answer the new head. A file of None is deleted; a new branch starts at the default branch."""
        with self.lock:
            repository = self.find(repo)
            contents = {
                path: text.encode() if isinstance(text, str) else text for path, text in files.items()
            }
            sha = _write(repository, branch, contents, message, self._signature(author, date))
            settle(self.forge, repository, self.human)
            return sha

    def revert(self, repo: str, branch: str, sha: str, *, date: datetime | None = None) -> str:
        """As `git revert` does; answer the new head."""
        with self.lock:
            repository = self.find(repo)
            reverted = _commit(repository, sha)
            new = undo(repository.git, self.head(repo, branch), reverted, self._signature(None, date))
            if new is None:
                raise MergeRefused(f"reverting {sha} conflicts with {branch}")
            return self._move(repository, branch, new)

    def force_push(self, repo: str, branch: str, sha: str) -> str:
        with self.lock:
            return self._move(self.find(repo), branch, _commit(self.find(repo), sha).sha)

    def create_branch(self, repo: str, branch: str, start: str | None = None) -> str:
        return self.force_push(repo, branch, start or self.find(repo).default_branch)

    def delete_branch(self, repo: str, branch: str) -> None:
        with self.lock:
            self.find(repo).git.update_refs({f"refs/heads/{branch}": None})
            self.settle(repo)

    def settle(self, repo: str) -> None:
        with self.lock:
            settle(self.forge, self.find(repo), self.human)

    def read(self, repo: str, ref: str, path: str) -> bytes:
        return self.find(repo).git.read(ref, path)

    def head(self, repo: str, branch: str) -> str:
        """Raise KeyError where the branch is missing."""
        return self.find(repo).git.refs(f"refs/heads/{branch}")[f"refs/heads/{branch}"]

    def branches(self, repo: str) -> dict[str, str]:
        refs = self.find(repo).git.refs("refs/heads/")
        return {ref.removeprefix("refs/heads/"): sha for ref, sha in refs.items()}

    def refs(self, repo: str) -> dict[str, str]:
        return self.find(repo).git.refs()

    def log(self, repo: str, ref: str = "HEAD", *, limit: int = 100) -> list[Commit]:
        """Newest first."""
        return commits(self.find(repo).git, f"-{limit}", ref)

    def _signature(self, author: str | None, date: datetime | None) -> Signature:
        person = Person.parse(author) if author else self.human.person
        return Signature(person, date or self.forge.now)

    def _move(self, repository: Repository, branch: str, sha: str) -> str:
        repository.git.update_refs({f"refs/heads/{branch}": sha})
        settle(self.forge, repository, self.human)
        return sha


def _write(
    repository: Repository, branch: str, files: Mapping[str, bytes | None], message: str, who: Signature
) -> str:
    """Once more where somebody pushed in between."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return repository.git.write(branch, _start(repository, branch), files, message, who)
        except GitFailed:
            continue
    return repository.git.write(branch, _start(repository, branch), files, message, who)


def _start(repository: Repository, branch: str) -> str | None:
    refs = repository.git.refs("refs/heads/")
    default = refs.get(f"refs/heads/{repository.default_branch}")
    return refs.get(f"refs/heads/{branch}", default)


def _commit(repository: Repository, revision: str) -> Commit:
    found = commit(repository.git, revision)
    if found is None:
        raise KeyError(revision)
    return found
