"""What an Application sets itself and what of that is the tag of a pin: in doubt it is."""

import pytest

from updater.model import Manifests, Source

REPOSITORY = "https://github.com/org/deploy"
IMAGE = "ghcr.io/org/shop"


def override(at=(), *, values=(), images=()):
    manifests = Manifests(REPOSITORY, "main", ("a/values.yaml",), images=(IMAGE,), values=at)
    source = Source(REPOSITORY, "a", values=values, images=images)
    found = manifests.override(source)
    assert manifests.are_in(source) == (found is None)
    return found and f"{found.what} by {found.setting}"


@pytest.mark.parametrize(
    ("at", "value", "said"),
    [
        ("image.tag", "image.tag", "the value image.tag by helm"),
        ("image.tag", "image", "the value image by helm"),
        ("image", "image.tag", "the value image.tag by helm"),
        ("containers[0].tag", "containers.0.tag", "the value containers.0.tag by helm"),
        ('shop."image.x".tag', "shop.image\\.x.tag", "the value shop.image\\.x.tag by helm"),
        ("image.tag", "*", "values by helm"),
        ("image.tag", "sidecar.image.tag", None),
        ("image.tag", "image.pullPolicy", None),
        ("image.tag", "imagetag", None),
        ("*", "shop.image.tag", "the value shop.image.tag by helm"),
        ("*", "imageTag", "the value imageTag by helm"),
        ("*", "image.digest", "the value image.digest by helm"),
        ("*", "replicas", None),
        ("*", "image.pullPolicy", None),
    ],
)
def test_a_value_is_the_pins_or_it_is_not(at, value, said):
    assert override((at,), values=("replicas", value)) == said


def test_values_say_nothing_of_pins_that_stand_in_no_values():
    assert override((), values=("image.tag", "*")) is None


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (IMAGE, f"the tag of {IMAGE} by kustomize.images"),
        ("shop", f"the tag of {IMAGE} by kustomize.images"),
        ("*", "images by kustomize.patches"),
        ("ghcr.io/org/blog", None),
        ("blog", None),
    ],
)
def test_an_image_is_the_pins_or_it_is_not(image, said):
    assert override(images=(image,)) == said
