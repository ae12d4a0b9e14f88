"""To check exchanges with the fakes of Argo CD and Gitea against the swagger that each of them publishes.

Argo CD's lies beside the checkout. Gitea's comes with its Go module: `go mod download` puts it into Go's
cache, and CI does so where it is missing.
"""

import json
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from jsonschema import Draft4Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from updater.sandbox import ArgoCD, Gitea

ARGOCD = Path(__file__).resolve().parents[1] / ".." / "shared" / "cases" / "argocd-swagger.json"
GITEA_MODULE = "code.gitea.io/gitea@v1.26.0"
GITEA = Path(os.environ.get("GOMODCACHE") or Path.home() / "go/pkg/mod") / GITEA_MODULE
_HOME = "urn:swagger"


class Description:
    """Swagger 2, read strictly: what it does not name is wrong."""

    def __init__(self, content, *, prefix="", exceptions=(), nulls=(), statuses=(), besides=()):
        """Take what is known besides: parameters, patterns of what may be null, and of answers there are."""
        self._content, self._prefix, self._besides = content, prefix, re.compile("|".join(besides) or "(?!)")
        self._statuses = [re.compile(each) for each in ("answered 401", *statuses)]
        self._exceptions, self._nulls = set(exceptions), [re.compile(each) for each in nulls]
        self._registry = Registry().with_resource(_HOME, Resource(contents=content, specification=DRAFT4))

    def problems(self, request, answer):
        """What does not agree, one line each."""
        path = urlsplit(request.target).path.removeprefix(self._prefix)
        operation = self._operation(request.method.lower(), path)
        name = f"{request.method} {path}"
        if operation is None:
            return [f"{name} is not described"]
        parameters = operation.get("parameters", ())
        known = {each["name"] for each in parameters if each["in"] == "query"} | self._exceptions
        asked = {key for key, _ in parse_qsl(urlsplit(request.target).query)}
        strange = [f"{name} is asked with the unknown parameter {key}" for key in sorted(asked - known)]
        sent = [each["schema"] for each in parameters if each["in"] == "body"]
        compared = self._compared(f"{name} sent", sent[0], request.body) if sent else ()
        found = [*strange, *compared, *self._of_answer(name, operation["responses"], answer)]
        return [problem for problem in found if not self._besides.search(problem)]

    def _of_answer(self, name, responses, answer):
        described = responses.get(str(answer.status), responses.get("default"))
        if described is None:
            said = f"{name} answered {answer.status}, which is not described"
            return [] if any(each.search(said) for each in self._statuses) else [said]
        described = self._followed(described)
        if "schema" not in described:
            return [f"{name} answered a body"] if answer.status < 300 and answer.body.strip() else []
        return self._compared(f"{name} answered", described["schema"], answer.body)

    def _compared(self, name, schema, body):
        content = json.loads(body or b"{}")
        wrong = (f"{error.json_path}: {error.message}"[:300] for error in self._errors(schema, content))
        for problem in wrong:
            if not any(null.fullmatch(problem) for null in self._nulls):
                yield f"{name}: {problem}"
        yield from (f"{name}: {problem}" for problem in self._unknown(content, schema, "$"))

    def _errors(self, schema, content):
        given = {"$ref": _HOME + schema["$ref"]} if "$ref" in schema else _absolute(schema)
        checker = Draft4Validator.FORMAT_CHECKER
        return Draft4Validator(given, registry=self._registry, format_checker=checker).iter_errors(content)

    def _unknown(self, content, schema, where):
        """A misspelt property would pass: the description does not say that there are no others."""
        if schema.get("$ref", "").endswith("RawExtension"):  # whatever JSON somebody has put there
            return []
        schema = self._followed(schema)
        if isinstance(content, list):
            items = schema.get("items", {})
            return [problem for each in content for problem in self._unknown(each, items, f"{where}[]")]
        if not isinstance(content, dict) or "properties" not in schema:
            return []
        known = schema["properties"]
        strange = [f"{where}.{key} is not described" for key in content if key not in known]
        deeper = [
            self._unknown(content[key], known[key], f"{where}.{key}") for key in content if key in known
        ]
        return strange + [problem for each in deeper for problem in each]

    def _followed(self, thing):
        while "$ref" in thing:
            _, kind, name = thing["$ref"].split("/")
            thing = self._content[kind][name]
        return thing

    def _operation(self, method, path):
        """The template with the fewest holes is meant."""
        found = [each for each in self._content["paths"] if _pattern(each).fullmatch(path)]
        described = (self._content["paths"][each] for each in sorted(found, key=lambda each: each.count("{")))
        return next((each[method] for each in described if method in each), None)


@cache
def argocd():
    """None where it is not at hand."""
    # Go writes an empty list as null, and so does Argo CD. `fields` is read before the described handlers, as
    # Argo CD's own page does; who does not know it sends all.
    nulls = [r"\$\.items: None is not of type 'array'"]
    content = json.loads(ARGOCD.read_bytes()) if ARGOCD.exists() else None
    return content and Description(content, exceptions={"fields"}, nulls=nulls)


@cache
def gitea():
    """None where it is not at hand."""
    file = GITEA / "templates/swagger/v1_json.tmpl"
    if not file.exists() and os.environ.get("CI") == "true" and (go := shutil.which("go")):
        subprocess.run([go, "mod", "download", GITEA_MODULE], check=True, timeout=600)
    if not file.exists():
        return None
    content = json.loads(re.sub(r"\{\{[^}]*\}\}", "-", file.read_text()))
    # Go writes what is not there as null, and so does Gitea: people, milestones, instants, an empty timeline.
    nulls = [r"\$.*: None is not of type '(?:object|string|array)'"]
    # It answers so where a merge waits for its checks (routers/api/v1/repo/pull.go).
    statuses = [r"POST \S+/merge answered 201"]
    # Of a comparison it reads them, too (routers/api/v1/repo/compare.go).
    return Description(
        content,
        prefix="/api/v1",
        exceptions={"verification", "files"},
        nulls=nulls,
        statuses=statuses,
        besides=[
            # Their names of old, which it still takes (services/forms/repo_form.go) and Forgejo knows alone.
            r"\.Merge(Title|Message)Field is not described",
            # A real one says so (modules/structs/user.go), and has organizations without an address.
            r"\.username is not described",
            r"email: '' is not a 'email'",
        ],
    )


def problems(request, answer):
    """What does not agree with the description of Argo CD, one line each."""
    if argocd() is None:
        pytest.skip("the description of Argo CD's API is not beside the checkout")
    return argocd().problems(request, answer)


class _Checked:
    """Fails at the end where an exchange by its own API did not agree with its description.

    Where the description is not at hand, a fake like any other.
    """

    description = staticmethod(lambda: None)

    def __init__(self, *given, **named):
        super().__init__(*given, **named)
        self.problems = []

    def answer(self, request):
        answer = super().answer(request)
        if self.description() and request.path.startswith("/api/"):
            self.problems += self.description().problems(request, answer)
        return answer

    def __exit__(self, kind, error, trace):
        super().__exit__(kind, error, trace)
        if kind is None and self.problems:
            pytest.fail("\n".join(dict.fromkeys(self.problems)))


class CheckedArgoCD(_Checked, ArgoCD):
    description = staticmethod(argocd)


class CheckedGitea(_Checked, Gitea):
    description = staticmethod(gitea)


def _absolute(schema):
    """Its references as seen from anywhere."""
    return json.loads(json.dumps(schema).replace('"#/', f'"{_HOME}#/'))


def _pattern(template):
    return re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)))
