"""To speak Git's smart HTTP through `git http-backend`, and to refuse pushes to protected branches. I/O."""

import re
import subprocess
from collections.abc import Iterator
from typing import NamedTuple

from updater.sandbox.exchange import Answer, Request
from updater.sandbox.github.git import ENVIRONMENT
from updater.sandbox.github.protection import locked_lines
from updater.sandbox.github.state import Forge, Repository, User

_PATH = re.compile(r"/([^/]+/[^/]+?)(?:\.git)?/(info/refs|git-upload-pack|git-receive-pack|HEAD|objects/.*)")
_RESULT = "application/x-git-receive-pack-result"
_ZERO = "0" * 40


class _Move(NamedTuple):
    old: str
    new: str
    ref: str


class _No(NamedTuple):
    verdict: str
    lines: list[str]


class Asked(NamedTuple):
    repository: Repository
    user: User | None
    service: str

    @property
    def is_push(self) -> bool:
        return self.service == "git-receive-pack"


def asked(forge: Forge, request: Request) -> Asked | Answer | None:
    """What is asked of which repository by whom; None where it is not Git's, an Answer where refused."""
    match = _PATH.fullmatch(request.path)
    if match is None:
        return None
    credentials = request.basic()
    user = forge.bearer(credentials[1]) if credentials else None
    repository = forge.find(match[1])
    pushes = "git-receive-pack" in request.target
    if user is None and (credentials or pushes or repository is None or repository.private):
        return _unauthorized()
    if repository is None:
        return Answer(404, b"Repository not found.", "text/plain")
    return Asked(repository, user, match[2])


def serve(forge: Forge, asking: Asked, request: Request) -> Answer:
    if asking.repository.archived and "git-receive-pack" in request.target:
        return Answer(403, b"This repository was archived so it is read-only.", "text/plain; charset=utf-8")
    if asking.is_push and asking.user and (refusal := _refuse(forge, asking, request)):
        return refusal
    variables = {
        **ENVIRONMENT,
        "GIT_PROJECT_ROOT": str(asking.repository.git.path),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{asking.service}",
        "REQUEST_METHOD": request.method,
        "QUERY_STRING": request.query_string,
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(request.body)),
        "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
        "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
        "REMOTE_USER": asking.user.login if asking.user else "",
        "REMOTE_ADDR": "127.0.0.1",
    }
    command = ["git", "http-backend"]
    done = subprocess.run(command, input=request.body, capture_output=True, check=False, env=variables)  # noqa: S603  our own words
    return _from_cgi(done.stdout)


def _unauthorized() -> Answer:
    headers = {"WWW-Authenticate": 'Basic realm="GitHub"'}
    return Answer(401, b"Invalid username or token.", "text/plain", headers)


def _from_cgi(output: bytes) -> Answer:
    head, _, body = output.partition(b"\r\n\r\n")
    lines = [line.partition(":") for line in head.decode("latin-1").split("\r\n") if line]
    headers = {name: value.strip() for name, _, value in lines}
    status = int(headers.pop("Status", "200").split()[0]) if head else 500
    return Answer(status, body, headers.pop("Content-Type", "text/plain"), headers)


def _refuse(forge: Forge, asking: Asked, request: Request) -> Answer | None:
    moves = list(_moves(request.body))
    page = f"{forge.url}/{asking.repository.full_name}"
    said = [no for move in moves if (no := _forbids(asking, move, page))]
    if not said:
        return None
    report = [_packet(f"ng {move.ref} {said[0].verdict}\n") for move in moves]
    report = [_packet("unpack ok\n"), *report, b"0000"]
    remote = b"".join(_packet(b"\x02" + f"{line}\n".encode()) for no in said for line in no.lines)
    return Answer(200, remote + _packet(b"\x01" + b"".join(report)) + b"0000", _RESULT)


def _forbids(asking: Asked, move: _Move, page: str) -> _No | None:
    login = asking.user.login if asking.user else ""
    branch = move.ref.removeprefix("refs/heads/")
    if asking.repository.is_queued(branch):
        return _No("protected branch hook declined", locked_lines(move.ref))
    for protection in asking.repository.protected(branch):
        if protection.binds(login) and protection.refuses_pushes:
            return _No(protection.verdict, protection.lines(move.ref, page))
    return None


def _moves(body: bytes) -> Iterator[_Move]:
    """The ref updates a push asks for: "old new ref" in packets up to the first flush."""
    at = 0
    while (size := int(body[at : at + 4] or b"0", 16)) > 0:
        words = body[at + 4 : at + size].split(b"\0")[0].decode().split()
        if words[0] != "shallow":
            yield _Move(words[0], words[1], words[2])
        at += size


def _packet(content: str | bytes) -> bytes:
    content = content.encode() if isinstance(content, str) else content
    return b"%04x%s" % (len(content) + 4, content)
