"""The words a user may write: names, hosts, images, variables. Pure."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, PlainSerializer, PlainValidator, WithJsonSchema

from updater.config.wildcards import IMAGE, STAR, ImagePattern, has_star
from updater.model import Chart, Image

LONGEST = 63  # of a segment: as Kubernetes has it, and two of them still fit into a branch's name
_SEGMENT = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_HOST = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*(?::[0-9]{1,5})?")
_PATH = re.compile(r"[a-z0-9]+(?:[._/-]+[a-z0-9]+)*")
_HELPER = re.compile(r"(?!docker-credential-)[A-Za-z0-9][A-Za-z0-9._-]*")
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
_EMAIL = re.compile(r"[^\s<>@]+@[^\s<>@]+")
_SET = re.compile(r"\[!?\]?[^\]]*\]")
_PLAIN = re.compile(r"[A-Za-z0-9_.*?-]*")
_TEAM = "team:"
_PERSON = re.compile(r"[^\s<>\x00-\x1f](?:[^<>\x00-\x1f]*[^\s<>\x00-\x1f])?")


def _name(text: str) -> str:
    if not _SEGMENT.fullmatch(text):
        raise ValueError(f"{text!r} is no name: use a-z, 0-9 and single - in between, such as shop-api")
    if len(text) > LONGEST:
        raise ValueError(f"{text!r} is longer than {LONGEST} characters: shorten it")
    return text


def _environment(text: str) -> str:
    for segment in text.split("/"):
        try:
            _name(segment)
        except ValueError:
            raise ValueError(
                f"{text!r} is no environment: use a-z, 0-9 and single - in between (at most {LONGEST} "
                "characters), such as production or cluster-a/production"
            ) from None
    return text


def environment_name(text: str) -> str:
    """Raises ValueError where it is none. What a folder of a deploy repository is called may be anything."""
    return _environment(text)


def _environment_pattern(text: str) -> str:
    """A name, or a pattern of names with one star, which is anything that may stand in a name."""
    if text.count(STAR) > 1:
        raise ValueError(f"{text!r} has more than one *: write one, such as pr-*")
    _environment(text.replace(STAR, "x"))
    return text


def app_name(text: str) -> str:
    """Raises ValueError where it is none."""
    return _name(text)


def _app(text: str) -> str:
    """A name, or one with the image's in it, for an app of each image that is found."""
    if IMAGE in text:
        _name(text.replace(IMAGE, "x", 1))
        return text
    return _name(text)


def _host(text: str) -> str:
    if not _HOST.fullmatch(text):
        raise ValueError(f"{text!r} is no host: write it in lower case and without https://, such as ghcr.io")
    return text


def _host_name(text: str) -> str:
    if ":" in text or not _HOST.fullmatch(text):
        raise ValueError(
            f"{text!r} is no name of a host: write it in lower case, without a port, like updater.example.org"
        )
    return text


def _registry(text: str) -> str:
    host, slash, path = text.partition("/")
    _host(host)
    if slash and not _PATH.fullmatch(path):
        raise ValueError(f"{text!r} is no registry: write its host, and perhaps a path, such as ghcr.io/org")
    return text


def _helper(text: str) -> str:
    if not _HELPER.fullmatch(text):
        raise ValueError(
            f"{text!r} is no credential helper: write what follows docker-credential-, such as ecr-login"
        )
    return text


def _variable(text: str) -> str:
    """Does not repeat what stands there: it may be the secret itself."""
    if not _VARIABLE.fullmatch(text):
        raise ValueError(
            "this names no environment variable (A-Z, 0-9, _): write the name, never the secret itself"
        )
    return text


def _secret_file(text: str) -> str:
    if not text or "\0" in text:
        raise ValueError("this is no path of a file")
    return text


def _email(text: str) -> str:
    if not _EMAIL.fullmatch(text):
        raise ValueError(f"{text!r} is no mail address: write it like updater@example.org")
    return text


def _person(text: str) -> str:
    if not _PERSON.fullmatch(text):
        raise ValueError(f"{text!r} is no name for a commit: leave out <, > and line breaks")
    return text


def _word(text: str) -> str:
    if not text or text != text.strip() or not text.isprintable():
        raise ValueError(f"{text!r} is no label or login: leave out blanks around it and line breaks")
    return text


def _reviewer(text: str) -> str:
    if text.startswith(_TEAM) and not text.removeprefix(_TEAM).strip():
        raise ValueError(f"{text!r} names no team: write it like team:platform")
    return text


def _pattern(text: str) -> str:
    """A bracket that is never closed stands for itself, which no tag has: it would forbid nothing."""
    if not _PLAIN.fullmatch(_SET.sub("", text)):
        raise ValueError(f"{text!r} can match no tag: write a pattern of one, such as rc-* or v[0-9]*")
    return text


def matches_any_tag(pattern: str) -> bool:
    return "*" in pattern and not pattern.replace("?", "", 1).strip("*")


def _image(value: Any) -> Image:  # noqa: ANN401 - whatever the YAML holds
    if isinstance(value, Image):
        return value
    if not isinstance(value, str):
        raise ValueError("an image is expected here, such as ghcr.io/org/shop")  # noqa: TRY004 - for pydantic
    return Image.parse(value)


def _image_or_pattern(value: Any) -> Image | ImagePattern:  # noqa: ANN401 - as above
    if isinstance(value, ImagePattern):
        return value
    return ImagePattern.parse(value) if isinstance(value, str) and has_star(value) else _image(value)


def _chart(value: Any) -> Chart:  # noqa: ANN401 - whatever the YAML holds
    if isinstance(value, Chart):
        return value
    if not isinstance(value, str):
        raise ValueError("a chart is expected here, such as oci://ghcr.io/org/charts/shop")  # noqa: TRY004 - for pydantic
    return Chart.parse(value)


_SHAPE = _SEGMENT.pattern
_STARRED = f"{_SHAPE}(?:/{_SHAPE})*".replace("[a-z0-9]", "[a-z0-9*]")
Name = Annotated[str, AfterValidator(_name), WithJsonSchema({"type": "string", "pattern": f"^{_SHAPE}$"})]
EnvironmentName = Annotated[
    str,
    AfterValidator(_environment),
    WithJsonSchema({"type": "string", "pattern": f"^{_SHAPE}(?:/{_SHAPE})*$"}),
]
EnvironmentPattern = Annotated[
    str,
    AfterValidator(_environment_pattern),
    WithJsonSchema({"type": "string", "pattern": f"^{_STARRED}$"}),
]
AppName = Annotated[
    str,
    AfterValidator(_app),
    WithJsonSchema({"type": "string", "examples": ["shop", "{image}"]}),
]
Host = Annotated[str, AfterValidator(_host)]
HostName = Annotated[str, AfterValidator(_host_name)]
RegistryName = Annotated[str, AfterValidator(_registry)]
HelperName = Annotated[str, AfterValidator(_helper)]
Variable = Annotated[
    str, AfterValidator(_variable), WithJsonSchema({"type": "string", "pattern": f"^{_VARIABLE.pattern}$"})
]
SecretFile = Annotated[str, AfterValidator(_secret_file)]
Email = Annotated[str, AfterValidator(_email)]
Person = Annotated[str, AfterValidator(_person)]
Word = Annotated[str, AfterValidator(_word)]
Reviewer = Annotated[Word, AfterValidator(_reviewer)]
Pattern = Annotated[str, AfterValidator(_pattern)]
ImageName = Annotated[
    Image,
    PlainValidator(_image),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["ghcr.io/org/shop"]}),
]
ImageNameOrPattern = Annotated[
    Image | ImagePattern,
    PlainValidator(_image_or_pattern),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["ghcr.io/org/shop", "ghcr.io/org/*"]}),
]
ChartName = Annotated[
    Chart,
    PlainValidator(_chart),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["oci://ghcr.io/org/charts/shop"]}),
]
