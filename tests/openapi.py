"""To hold exchanges with GitHub against its published OpenAPI description.

`Contract.load()` reads the description (skips the test where it is absent); `CheckedGitHub` is the embedded
GitHub whose every exchange is checked; `contract.check_response` is a hook for a `requests.Session`.
"""

import json
import re
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from updater.sandbox import GitHub
from updater.sandbox.exchange import Answer, Request

DESCRIPTION = Path(__file__).resolve().parents[1] / ".." / "shared" / "cases" / "github-openapi.json"
PREFIX = "/api/v3"
_HOME = "urn:github"
_WITH_SLASHES = {"ref", "path", "branch", "basehead", "base", "head"}

EXCEPTIONS = [
    # Nullable, and null for an open issue or a running check, but null is missing from the list of values.
    re.compile(r"(state_reason|conclusion): None is not one of"),
    # Asked by PyGithub for the statuses of a commit; the description has only /commits/{ref}/statuses.
    re.compile(r"GET /repos/[^/]+/[^/]+/statuses/\w+ is not described"),
    # PyGithub sends a bare list of names, which GitHub takes.
    re.compile(r"/issues/\d+/labels sent: : \["),
    # GitHub's own example of a pull request fails here too: `type` and more of a team are not in the schema.
    re.compile(r"requested_teams/\d+"),
    # The url that GitHub gives for a ref, and PyGithub follows, is not described for GET.
    re.compile(r"GET /repos/[^/]+/[^/]+/git/refs/\S+ is not described"),
    # Milestones are listed under a path that the slice leaves out.
    re.compile(r"GET /repos/[^/]+/[^/]+/milestones is not described"),
    # So GitHub answers every write to an archived repository; few calls are described with it.
    re.compile(r"^(?!GET).* answered 403, which is not described"),
    # GitHub takes no status that is too long, which is not described.
    re.compile(r"POST /repos/[^/]+/[^/]+/statuses/\w+ answered 422, which is not described"),
    # Served for every token by an installation; the description of users is left out of the slice.
    re.compile(r"GET /users/[^/]+ is not described"),
]

BESIDE = {
    "/app/installations/{installation_id}": {
        "get": {
            "parameters": [{"$ref": "#/components/parameters/installation-id"}],
            "responses": {
                "200": {
                    "description": "Response",
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/installation"}}
                    },
                },
                "404": {"$ref": "#/components/responses/not_found"},
            },
        }
    }
}
"""What the slice leaves out, word for word as the same version describes it (`@octokit/openapi` 23.0.2)."""


class Contract:
    """`problems` collects what does not agree, one line each."""

    def __init__(self, description: dict[str, Any]) -> None:
        self.description = description
        self.problems: list[str] = []
        resource = Resource(contents=description, specification=DRAFT4)
        self._registry = Registry().with_resource(_HOME, resource)
        self._templates = sorted(((_pattern(path), path) for path in description["paths"]), key=_plainness)

    @classmethod
    def load(cls) -> "Contract":
        if not DESCRIPTION.exists():
            pytest.skip("the description of GitHub's API is not beside the checkout")
        return cls(_read())

    def check(self, request: Request, answer: Answer) -> None:
        path = urlsplit(request.target).path.removeprefix(PREFIX)
        name = f"{request.method} {path}"
        template = self._template(path, request.method.lower())
        if template is None:
            self._complain(f"{name} is not described")
            return
        operation = self.description["paths"][template][request.method.lower()]
        pointer = f"/paths/{_escape(template)}/{request.method.lower()}"
        self._check_query(name, operation, template, request)
        self._check_body(name, operation, pointer, request)
        self._check_answer(name, operation, pointer, answer)

    def check_response(self, response: requests.Response, **_: object) -> None:
        """A hook: `session.hooks["response"].append(contract.check_response)`."""
        sent = response.request
        body = sent.body.encode() if isinstance(sent.body, str) else sent.body or b""
        assert sent.method
        target = sent.path_url
        answer = Answer(response.status_code, response.content, response.headers.get("Content-Type", ""))
        self.check(Request(sent.method, target, {}, body), answer)

    def _template(self, path: str, method: str) -> str | None:
        for pattern, template in self._templates:
            if pattern.fullmatch(path) and method in self.description["paths"][template]:
                return template
        return None

    def _check_query(self, name: str, operation: dict[str, Any], template: str, request: Request) -> None:
        parameters = [
            *operation.get("parameters", []),
            *self.description["paths"][template].get("parameters", []),
        ]
        known = {self._follow(parameter)["name"] for parameter in parameters}
        for key, _ in parse_qsl(urlsplit(request.target).query):
            if key not in known:
                self._complain(f"{name} is asked with the unknown parameter {key}")

    def _check_body(self, name: str, operation: dict[str, Any], pointer: str, request: Request) -> None:
        described = operation.get("requestBody", {}).get("content", {})
        if request.body and "application/json" in described:
            place = f"{pointer}/requestBody/content/application~1json/schema"
            self._validate(f"{name} sent", place, json.loads(request.body))
        elif request.body and request.method != "GET" and not described:
            self._complain(f"{name} takes no body")

    def _check_answer(self, name: str, operation: dict[str, Any], pointer: str, answer: Answer) -> None:
        responses = operation["responses"]
        if str(answer.status) not in responses:
            if answer.status not in (304, 401):  # every call may be answered so
                self._complain(f"{name} answered {answer.status}, which is not described")
            return
        place = f"{pointer}/responses/{answer.status}"
        described = responses[str(answer.status)]
        if "$ref" in described:
            place = described["$ref"].removeprefix("#")
        media_type = next(
            (kind for kind in self._follow(described).get("content", {}) if "json" in kind), None
        )
        if media_type:
            content = json.loads(answer.body)
            self._validate(f"{name} answered", f"{place}/content/{_escape(media_type)}/schema", content)
        elif answer.body and answer.status < 400:
            self._complain(f"{name} answered with a body, which is not described")

    def _follow(self, thing: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in thing:
            place: Any = self.description
            for part in thing["$ref"].removeprefix("#/").split("/"):
                place = place[part.replace("~1", "/").replace("~0", "~")]
            thing = place
        return thing

    def _validate(self, name: str, pointer: str, content: object) -> None:
        schema = {"$ref": f"{_HOME}#{pointer}"}
        validator = OAS30Validator(schema, registry=self._registry, format_checker=oas30_format_checker)
        for error in validator.iter_errors(content):
            where = "/".join(str(part) for part in error.absolute_path)
            self._complain(f"{name}: {where}: {error.message[:300]}")

    def _complain(self, problem: str) -> None:
        if not any(exception.search(problem) for exception in EXCEPTIONS):
            self.problems.append(problem)


class CheckedGitHub(GitHub):
    """Fails at the end where a REST exchange did not agree with the description."""

    def __init__(self) -> None:
        self.contract = Contract.load()
        super().__init__()

    def answer(self, request: Request) -> Answer:
        answer = super().answer(request)
        if request.path.startswith(f"{PREFIX}/"):
            self.contract.check(request, answer)
        return answer

    def __enter__(self) -> Self:
        super().__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        if kind is None and self.contract.problems:
            pytest.fail("\n".join(self.contract.problems))


@cache
def _read() -> dict[str, Any]:
    description: dict[str, Any] = json.loads(DESCRIPTION.read_bytes())
    return {**description, "paths": {**BESIDE, **description["paths"]}}


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"{(\w+)}", template)
    words = [re.escape(part) for part in parts[::2]]
    holes = [".+" if name in _WITH_SLASHES else "[^/]+" for name in parts[1::2]]
    return re.compile("".join(word + hole for word, hole in zip(words, [*holes, ""], strict=True)))


def _plainness(pair: tuple[re.Pattern[str], str]) -> tuple[int, int]:
    """The template with the fewest holes, then the longest, is meant."""
    return pair[1].count("{"), -len(pair[1])


def _escape(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")
