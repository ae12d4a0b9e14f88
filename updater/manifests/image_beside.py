"""To know which image a tag is of, by what stands beside it. Pure."""

from updater.manifests import path, reference
from updater.manifests.nodes import MappingNode, ScalarNode
from updater.manifests.place import content


def deployed(mapping: MappingNode | None, at: str) -> str | None:
    """The image (behind its `registry`) that stands beside the tag, or the digest, to which `at` leads."""
    repository = _repository(mapping, at) if mapping is not None else None
    registry = _text(mapping, "registry") if mapping is not None and repository else None
    if not repository or not registry or repository.startswith(f"{registry}/"):
        return repository
    return f"{registry}/{repository}"


def _repository(mapping: MappingNode, at: str) -> str | None:
    """`repository`, `image`, or below a key like `image` its `name`: other things have names, too."""
    image = _text(mapping, "image") or ""
    whole = reference.parse(image)
    bare = None if whole.tag or whole.digest else image
    return _text(mapping, "repository") or bare or (_text(mapping, "name") if _is_of_image(at) else None)


def _is_of_image(at: str) -> bool:
    keys = [step.key for step in path.parse(at)[:-1] if step.key is not None]
    return bool(keys) and keys[-1].lower().endswith(("image", "images"))


def _text(mapping: MappingNode, key: str) -> str | None:
    value = path.keyed_here(mapping, key)
    return content(value) if isinstance(value, ScalarNode) else None
