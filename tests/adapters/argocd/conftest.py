import itertools
from datetime import UTC, datetime, timedelta

import pytest
from swagger import CheckedArgoCD

from updater.adapters.argocd import ArgoCDClient, ClusterBackend, HttpClient, ServerBackend
from updater.sandbox import GitHub

PATH = "staging/kustomization.yaml"
START = datetime(2026, 2, 2, 5, tzinfo=UTC)


class Clock:
    def __init__(self):
        self.now = START

    def __call__(self):
        return self.now

    def forward(self, **length):
        self.now += timedelta(**length)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def hub():
    with GitHub() as hub:
        hub.create_repository("org", "deploy", {PATH: "tag: 1\n"})
        yield hub


@pytest.fixture
def argocd(hub, clock):
    with CheckedArgoCD(hub, clock=clock) as argocd:
        yield argocd


@pytest.fixture
def bump(hub):
    numbers = itertools.count(2)

    def bump():
        hub.commit("org/deploy", "main", {PATH: f"tag: {next(numbers)}\n"}, "Bump")
        return hub.head("org/deploy", "main")

    return bump


@pytest.fixture
def connect(argocd, clock):
    opened = []

    def connect(way=None, *, server=None, token=None, memory=None, **options):
        door = HttpClient(server or argocd.url, lambda: token or argocd.token, clock=clock, **options)
        opened.append(ArgoCDClient(door, way or ServerBackend(), clock=clock, memory=memory))
        return opened[-1]

    yield connect
    for each in opened:
        each.close()


@pytest.fixture(params=["argocd", "kubernetes"])
def way(request):
    return ServerBackend() if request.param == "argocd" else ClusterBackend("argocd")


@pytest.fixture
def client(connect, way):
    return connect(way)
