"""What became of deployments, written onto the ref by somebody else: another updater of the same name."""

from datetime import timedelta

from updater.messages import verdicts_path, verdicts_ref, with_verdicts
from updater.model import DeploymentVerdict, Image, Placement
from updater.sandbox.world import HOST, OWNER


def record(scene, placement, tag, result, *, commit="c" * 40, failed=("alerts",), since=None):
    """A verdict about a tag of an app; of its stay that the commit brought."""
    now = scene.world.clock()
    since = since or now - timedelta(minutes=5)
    image = f"{OWNER}/{placement.app}"
    verdict = DeploymentVerdict(
        placement=placement,
        tag=tag,
        commit=commit,
        result=result,
        since=since,
        until=now,
        written=now,
        seen=(f"ShopIsDown fires since {since:%H:%M}",) if result == "failed" else ("all was well",),
        failed=failed if result == "failed" else (),
        digests={Image(HOST, image): scene.registry.digest(image, tag)},
    )
    write(scene, placement, verdict)
    return verdict


def write(scene, placement, *verdicts):
    git, ref = scene.hub.find(scene.repository).git, verdicts_ref("main")
    tip, path = git.resolve(ref), verdicts_path(placement)
    there = tip is not None and path in git.text("ls-tree", "-r", "--name-only", tip).splitlines()
    before = git.read(tip, path) if there else b""
    who = scene.hub.forge.signature(scene.hub.human)
    made = git.write("verdicts-in-the-making", tip, {path: with_verdicts(before, verdicts)}, "Record", who)
    git.update_refs({ref: made, "refs/heads/verdicts-in-the-making": None})


def failed_now(scene, placement, **more):
    """What runs there has failed."""
    stay = scene.run("onlooker", act=False).timelines[placement].current
    return record(scene, placement, stay.tag, "failed", commit=stay.by, **more)


def shop(environment):
    return Placement(environment, "shop")
