"""To read commits and changed files from Git and show them as GitHub's JSON does. I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from updater.sandbox.github.git import Git, GitFailed, Person
from updater.sandbox.github.shapes import Shape, repository_url, show_user
from updater.sandbox.github.state import Forge, Repository, User

_FORMAT = "%H%x1f%T%x1f%P%x1f%an%x1f%ae%x1f%ad%x1f%cn%x1f%ce%x1f%cd%x1f%B"
_DATE = "--date=format-local:%Y-%m-%dT%H:%M:%SZ"
_STATUSES = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "C": "copied", "T": "changed"}


@dataclass(frozen=True, slots=True)
class Commit:
    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Person
    authored_at: str
    committer: Person
    committed_at: str
    message: str

    @property
    def subject(self) -> str:
        return self.message.partition("\n")[0]

    @property
    def rest(self) -> str:
        return self.message.partition("\n")[2].strip("\n")


@dataclass(frozen=True, slots=True)
class Change:
    path: str
    status: str
    blob: str
    additions: int
    deletions: int
    previous: str | None = None


def commits(git: Git, *arguments: str) -> list[Commit]:
    """Newest first, as `git log` selects them; raise GitFailed where it cannot."""
    output = git.run("log", "-z", f"--format={_FORMAT}", _DATE, *arguments).decode(errors="replace")
    return [_commit(record) for record in output.split("\0") if record]


def commit(git: Git, revision: str) -> Commit | None:
    try:
        return commits(git, "-1", "--end-of-options", revision)[0]
    except (GitFailed, IndexError):
        return None


def changes(git: Git, base: str, head: str) -> list[Change]:
    output = git.run("diff-tree", "-r", "-z", "-M", "--raw", "--numstat", base, head).decode(errors="replace")
    fields = iter(output.split("\0"))
    raw: dict[str, tuple[str, str, str | None]] = {}
    found: list[Change] = []
    for item in fields:
        if item.startswith(":"):
            _, _, _, blob, letter = item.split()
            first = next(fields)
            path, previous = (next(fields), first) if letter[0] in "RC" else (first, None)
            raw[path] = (_STATUSES[letter[0]], blob, previous)
        elif item:
            added, deleted, path = item.split("\t")
            path = path or (next(fields), next(fields))[1]
            status, blob, previous = raw[path]
            found.append(Change(path, status, blob, _lines(added), _lines(deleted), previous))
    return found


def show_commit(forge: Forge, repository: Repository, commit: Commit) -> Shape:
    url = repository_url(forge, repository)
    page = f"{forge.url}/{repository.full_name}/commit"
    author, committer = _user(forge, commit.author), _user(forge, commit.committer)
    return {
        "url": f"{url}/commits/{commit.sha}",
        "sha": commit.sha,
        "node_id": f"C_{commit.sha}",
        "html_url": f"{page}/{commit.sha}",
        "comments_url": f"{url}/commits/{commit.sha}/comments",
        "commit": _show_git_commit(url, commit, verified=commit.sha in repository.verified),
        "author": show_user(forge, author) if author else None,
        "committer": show_user(forge, committer) if committer else None,
        "parents": [
            {"sha": parent, "url": f"{url}/commits/{parent}", "html_url": f"{page}/{parent}"}
            for parent in commit.parents
        ],
    }


def show_changes(forge: Forge, repository: Repository, sha: str, found: Sequence[Change]) -> list[Shape]:
    return [_show_change(forge, repository, sha, change) for change in found]


def _commit(record: str) -> Commit:
    sha, tree, parents, *people, message = record.split("\x1f", 9)
    author, committer = Person(*people[:2]), Person(*people[3:5])
    return Commit(
        sha, tree, tuple(parents.split()), author, people[2], committer, people[5], message.strip("\n")
    )


def _lines(count: str) -> int:
    return 0 if count == "-" else int(count)  # binary


def _user(forge: Forge, person: Person) -> User | None:
    """Whose mail address it is."""
    return next((user for user in forge.users.values() if user.person.email == person.email), None)


def _show_git_commit(url: str, commit: Commit, *, verified: bool) -> Shape:
    reason = "valid" if verified else "unsigned"
    verification = {"verified": verified, "reason": reason, "signature": None, "payload": None}
    return {
        "url": f"{url}/git/commits/{commit.sha}",
        "author": _show_person(commit.author, commit.authored_at),
        "committer": _show_person(commit.committer, commit.committed_at),
        "message": commit.message,
        "tree": {"sha": commit.tree, "url": f"{url}/git/trees/{commit.tree}"},
        "comment_count": 0,
        "verification": {**verification, "verified_at": None},
    }


def _show_person(person: Person, date: str) -> Shape:
    return {"name": person.name, "email": person.email, "date": date}


def _show_change(forge: Forge, repository: Repository, sha: str, change: Change) -> Shape:
    path, page = quote(change.path), f"{forge.url}/{repository.full_name}"
    shape = {
        "sha": change.blob,
        "filename": change.path,
        "status": change.status,
        "additions": change.additions,
        "deletions": change.deletions,
        "changes": change.additions + change.deletions,
        "blob_url": f"{page}/blob/{sha}/{path}",
        "raw_url": f"{page}/raw/{sha}/{path}",
        "contents_url": f"{repository_url(forge, repository)}/contents/{path}?ref={sha}",
    }
    return shape | ({"previous_filename": change.previous} if change.previous else {})
