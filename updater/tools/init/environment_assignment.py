"""To give every pin its environment, and to leave out what no environment decides. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from updater.model import Image
from updater.tools.init.path_roles import PathRole, path_role
from updater.tools.init.pins import FoundPin, LeftOut
from updater.tools.init.tag_shapes import VERSION
from updater.tools.init.vocabulary import SHORT_FOR, is_cluster, name_of

NOWHERE = "default"
"""The environment of pins whose path names none."""

_PUBLIC = frozenset(
    {
        *(
            "docker.io",
            "index.docker.io",
            "registry-1.docker.io",
            "ghcr.io",
            "quay.io",
            "gcr.io",
            "k8s.gcr.io",
        ),
        *(
            "registry.k8s.io",
            "public.ecr.aws",
            "mcr.microsoft.com",
            "nvcr.io",
            "lscr.io",
            "docker.elastic.co",
        ),
        *(
            "registry.access.redhat.com",
            "registry.redhat.io",
            "registry.gitlab.com",
            "cr.fluentbit.io",
            "cgr.dev",
        ),
    }
)


class AssignedPin(NamedTuple):
    pin: FoundPin
    environment: str
    app: tuple[str, ...]
    """The words of its path that say which app it is; none where the environment holds many."""


def assign_environments(
    pins: Collection[FoundPin], owner: str | None
) -> tuple[list[AssignedPin], list[LeftOut]]:
    """`owner`: whose repository it is, on its forge. Where all is others', that is what is wanted."""
    placed, left_out = _place(pins, owner)
    return (placed, left_out) if placed else _place(pins, None, all_ours=True)


def place_all(pins: Collection[FoundPin]) -> list[AssignedPin]:
    """Each where its path says, whoever builds its image, in the order they are given."""
    spots = {pin.file: _role(pin) for pin in pins}
    clusters = _clusters(pins, spots)
    return _under_one_name([_placed(pin, spots[pin.file], clusters) for pin in pins])


def _place(
    pins: Collection[FoundPin], owner: str | None, *, all_ours: bool = False
) -> tuple[list[AssignedPin], list[LeftOut]]:
    spots = {pin.file: _role(pin) for pin in pins}
    above = _images_above(pins, spots)
    clusters = _clusters(pins, spots)
    theirs = {} if all_ours else _built_by_others(pins, owner)
    pins = [pin for pin in pins if not pin.of_workload or _is_ours(pin, owner, theirs, above)]
    placed: list[AssignedPin] = []
    left_out: list[LeftOut] = []
    for pin in pins:
        found = spots[pin.file]
        why = theirs.get(pin.image) or _shared(pin, found) or _base(pin, found, above)
        if why is None:
            placed.append(_placed(pin, found, clusters))
        else:
            left_out.append(LeftOut(why[0], f"{pin.file}:{pin.line}", str(pin.image), why[1]))
    return _under_one_name(placed), left_out


def _under_one_name(placed: list[AssignedPin]) -> list[AssignedPin]:
    """Where `prod` and `production` both are, one is short for the other."""
    names = {one.environment for one in placed}
    found = []
    for one in placed:
        cluster, slash, last = one.environment.rpartition("/")
        whole = f"{cluster}{slash}{SHORT_FOR.get(last, last)}"
        found.append(one._replace(environment=whole) if whole in names else one)
    return found


def _role(pin: FoundPin) -> PathRole:
    """A component belongs where it is taken in, if that is one environment only."""
    own, roles = path_role(pin.file), [path_role(file) for file in pin.listed_by]
    one = len({(role.environment, role.cluster) for role in roles}) == 1
    return roles[0] if one and own.environment is None else own


def _placed(pin: FoundPin, found: PathRole, clusters: Collection[tuple[PathRole, str]]) -> AssignedPin:
    inner, cluster = found.inner, found.cluster
    if inner and cluster is None and (_without_inner(found), inner[0]) in clusters:
        cluster, inner = inner[0], inner[1:]
    names = [name for name in (cluster, found.environment or NOWHERE) if name]
    return AssignedPin(pin, "/".join(map(name_of, names)), (*found.app, *inner))


def _clusters(pins: Iterable[FoundPin], spots: Mapping[str, PathRole]) -> set[tuple[PathRole, str]]:
    """What stands below an environment is a cluster by its name, or if its siblings run the same images."""
    images: dict[PathRole, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for pin in pins:
        found = spots[pin.file]
        if found.inner:
            images[_without_inner(found)][found.inner[0]].add(str(pin.image))
    return {
        (where, inner)
        for where, parts in images.items()
        for inner, own in parts.items()
        if is_cluster(inner) or any(own & other for part, other in parts.items() if part != inner)
    }


def _without_inner(found: PathRole) -> PathRole:
    return found._replace(inner=(), base=False)


# --- what is left out -----------------------------------------------------------------------------------


def _images_above(pins: Iterable[FoundPin], spots: Mapping[str, PathRole]) -> set[str]:
    """The images that environments set."""
    return {str(pin.image) for pin in pins if spots[pin.file].environment is not None}


def _shared(pin: FoundPin, found: PathRole) -> tuple[str, str] | None:
    names = sorted({role.environment or NOWHERE for role in map(path_role, pin.listed_by)})
    if found.environment is None and len(names) > 1:
        return (
            "shared",
            f"the component is taken in by {', '.join(names)}: a new tag there reaches all of them",
        )
    return None


def _base(pin: FoundPin, found: PathRole, above: Collection[str]) -> tuple[str, str] | None:
    if found.environment is None and str(pin.image) in above:
        return "base", "stands below no environment, and the environments set this image themselves"
    return None


def _built_by_others(pins: Iterable[FoundPin], owner: str | None) -> Mapping[Image, tuple[str, str]]:
    """Decided once for each image, by all the tags it has anywhere: all of its pins are taken, or none."""
    tags: dict[Image, set[str]] = defaultdict(set)
    for pin in pins:
        tags[pin.image] |= pin.tags
    return {image: why for image, found in tags.items() if (why := _others(image, found, owner)) is not None}


def _is_ours(
    pin: FoundPin,
    owner: str | None,
    theirs: Mapping[Image, tuple[str, str]],
    above: Collection[str],
) -> bool:
    """In Deployments most images are others': only what evidently is built here counts."""
    if pin.image in theirs or (str(pin.image) in above and path_role(pin.file).environment is None):
        return False
    own = owner is not None and pin.image.name.partition("/")[0].lower() == owner.lower()
    return own or pin.image.registry not in _PUBLIC


def _others(image: Image, tags: Collection[str], owner: str | None) -> tuple[str, str] | None:
    """Whether nobody here builds it: a public registry, somebody else's name, and tags like 1.2.3."""
    if image.registry not in _PUBLIC:
        return None
    theirs = image.name.partition("/")[0]
    if owner is not None and theirs.lower() == owner.lower():
        return None
    if "/" not in image.name or theirs == "library":
        return "others", "an official image of Docker Hub"
    versions = [tag for tag in tags if VERSION.fullmatch(tag)]
    if len(versions) * 2 > len(tags):
        return "others", "somebody else builds it, by its registry, its owner and its tags"
    return None


def owner_of(pins: Iterable[FoundPin]) -> str | None:
    """Whose images most of the pins run."""
    owners = Counter(pin.image.name.partition("/")[0] for pin in pins if "/" in pin.image.name)
    return owners.most_common(1)[0][0] if owners else None
