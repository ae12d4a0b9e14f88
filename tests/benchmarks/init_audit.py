"""To measure what `init` and `audit` make of real repositories: `init_audit.py [REPOSITORY…]`.

Without a repository (a folder of git, bare or not) it takes those of ../shared/corpus, if that is there. Two
figures: of the pins that `init` wrote, how many run a tag that the written policy neither follows nor allows;
and of the findings of `audit` with that very config, how many are false. What an overlay really runs is said
by kustomize itself, where it can build it offline; a finding elsewhere is told, and not counted.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from io import BytesIO
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from commands.calling import call
from commands.repositories import CORPUS, bare, real

from updater.config import Config, Pin, load
from updater.manifests import PinRefused, read
from updater.manifests.reference import parse

OF_WHAT_RUNS = {"forbidden_tag", "unfollowed_tag", "untagged_image"}


def measure(repository: Path, name: str, folder: Path) -> Counter[str]:
    """What `init` and `audit` say of one repository, told in lines and counted."""
    counts: Counter[str] = Counter()
    tree = folder / "tree"
    _check_out(repository, tree)
    status, _, err = call("init", repository, "--output", folder / "config")
    if status:
        counts["without a config"] += 1
        say(f"{name}: {err.splitlines()[0] if err else status}")
        return counts
    config = load(folder / "config")
    counts["with a config"] += 1
    for line in _missed(config, tree, counts):
        say(f"{name}: {line}")
    for line in _false(tree, folder / "config", counts):
        say(f"{name}: {line}")
    return counts


def _missed(config: Config, tree: Path, counts: Counter[str]) -> Iterator[str]:
    """Pins whose running tag the policy does not read, nor allow, nor take for a placeholder."""
    for placement, policy in config.policies.items():
        for pin in policy.pins:
            tag = _running(tree, pin)
            counts["pins"] += 1
            if tag is None or tag in policy.tags.placeholders:
                counts["placeholders"] += 1
            elif policy.tags.scheme.read(tag) is None and not policy.tags.allowed(tag):
                counts["missed"] += 1
                yield f"missed {placement.environment} {placement.app}: {tag} by {policy.tags.follow}"


def _running(tree: Path, pin: Pin) -> str | None:
    for file in pin.files:
        if (tree / file).is_file():
            try:
                value = read((tree / file).read_bytes(), pin.selector)
            except PinRefused:
                return None
            return value.tag
    return None


def _false(tree: Path, config: Path, counts: Counter[str]) -> Iterator[str]:
    _, out, _ = call("audit", tree, "--config", config, "--output", "json")
    for finding in json.loads(out)["findings"] if out else ():
        verdict = _verdict(tree, finding)
        counts["findings"] += 1
        counts[f"findings {finding['code']}"] += 1
        counts[verdict] += 1
        yield f"{verdict}: {finding['file']}:{finding['line']}: {finding['code']}: {finding['sentence']}"


def _verdict(tree: Path, finding: Mapping[str, str]) -> str:
    """Whether kustomize says so, too."""
    built = _images_of(tree / Path(finding["file"]).parent) if finding["code"] in OF_WHAT_RUNS else None
    if built is None:
        return "unjudged"
    words = finding["sentence"].replace("at the placeholder", "at").split()
    image = words[words.index("runs") + 1]
    tag = words[words.index("at") + 1].strip(",:`") if "at" in words else None
    return "true" if any(_is(one, image, tag) for one in built) else "false"


def _is(built: str, image: str, tag: str | None) -> bool:
    whole = parse(built)
    return whole.repository == image and whole.digest is None and whole.tag == tag


@cache
def _images_of(folder: Path) -> frozenset[str] | None:
    """The images of what kustomize builds there; None where it cannot."""
    kubectl = shutil.which("kubectl", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if kubectl is None:
        return None
    done = subprocess.run(
        [kubectl, "kustomize", "--load-restrictor", "LoadRestrictionsNone", str(folder)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"PATH": "", "HOME": "/nowhere", "HTTPS_PROXY": "http://127.0.0.1:9"},
    )
    if done.returncode:
        return None
    lines = (line.strip().removeprefix("- ") for line in done.stdout.splitlines())
    return frozenset(
        line.removeprefix("image: ").strip("\"'") for line in lines if line.startswith("image: ")
    )


def _check_out(repository: Path, tree: Path) -> None:
    """Plain files only, and not those that a snapshot lacks."""
    git = ["git", "-C", str(repository)]
    listed = subprocess.run([*git, "ls-tree", "-r", "-z", "HEAD"], capture_output=True, check=True).stdout
    entries = [line.split(b"\t", 1) for line in listed.split(b"\0") if line.startswith(b"100")]
    ids = b"".join(b"%s\n" % entry.split()[2] for entry, _ in entries)
    found = subprocess.run([*git, "cat-file", "--batch"], input=ids, capture_output=True, check=False).stdout
    tree.mkdir(parents=True)
    stream = BytesIO(found)
    for _, path in entries:
        header = stream.readline()
        if header.endswith(b" missing\n"):
            continue
        target = tree / os.fsdecode(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(stream.read(int(header.split()[2])))
        stream.read(1)


def of_the_corpus(folder: Path) -> Iterator[tuple[str, Path]]:
    for name, files in real().items() if CORPUS.is_dir() else ():
        path = folder / name.replace("/", "__") / "repository"
        yield name, bare(path, files, origin=f"https://github.com/{name}.git")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def percent(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part / whole if whole else 0:.1f} %)"


def main() -> int:
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        named = [(Path(word).name, Path(word)) for word in sys.argv[1:]] or of_the_corpus(folder / "made")
        for number, (name, repository) in enumerate(named):
            counts += measure(repository, name, folder / str(number))
    for name, number in sorted(counts.items()):
        say(f"{name}: {number}")
    say(f"pins whose running tag the policy does not read: {percent(counts['missed'], counts['pins'])}")
    judged = counts["true"] + counts["false"]
    say(f"false findings, of those that kustomize can judge: {percent(counts['false'], judged)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
