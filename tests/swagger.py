"""To check exchanges with the fake Argo CD against the swagger that Argo CD publishes."""

import json
import re
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from jsonschema import Draft4Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from updater.sandbox import ArgoCD

DESCRIPTION = Path(__file__).resolve().parents[1] / ".." / "shared" / "cases" / "argocd-swagger.json"
_HOME = "urn:argocd"
EXCEPTIONS = {"fields"}
"""Read before the described handlers, as Argo CD's own page does; who does not know it sends all."""


NULL = "$.items: None is not of type 'array'"
"""Go writes an empty list as null, and so does Argo CD; swagger has no word for that."""


class CheckedArgoCD(ArgoCD):
    """Fails at the end where an exchange by Argo CD's own API did not agree with its description.

    Where the description is not at hand, a fake like any other.
    """

    def __init__(self, *given, **named):
        super().__init__(*given, **named)
        self.problems = []

    def answer(self, request):
        answer = super().answer(request)
        if DESCRIPTION.exists() and request.path.startswith("/api/"):
            self.problems += problems(request, answer)
        return answer

    def __exit__(self, kind, error, trace):
        super().__exit__(kind, error, trace)
        if kind is None and self.problems:
            pytest.fail("\n".join(self.problems))


def problems(request, answer):
    """What does not agree, one line each."""
    if not DESCRIPTION.exists():
        pytest.skip("the description of Argo CD's API is not beside the checkout")
    described = description()
    found = [each for each in described["paths"] if _pattern(each).fullmatch(request.path)]
    operation = described["paths"][found[0]].get(request.method.lower()) if found else None
    if operation is None:
        return [f"{request.method} {request.path} is not described"]
    known = {each["name"] for each in operation["parameters"] if each["in"] == "query"} | EXCEPTIONS
    asked = {key for key, _ in parse_qsl(urlsplit(request.target).query)}
    schema = operation["responses"].get(str(answer.status), operation["responses"]["default"])["schema"]
    content = json.loads(answer.body)
    return [
        *(f"{request.path} is asked with the unknown parameter {key}" for key in sorted(asked - known)),
        *_wrong(content, schema["$ref"]),
        *_unknown(content, schema, ""),
    ]


@cache
def description():
    return json.loads(DESCRIPTION.read_bytes())


def _wrong(content, reference):
    registry = Registry().with_resource(_HOME, Resource(contents=description(), specification=DRAFT4))
    validator = Draft4Validator(
        {"$ref": _HOME + reference}, registry=registry, format_checker=Draft4Validator.FORMAT_CHECKER
    )
    found = [f"{error.json_path}: {error.message}"[:300] for error in validator.iter_errors(content)]
    return [problem for problem in found if problem != NULL]


def _unknown(content, schema, where):
    """A misspelt property would pass: the description does not say that there are no others."""
    while "$ref" in schema:
        if schema["$ref"].endswith("RawExtension"):  # whatever JSON somebody has put there
            return []
        schema = description()["definitions"][schema["$ref"].rpartition("/")[2]]
    if isinstance(content, list):
        return [problem for each in content for problem in _unknown(each, schema["items"], f"{where}[]")]
    if not isinstance(content, dict) or "properties" not in schema:
        return []
    known = schema["properties"]
    strange = [f"{where}.{key} is not described" for key in content if key not in known]
    deeper = [_unknown(content[key], known[key], f"{where}.{key}") for key in content if key in known]
    return strange + [problem for each in deeper for problem in each]


def _pattern(template):
    return re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)))
