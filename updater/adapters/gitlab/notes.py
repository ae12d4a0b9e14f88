"""To read and write our notes on a merge request. I/O."""

from collections.abc import Callable, Iterator

from gitlab.v4.objects import Project
from gitlab.v4.objects.notes import ProjectMergeRequestNoteManager

from updater.adapters.gitlab.gateway import GitLabGateway
from updater.adapters.gitlab.shapes import meant, plain


class GitLabNotes:
    def __init__(self, gateway: GitLabGateway, project: Project, root: str, login: Callable[[], str]) -> None:
        self._gateway = gateway
        self._project = project
        self._root = root
        self._login = login

    def read(self, number: int) -> Iterator[tuple[int, str]]:
        path = f"{self._root}/merge_requests/{number}/notes"
        with self._gateway.sense():
            for each in self._gateway.pages(path, {"order_by": "created_at", "sort": "asc"}):
                if not each.get("system") and each["author"]["username"] == self._login():
                    yield int(each["id"]), meant(each["body"] or "")

    def write(self, number: int, text: str) -> int:
        with self._gateway.sense():
            return int(self._notes(number).create({"body": plain(text)}).get_id() or 0)

    def edit(self, number: int, comment: int, text: str) -> None:
        with self._gateway.sense():
            self._notes(number).update(comment, {"body": plain(text)})

    def _notes(self, number: int) -> ProjectMergeRequestNoteManager:
        return self._project.mergerequests.get(number, lazy=True).notes
