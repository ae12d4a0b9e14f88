"""What is measured in: a fast registry and a Git server, each a process, and deploy repositories."""

import hashlib
import hmac
import json
import os
import shutil
import socket
import subprocess
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import uuid4

HERE = Path(__file__).parent
KST = timezone(timedelta(hours=9))
STAGES = ("development", "staging", "production")
SECRET = "of the benchmark"
_FIRST = datetime(2026, 1, 1, tzinfo=KST)
_JUNK = 3
"""Tags that are no timestamps."""
_PER_FOLDER = 100
_ROUNDS = 5
_YOUNGEST = 60
"""Minutes since the newest commit."""


@dataclass(frozen=True)
class Load:
    """How much there is."""

    apps: int
    stages: int = 3
    tags: int = 1_000
    repositories: int = 1
    files: int = 0
    """Files of others, in each repository."""
    commits: int = 0
    """Commits of others."""
    page: int = 10_000
    """The most tags that the registry tells at once."""
    unasked: int = 0
    """How many it tells who does not say how many; 0: as many as it ever does."""
    tokens: bool = False
    lag: int = 0
    """Milliseconds that the registry is away."""

    @property
    def name(self):
        parts = [f"{self.apps:,} apps x {self.stages}"]
        parts += [f"{self.repositories} repositories x"] if self.repositories > 1 else []
        parts += [f"{self.files:,} files, {self.commits:,} commits"] if self.files else []
        parts += [f"{self.tags:,} tags"] if self.tags != 1_000 else []
        parts += ["tokens"] if self.tokens else []
        parts += [f"{self.lag} ms away"] if self.lag else []
        return ", ".join(reversed(parts) if self.repositories > 1 else parts)


class World:
    """Everything of one load; gone when it is closed."""

    def __init__(self, load, folder, program):
        self.load, self.folder = load, Path(folder)
        self._open = ExitStack()
        every = load.apps * load.repositories
        tokens = "tokens" if load.tokens else "open"
        answers = load.page, load.unasked or load.page, tokens, load.lag
        self.registry = self._serve(program, "registry", every, load.tags, *answers)
        (self.folder / "remotes").mkdir()
        self.git = self._serve(program, "git", self.folder / "remotes")
        self._builds = 0
        self.service = free_address()
        for number in range(load.repositories):
            _fill(self.bare(number), load, range(number * load.apps, (number + 1) * load.apps))
        self.config = _configure(self)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._open.close()

    def _serve(self, *words):
        started = subprocess.Popen(
            [str(word) for word in words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._open.callback(_end, started)
        return started.stdout.readline().strip()

    def bare(self, number=0):
        return self.folder / f"remotes/deploy-{number}.git"

    def remote(self, number=0):
        return f"{self.git}/deploy-{number}.git"

    def another(self, name):
        """An empty remote: its folder, and its URL."""
        bare = self.folder / f"remotes/{name}.git"
        _init(bare)
        return bare, f"{self.git}/{name}.git"

    def lists(self):
        names = (f"org/app-{number}" for number in range(self.load.apps * self.load.repositories))
        return [f"{self.registry}/v2/{name}/tags/list?n=1000" for name in names]

    def manifests(self, images, tag):
        """What is asked of so many new images, before they are bumped."""
        return [f"{self.registry}/v2/org/app-{number}/manifests/{tag}" for number in range(images)]

    def push(self, images, step=1):
        """So many images have one new tag, each so-manieth of all; answers it."""
        self._builds += 1
        tag = self.newest()
        self._ask(f"/push?tag={tag}&names={images}&step={step}")
        return tag

    def newest(self):
        """The tag that was last made."""
        return stamp(self.load.tags - _JUNK - 1 + self._builds)

    def requests(self):
        """How many there were since that was last asked."""
        return int(self._ask("/count"))

    def _ask(self, path):
        with urllib.request.urlopen(f"{self.registry}{path}") as answer:  # noqa: S310 - ours
            return answer.read()

    def head(self, number=0):
        return git("rev-parse", "refs/heads/main", folder=self.bare(number)).decode().strip()

    def refs(self, number=0):
        """All of them, and what they point to."""
        told = git("for-each-ref", "--format=%(refname) %(objectname)", folder=self.bare(number)).decode()
        return dict(line.split() for line in told.splitlines())

    def put_back(self, refs, number=0):
        """As they were before; of those that moved since, where they went.

        One that was left at the new commits would tell whoever pushes them that they are there.
        """
        now = self.refs(number)
        moved = {ref: sha for ref, sha in now.items() if refs.get(ref) != sha}
        for ref in moved:
            words = [ref, refs[ref]] if ref in refs else ["-d", ref]
            git("update-ref", *words, folder=self.bare(number))
        return moved

    def running(self, tag, *bares):
        """How many pins have it, in these repositories; in those of the world, where none are given."""
        bares = bares or map(self.bare, range(self.load.repositories))
        words = ("grep", "--fixed-strings", "--count", tag, "refs/heads/main")
        told = (git(*words, folder=bare, fails=True) for bare in bares)
        return sum(len(each.splitlines()) for each in told)

    def pinned(self, number=0):
        """Tags by path."""
        lines = git("grep", "newTag: ", "refs/heads/main", folder=self.bare(number)).decode().splitlines()
        return {path: tag.split()[1] for _, path, tag in (line.split(":", 2) for line in lines)}

    def setting(self, name):
        return self._main()[name]

    def _main(self):
        return json.loads((self.config / "updater.yaml").read_text())

    def configured(self, folder, **parts):
        """The same config in another folder, with these parts in place of its own."""
        (folder / "apps").mkdir(parents=True, exist_ok=True)
        main = self._main() | parts
        (folder / "updater.yaml").write_text(json.dumps(main))
        shutil.copy(self.config / "apps/all.yaml", folder / "apps/all.yaml")
        return folder


def package_hook(app, tag="latest"):
    """What GitHub tells of a new image: the body, and its headers. What comes twice is heard once."""
    nonce = str(uuid4())
    version = {"container_metadata": {"tag": {"name": tag}}}
    package = {
        "name": app,
        "package_type": "CONTAINER",
        "owner": {"login": "org"},
        "package_version": version,
    }
    body = json.dumps({"action": "published", "package": package, "n": nonce}).encode()
    signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return body, {
        "X-GitHub-Event": "package",
        "X-GitHub-Delivery": nonce,
        "X-Hub-Signature-256": signature,
    }


def free_address():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return f"127.0.0.1:{probe.getsockname()[1]}"


def stamp(number):
    return f"{_FIRST + timedelta(minutes=17 * number):%Y%m%d-%H%M%S}"


def git(*words, folder, given=None, fails=False):
    """What it says. `fails`: that it may, as where nothing is found."""
    call = ["git", "-C", str(folder), *map(str, words)]
    return subprocess.run(call, check=not fails, input=given, stdout=subprocess.PIPE).stdout


def compiled(folder):
    """The program of both servers. Go remembers what it has compiled."""
    if shutil.which("go") is None:
        raise SystemExit("the benchmark's registry is a Go program: install Go 1.21 or newer")
    program = Path(folder) / "server"
    subprocess.run(["go", "build", "-o", program, HERE / "server.go"], check=True)
    return program


def _end(process):
    process.stdin.close()
    process.wait(10)
    process.stdout.close()


# --- the deploy repository ------------------------------------------------------------------------------


def path_of(app, stage):
    return f"apps/app-{app}/{stage}/kustomization.yaml"


def _init(bare):
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", bare], check=True)
    git("config", "http.receivepack", "true", folder=bare)


def _fill(bare, load, apps):
    _init(bare)
    git("fast-import", "--quiet", folder=bare, given="".join(_commits(load, apps)).encode())
    git("repack", "-qad", folder=bare)


def _commits(load, apps):
    newest = int((datetime.now(UTC) - timedelta(minutes=_YOUNGEST)).timestamp())
    files = overlays(load, stamp(load.tags - _JUNK - 1), apps=apps)
    yield _commit(newest - 600 * load.commits, "Begin", [*files.items(), *others(load).items()])
    for number in range(load.commits):
        changed = [(_other(number * 7 % load.files), f"kind: ConfigMap\nnumber: {number}\nagain: true\n")]
        yield _commit(newest - 600 * (load.commits - number - 1), f"Change {number}", changed)


def overlays(load, tag, stages=STAGES, apps=None):
    """Texts by path; all apps of the load, where none are given."""
    apps = range(load.apps) if apps is None else apps
    return {
        path_of(app, stage): _overlay(app, tag)
        for app in apps
        for stage in stages
        if stage in STAGES[: load.stages]
    }


def others(load):
    return {_other(number): f"kind: ConfigMap\nnumber: {number}\n" for number in range(load.files)}


def _other(number):
    return f"others/{number // _PER_FOLDER}/file-{number}.yaml"


def _overlay(app, tag):
    return f"resources:\n  - ../base\nimages:\n  - name: ghcr.io/org/app-{app}\n    newTag: {tag}\n"


def _commit(when, message, files):
    texts = "".join(f"M 100644 inline {path}\ndata {len(text)}\n{text}\n" for path, text in files)
    who = f"committer A Human <human@example.org> {when} +0000"
    return f"commit refs/heads/main\n{who}\ndata {len(message)}\n{message}\n{texts}\n"


# --- the config -----------------------------------------------------------------------------------------


def _configure(world):
    folder, load = world.folder / "config", world.load
    (folder / "apps").mkdir(parents=True)
    numbers = range(load.repositories)
    names = [f"deploy-{number}" for number in numbers]
    main = {
        "instance": "bench",
        "repositories": {name: {"url": world.remote(number)} for number, name in enumerate(names)},
        "registries": {"ghcr.io": {"endpoint": world.registry}},
        "commit": {"name": "updater", "email": "updater@example.org"},
        "limits": {"promotions_per_pass": 10_000},
        "poll": {"every": "1h"},
        "environments": dict(each for number in numbers for each in _stages(load, number)),
        "service": {"listen": world.service, "webhook_secret_env": "UPDATER_BENCH_HOOK"},
    }
    (folder / "updater.yaml").write_text(json.dumps(main))
    every = [_app(load, number, app) for number in numbers for app in range(load.apps)]
    (folder / "apps/all.yaml").write_text(json.dumps(every))
    return folder


def _called(load, number, stage):
    return stage if load.repositories == 1 else f"{stage}-{number}"


def _stages(load, number):
    before = None
    for stage in STAGES[: load.stages]:
        tags = {"follow": "timestamp"}
        made = {
            "repository": f"deploy-{number}",
            "path": f"apps/{{app}}/{stage}",
            "tags": tags,
            "deliver": "push",
        }
        if before is not None:
            made |= {"after": before, "gates": {"soak": "30m"}}
        before = _called(load, number, stage)
        yield before, made


def _app(load, number, app):
    name = f"app-{number * load.apps + app}"
    where = [_called(load, number, stage) for stage in STAGES[: load.stages]]
    return {"app": name, "images": [f"ghcr.io/org/{name}"], "environments": where}


def surroundings(cache):
    """As an installed package has it: with bytecode, and with nothing of this machine's own settings."""
    without = {"PYTHONDONTWRITEBYTECODE", "UPDATER_CONFIG", "UPDATER_CACHE_DIR"}
    kept = {name: value for name, value in os.environ.items() if name not in without}
    return {**kept, "UPDATER_CACHE_DIR": str(cache), "UPDATER_BENCH_HOOK": SECRET}
