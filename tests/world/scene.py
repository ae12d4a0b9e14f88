"""A running World with an updater configured for it, and the few verbs that stories are told in."""

import json
import os
import re
import subprocess
from contextlib import ExitStack
from datetime import UTC, datetime

from github import Auth, Github
from swagger import CheckedArgoCD
from world.console import SCRIPT, console

from updater.config import load
from updater.model import Hold, Placement, Promote
from updater.sandbox import Azure, Bitbucket, Gitea, GitHub, GitLab, World
from updater.sandbox.github.protection import Protection
from updater.sandbox.prometheus import Alertmanager, Prometheus
from updater.sandbox.world import FIRST_TAG, HOST, OWNER, PRODUCTION, STAGING, folder, overlay
from updater.wiring import Updater

START = datetime(2026, 2, 2, 5, tzinfo=UTC)
TOKEN = "UPDATER_STORY_TOKEN"
ARGOCD_TOKEN = "UPDATER_STORY_ARGOCD_TOKEN"
USERNAME, PASSWORD = "UPDATER_STORY_USERNAME", "UPDATER_STORY_PASSWORD"
SOAK = 30
MAIL = "updater@acme.example"
KINDS = {GitHub: "github", GitLab: "gitlab", Gitea: "gitea", Bitbucket: "bitbucket", Azure: "azure"}


class Scene:
    def __init__(self, folder, apps=("shop", "blog"), *, start=START, forge=GitHub, files=None):
        self._open = ExitStack()
        self.world = self._open.enter_context(World(apps, start=start, forge=forge, files=files))
        self.hub, self.registry = self.world.github, self.world.registry
        self.folder = folder
        self.config = _config(self.world)
        self.apps = {app: _app(app) for app in apps}
        self._updaters = {}

    def close(self):
        self._open.close()

    # --- the updater ------------------------------------------------------------------------------------

    def configure(self):
        """The config folder, written anew. JSON is YAML, too."""
        folder = self.folder / "config"
        (folder / "apps").mkdir(parents=True, exist_ok=True)
        (folder / "updater.yaml").write_text(json.dumps(self.config, indent=1))
        for name, app in self.apps.items():
            (folder / "apps" / f"{name}.yaml").write_text(json.dumps(app))
        return folder

    def updater(self, name="first"):
        """A process of that name, so to speak: it has a cache, connections and tokens of its own."""
        if name not in self._updaters:
            wired = Updater(load(self.configure()), self.folder / name, clock=self.world.clock)
            self._updaters[name] = self._open.enter_context(wired)
        return self._updaters[name]

    def run(self, name="first", *, act=True):
        """One pass; the clock goes on a little before it."""
        self.world.clock.forward(seconds=5)
        return self.updater(name).run("deploy", act=act)

    def soak(self):
        self.world.clock.forward(minutes=SOAK + 1)

    def command(self, *words, environment=None):
        """The console script, to its end, without the second that its imports take."""
        return console().run(*words, *self._where(words), environment=environment)

    def start(self, *words, environment=None, cache="first", stderr=subprocess.PIPE):
        """The console script, as a shell starts it. Read what one says that goes on: a full pipe stops it."""
        return subprocess.Popen(
            [SCRIPT, *words, *self._where(words, cache)],
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            env={**os.environ, **(environment or {})},
        )

    def _where(self, words, cache="first"):
        """The options that say where the config is and where clones are kept."""
        kept = ["--cache-dir", str(self.folder / cache)] if words[0] not in {"check", "notify"} else []
        return ["--config", str(self.configure()), *kept]

    # --- what happens in the world ----------------------------------------------------------------------

    def build(self, app="shop"):
        return self.world.build(app)

    def proven(self, app="shop"):
        """A build that staging has held for as long as production wants; answers its tag."""
        tag = self.build(app)
        self.run()
        assert self.pinned(app, STAGING) == tag
        self.soak()
        return tag

    def proposed(self, app="shop"):
        """A proven build whose pull request is open; answers its tag and the pull request."""
        tag = self.proven(app)
        self.run()
        return tag, self.pull()

    def set(self, environment, app, tag, *, branch="main", message="By hand"):
        """A human writes the tag into the file."""
        self.world.clock.forward(seconds=1)
        text = self.text(environment, ref=branch)
        pattern = rf"(name: {HOST}/{OWNER}/{app}\n\s+newTag: )\S+"
        files = {overlay(environment): re.sub(pattern, rf"\g<1>{tag}", text)}
        return self.hub.commit(self.repository, branch, files, message)

    def rewrite(self, environment, old, new):
        """A human replaces some text of the file."""
        text = self.text(environment)
        assert old in text
        self.world.clock.forward(seconds=1)
        self.hub.commit(self.repository, "main", {overlay(environment): text.replace(old, new)}, "Rework")

    def with_digests(self, environment):
        """From now on the environment pins tag and digest."""
        text = self.text(environment)
        for app in self.apps:
            digest = self.registry.digest(f"{OWNER}/{app}", FIRST_TAG)
            pattern = rf"(name: {HOST}/{OWNER}/{app}\n\s+newTag: \S+\n)"
            text = re.sub(pattern, rf"\g<1>    digest: {digest}\n", text)
        self.hub.commit(self.repository, "main", {overlay(environment): text}, "Pin digests")
        self.config["environments"][environment]["pin"] = "tag+digest"

    def merge(self, pull, method="merge"):
        self.world.clock.forward(seconds=1)
        return self.hub.merge(self.repository, pull.number, method)

    def update_branch(self, pull):
        """GitHub's button: the base is merged into the branch."""
        self.world.clock.forward(seconds=1)
        github = Github(base_url=self.hub.api, auth=Auth.Token(self.hub.human_token))
        assert github.get_repo(self.repository).get_pull(pull.number).update_branch()
        github.close()

    def merge_and_change(self, pull, path):
        """A human merges the base into the branch, and changes a file while at it; the new head."""
        self.update_branch(pull)
        git, head = self.hub.find(self.repository).git, self.branch_head(pull)
        text = git.read(head, path) if path in git.text("ls-tree", "-r", "--name-only", head) else b""
        amended = self.hub.commit(self.repository, pull.head, {path: text + b"# more\n"}, "Merge and more")
        parents = git.text("rev-parse", f"{head}^1", f"{head}^2").split()
        tree, who = git.text("rev-parse", f"{amended}^{{tree}}"), self.hub.forge.signature(self.hub.human)
        merge = git.commit_tree(tree, parents, "Merge and more", who)
        return self.hub.force_push(self.repository, pull.head, merge)

    def require_review(self):
        protection = Protection(required_reviews=1, bypass=frozenset({self.hub.bot_login}))
        self.hub.protect(self.repository, "main", protection)

    def settings(self, **changed):
        """Of production's pull requests."""
        self.config["environments"][PRODUCTION].setdefault("pull_request", {}).update(changed)

    def with_argocd(self, gates=None, **named):
        """Argo CD runs every app in both environments; answers it. Production asks for health."""
        argocd = self._open.enter_context(CheckedArgoCD(self.hub, clock=self.world.clock))
        for app in self.apps:
            for environment in (STAGING, PRODUCTION):
                labels = {"app": app, "env": environment}
                argocd.add(f"{app}-{environment}", self.repository, folder(environment), labels=labels)
        self.config["argocd"] = {"server": argocd.url, "token_env": ARGOCD_TOKEN, **named}
        for environment in (STAGING, PRODUCTION):
            self.config["environments"][environment]["argocd"] = {"application": "{app}-{environment}"}
        self.config["environments"][PRODUCTION]["gates"] = gates or {"soak": f"{SOAK}m", "health": True}
        return argocd

    def with_prometheus(self, **named):
        """A Prometheus watches, and an Alertmanager knows what is silenced; answers both."""
        # Every clock has parts of a millisecond, and servers answer in whole ones.
        self.world.clock.forward(microseconds=123_456)
        prometheus = self._open.enter_context(Prometheus(clock=self.world.clock))
        alertmanager = self._open.enter_context(Alertmanager(clock=self.world.clock))
        self.config["prometheus"] = {
            "server": prometheus.url,
            "alertmanager": {"server": alertmanager.url},
            **named,
        }
        return prometheus, alertmanager

    def look_alike(self, fork, body):
        """Somebody opens a pull request from a fork with our branch's name and our body."""
        owner = fork.partition("/")[0]
        head = f"{owner}:updater/app/production--shop"
        return self.hub.open(self.repository, head, base="main", title="production: shop", body=body)

    def forget(self, app):
        """Config no longer names it, from the next updater on."""
        del self.apps[app]
        (self.folder / "config" / "apps" / f"{app}.yaml").unlink()

    # --- what one sees ----------------------------------------------------------------------------------

    @property
    def repository(self):
        return self.world.repository

    def text(self, environment, ref="main"):
        return self.hub.read(self.repository, ref, overlay(environment)).decode()

    def pinned(self, app, environment, ref="main"):
        return self.world.pinned(app, environment, ref)

    def pulls(self, state="open"):
        return self.hub.pulls(self.repository, state)

    def pull(self):
        (pull,) = self.pulls()
        return pull

    def worn(self, pull):
        """Its labels, reviewers, assignees and milestone."""
        people = [*(user.login for user in pull.reviewers), *pull.team_reviewers]
        people += [user.login for user in pull.assignees]
        return [*pull.labels, *people, *([pull.milestone] if pull.milestone else [])]

    def branch_head(self, pull):
        return self.hub.head(self.repository, pull.head)

    def branches(self):
        return set(self.hub.branches(self.repository)) - {"main"}

    def log(self, ref="main"):
        return self.hub.log(self.repository, ref)

    def ours(self, ref="main"):
        """The commits of ours on a branch, newest first."""
        return [commit for commit in self.log(ref) if commit.committer.email == MAIL]

    def everything(self):
        """All that a pass could change: every ref, and every pull request as it reads."""
        pulls = [(each.number, each.title, each.body, each.state) for each in self.pulls("all")]
        return self.hub.refs(self.repository), pulls

    def writes(self, since=0):
        return [request for request in self.hub.requests[since:] if request.write]


def reason(report, environment, app="shop"):
    """The code and the sentence an app is held for, in a pass."""
    decision = decided(report)[Placement(environment, app)]
    assert isinstance(decision, Hold), f"{decision} is no hold"
    assert decision.reasons
    return decision.reasons[0].code, decision.reasons[0].sentence


def promoted(report, environment, app="shop"):
    decision = decided(report)[Placement(environment, app)]
    assert isinstance(decision, Promote), f"{decision} is no promotion"
    return decision.tag


def decided(report):
    """Every app in every environment has exactly one decision; a hold has a sentence."""
    decisions = {decision.placement: decision for decision in report.decisions}
    assert len(decisions) == len(report.decisions)
    assert not report.mistakes, report.decisions
    return decisions


def well(report):
    """Nothing failed in this pass."""
    assert not report.unreadable, report.unreadable
    assert not [outcome.error for outcome in report.outcomes if outcome.error], report.outcomes
    assert not report.mistakes, report.decisions
    return report


def _config(world):
    kind = next((kind for host, kind in KINDS.items() if type(world.github) is host), "github")
    return {
        "instance": "story",
        "repositories": {"deploy": {"url": world.url}},
        "forges": {world.github.host: {"kind": kind, "token_env": TOKEN, "api": world.github.api}},
        "registries": {HOST: {"endpoint": world.registry.url}},
        "commit": {"name": "updater", "email": MAIL},
        "poll": {"every": "1s"},
        "environments": {
            STAGING: {
                "repository": "deploy",
                "path": f"infra/k8s/overlays/{STAGING}",
                "tags": {"follow": "timestamp"},
                "deliver": "push",
            },
            PRODUCTION: {
                "repository": "deploy",
                "path": f"infra/k8s/overlays/{PRODUCTION}",
                "after": STAGING,
                "gates": {"soak": f"{SOAK}m"},
                "tags": {"follow": "timestamp"},
                "deliver": "pull-request",
            },
        },
    }


def _app(app):
    return {"app": app, "images": [f"{HOST}/{OWNER}/{app}"], "environments": [STAGING, PRODUCTION]}
