"""To check exchanges with the fake of Azure DevOps against the models of its own client library.

Microsoft generates the library from the service: it knows each call, what it is asked with, and every key of
what it is sent and answers. It is read, not run; `pip download` fetches it, as CI does where it is missing.
"""

import ast
import json
import os
import re
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qsl, unquote, urlsplit

PACKAGE = "azure-devops==7.1.0b4"
FOLDER = Path.home() / ".cache/updater-tests"
_FILE = "azure_devops-7.1.0b4-py3-none-any.whl"
_PULLS = r"/_apis/git/repositories/[^/]+/pullrequests"
_COMMIT = r"/_apis/git/repositories/[^/]+/commits/[^/]+"
_CALLS = {
    ("GET", r"/_apis/connectionData"): ("location/location", "get_connection_data"),
    ("GET", r"/_apis/permissions/[^/]+/\d+"): ("security/security", "has_permissions"),
    ("GET", r"/_apis/projects/[^/]+/teams"): ("core/core", "get_teams"),
    ("GET", r"/_apis/projects/[^/]+/teams/[^/]+/members"): (
        "core/core",
        "get_team_members_with_extended_properties",
    ),
    ("GET", r"/_apis/policy/evaluations"): ("policy/policy", "get_policy_evaluations"),
    ("GET", r"/_apis/git/policy/configurations"): ("git/git", "get_policy_configurations"),
    ("GET", r"/_apis/git/repositories/[^/]+"): ("git/git", "get_repository"),
    ("GET", _COMMIT): ("git/git", "get_commit"),
    ("GET", f"{_COMMIT}/statuses"): ("git/git", "get_statuses"),
    ("POST", f"{_COMMIT}/statuses"): ("git/git", "create_commit_status"),
    ("GET", _PULLS): ("git/git", "get_pull_requests"),
    ("POST", _PULLS): ("git/git", "create_pull_request"),
    ("GET", rf"{_PULLS}/\d+"): ("git/git", "get_pull_request"),
    ("PATCH", rf"{_PULLS}/\d+"): ("git/git", "update_pull_request"),
    ("GET", rf"{_PULLS}/\d+/commits"): ("git/git", "get_pull_request_commits"),
    ("GET", rf"{_PULLS}/\d+/iterations"): ("git/git", "get_pull_request_iterations"),
    ("GET", rf"{_PULLS}/\d+/iterations/\d+/changes"): ("git/git", "get_pull_request_iteration_changes"),
    ("GET", rf"{_PULLS}/\d+/statuses"): ("git/git", "get_pull_request_statuses"),
    ("POST", rf"{_PULLS}/\d+/statuses"): ("git/git", "create_pull_request_status"),
    ("GET", rf"{_PULLS}/\d+/threads"): ("git/git", "get_threads"),
    ("POST", rf"{_PULLS}/\d+/threads"): ("git/git", "create_thread"),
    ("PATCH", rf"{_PULLS}/\d+/threads/\d+/comments/\d+"): ("git/git", "update_comment"),
    ("POST", rf"{_PULLS}/\d+/labels"): ("git/git", "create_pull_request_label"),
    ("PUT", rf"{_PULLS}/\d+/reviewers/[^/]+"): ("git/git", "create_pull_request_reviewer"),
    ("GET", rf"{_PULLS}/\d+/properties"): ("git/git", "get_pull_request_properties"),
    ("PATCH", rf"{_PULLS}/\d+/properties"): ("git/git", "update_pull_request_properties"),
}
_BESIDES = {"api-version", "searchCriteria.queryTimeRangeType", "searchCriteria.minTime"}
"""What the published OpenAPI (MicrosoftDocs/vsts-rest-api-specs) has, and the library lags behind with."""
_ITS_OWN = {"PropertiesCollection", "GitPullRequestChange"}
"""Of the one the library has the .NET class, of the other not what it inherits. Both are here as the examples
beside the OpenAPI have them: `{"count", "value": {KEY: {"$type", "$value"}}}`."""
_PLAIN = {"str": str, "int": int, "bool": bool, "iso-8601": str, "float": (int, float)}


class Models:
    """Read strictly: what it does not name is wrong."""

    def __init__(self, wheel):
        self._wheel = wheel

    def problems(self, request, answer):
        """What does not agree, one line each."""
        path = unquote(urlsplit(request.target).path)
        if answer.status == 203 or answer.status >= 400 or "/_apis/" not in path:
            return []
        what = f"{request.method} {path}"
        described = self._call(request.method, path[path.index("/_apis/") :])
        if described is None:
            return [f"{what} is not known"]
        module, call = described
        asked = {key for key, _ in parse_qsl(urlsplit(request.target).query)}
        strange = [
            f"{what} is asked with the unknown parameter {key}" for key in asked - call.queries - _BESIDES
        ]
        sent = json.loads(request.body or b"null")
        told = json.loads(answer.body or b"null")
        if call.answers.startswith("[") and isinstance(told, dict):
            told = told["value"]
        return [
            *strange,
            *(self._compared(f"{what} sent $", module, call.takes, sent) if call.takes else ()),
            *self._compared(f"{what} answered $", module, call.answers, told),
        ]

    def _call(self, method, path):
        for (verb, pattern), (module, name) in _CALLS.items():
            if verb == method and re.fullmatch(pattern, path, re.IGNORECASE):
                return module.partition("/")[0], _calls(self._wheel, module)[name]
        return None

    def _compared(self, where, module, kind, content):
        if content is None or kind == "object" or kind in _ITS_OWN:
            return
        if kind.startswith("["):
            if not isinstance(content, list):
                yield f"{where} is no list"
                return
            for each in content:
                yield from self._compared(f"{where}[]", module, kind[1:-1], each)
        elif kind in _PLAIN:
            if not isinstance(content, _PLAIN[kind]):
                yield f"{where} is no {kind}: {content!r}"
        elif kind in _models(self._wheel, module):
            yield from self._of_model(where, module, kind, content)

    def _of_model(self, where, module, kind, content):
        known = _models(self._wheel, module)[kind]
        if not isinstance(content, dict):
            yield f"{where} is no {kind}"
            return
        for key, value in content.items():
            if key in known:
                yield from self._compared(f"{where}.{key}", module, known[key], value)
            else:
                yield f"{where}.{key} is no part of {kind}"


@cache
def _calls(wheel, module):
    """By their names."""
    file = "git/git_client_base" if module == "git/git" else f"{module}_client"
    functions = (each for each in ast.walk(_tree(wheel, file)) if isinstance(each, ast.FunctionDef))
    return {each.name: _Call(each) for each in functions}


@cache
def _models(wheel, module):
    """Keys and their types, by the name of a model."""
    found = {}
    for model in (each for each in _tree(wheel, f"{module}/models").body if isinstance(each, ast.ClassDef)):
        maps = [
            each.value
            for each in model.body
            if isinstance(each, ast.Assign) and each.targets[0].id == "_attribute_map"
        ]
        named = ast.literal_eval(maps[0]) if maps else {}
        found[model.name] = {each["key"]: each["type"] for each in named.values()}
    return found


def _tree(wheel, file):
    with zipfile.ZipFile(wheel) as opened:
        return ast.parse(opened.read(f"azure/devops/v7_1/{file}.py"))


class _Call:
    """What a function of the library sends and reads."""

    def __init__(self, function):
        self.queries, self.takes, self.answers = set(), None, "object"
        for node in ast.walk(function):
            if isinstance(node, ast.Subscript) and getattr(node.value, "id", "") == "query_parameters":
                self.queries.add(node.slice.value)
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "body":
                self.takes = node.args[1].value
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "_deserialize":
                self.answers = node.args[0].value


@cache
def azure():
    """None where it is not at hand."""
    wheel = FOLDER / _FILE
    if not wheel.exists() and os.environ.get("CI") == "true":
        FOLDER.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=FOLDER) as folder:  # others may fetch it, too
            words = ["download", "--quiet", "--no-deps", "--dest", folder, PACKAGE]
            subprocess.run([sys.executable, "-m", "pip", *words], check=True, timeout=300)
            (Path(folder) / _FILE).replace(wheel)
    return Models(wheel) if wheel.exists() else None
