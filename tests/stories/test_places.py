"""Tags inside of other things (a block, KEY=VALUE, an anchor): the whole way, and back."""

import pytest
from world.scene import decided, reason, well

from updater.sandbox.world import FIRST_TAG, PRODUCTION, STAGING

IMAGE = "ghcr.io/acme/shop"
APPLICATION = f"""kind: Application
spec:
  source:
    helm:
      values: |
        # 운영
        image:
          repository: {IMAGE}
          tag: {FIRST_TAG}  # by the updater
"""
ANCHORED = f"global:\n  tag: &tag {FIRST_TAG}\nweb: {{tag: *tag}}\n"
PLACES = {
    "a block": (
        "{environment}.yaml",
        APPLICATION,
        {"kind": "yaml-path", "at": "spec.source.helm.values.image.tag"},
    ),
    "a literal": (
        "{environment}.yaml",
        f"configMapGenerator:\n  - literals: [A=b, 'TAG={FIRST_TAG}']\n",
        {"kind": "yaml-path", "at": "configMapGenerator[0].literals[TAG]"},
    ),
    "a file of variables": (
        "{environment}.env",
        f"# shop\nexport TAG={FIRST_TAG}\nOTHER={FIRST_TAG}\n",
        {"kind": "env-file", "at": "TAG"},
    ),
    "an anchor": (
        "{environment}.yaml",
        ANCHORED,
        {"kind": "helm-values", "pins": [{"at": "global.tag"}, {"at": "web.tag"}]},
    ),
}


def placed(scene, name, text, setting):
    """The app's pins in both environments are there, and nowhere else."""
    files = {f"shop/{name.format(environment=one)}": text for one in (STAGING, PRODUCTION)}
    scene.hub.commit(scene.repository, "main", files, "Elsewhere")
    own = {"path": f"shop/{name}", **setting}
    scene.apps["shop"] |= {"environments": {STAGING: own, PRODUCTION: own}}
    return list(files)


@pytest.mark.parametrize("place", PLACES)
def test_a_tag_inside_of_something_goes_to_production_and_is_not_brought_back_after_a_revert(scene, place):
    staging, production = placed(scene, *PLACES[place])
    text = PLACES[place][1]

    def says(path, ref="main"):
        return scene.hub.read(scene.repository, ref, path).decode()

    tag = scene.build()
    well(scene.run())
    assert says(staging) == text.replace(FIRST_TAG, tag, 1)
    scene.soak()
    well(scene.run())
    pull = scene.pull()
    assert says(production, pull.head) == text.replace(FIRST_TAG, tag, 1)
    scene.merge(pull)
    well(scene.run())
    scene.hub.commit(scene.repository, "main", {staging: text}, "Back by hand")
    report = well(scene.run())
    assert reason(report, STAGING)[0] == "rolled_back", decided(report)


def test_two_environments_that_an_anchor_makes_one_value_are_both_left_alone(scene):
    text = f"a:\n  repository: {IMAGE}\n  tag: &tag {FIRST_TAG}\nb:\n  repository: {IMAGE}\n  tag: *tag\n"
    scene.hub.commit(scene.repository, "main", {"shop.yaml": text}, "One file")
    of = {STAGING: "a.tag", PRODUCTION: "b.tag"}
    own = {name: {"path": "shop.yaml", "kind": "helm-values", "at": at} for name, at in of.items()}
    scene.apps["shop"] |= {"environments": own}
    scene.build()
    report = well(scene.run())
    assert scene.hub.read(scene.repository, "main", "shop.yaml").decode() == text
    code, sentence = reason(report, STAGING)
    assert code == "anchor"
    assert "shop.yaml:3: the anchor &tag makes it one value with shop in production" in sentence
