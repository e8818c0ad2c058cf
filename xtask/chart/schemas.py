"""Makes a folder of schemas for kubeconform: schemas.py CRDS FOLDER, where FOLDER has the wheel of kubernetes-validate."""

import json
import pathlib
import re
import subprocess
import sys
import zipfile

import yaml

VERSIONS = ["v1.30.0", "v1.37.0"]


class Loader(yaml.SafeLoader):
    """Reads `=`, which a definition has among its texts, as a text."""


Loader.yaml_implicit_resolvers = {
    first: [it for it in resolvers if it[0] != "tag:yaml.org,2002:value"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def local(schema):
    """Makes references local: the addresses of Kubernetes' schemas name a server that does not exist."""
    if isinstance(schema, list):
        return [local(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    members = {name: local(part) for name, part in schema.items() if name != "$id"}
    if isinstance(members.get("$ref"), str):
        members["$ref"] = re.sub(r"^[^#]*/", "", members["$ref"])
    return members


def kubernetes(folder):
    """Unpacks the schemas of Kubernetes."""
    (wheel,) = folder.glob("kubernetes_validate-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            found = re.search(r"/(v[0-9.]+)-local-strict/([^/]+\.json)$", name)
            if found and found[1] in VERSIONS:
                out = folder / f"{found[1]}-local-strict"
                out.mkdir(exist_ok=True)
                schema = local(json.loads(archive.read(name)))
                (out / found[2]).write_text(json.dumps(schema))
    wheel.unlink()


def strict(schema):
    """Refuses members that a schema does not name, as a server-side apply does."""
    if isinstance(schema, list):
        for part in schema:
            strict(part)
    elif isinstance(schema, dict):
        keeps = schema.get("x-kubernetes-preserve-unknown-fields")
        if "properties" in schema and "additionalProperties" not in schema and not keeps:
            schema["additionalProperties"] = False
        if schema.get("x-kubernetes-int-or-string"):
            schema.pop("type", None)
            schema["anyOf"] = [{"type": "integer"}, {"type": "string"}]
        for part in schema.values():
            strict(part)


def definitions(path):
    """The definitions of a file, or of the files in a folder."""
    for file in sorted(path.glob("*.yaml")) if path.is_dir() else [path]:
        for document in yaml.load_all(file.read_text(), Loader=Loader):
            if document and document.get("kind") == "CustomResourceDefinition":
                yield document


def write(definition, out):
    """One schema for each version of a custom resource, and the definition itself for a cluster."""
    names = definition["spec"]["names"]
    group = definition["spec"]["group"]
    (out.parent / "definitions" / f"{definition['metadata']['name']}.json").write_text(json.dumps(definition))
    for version in definition["spec"]["versions"]:
        schema = json.loads(json.dumps(version["schema"]["openAPIV3Schema"]))
        strict(schema)
        members = schema.setdefault("properties", {})
        members.update(apiVersion={"type": "string"}, kind={"type": "string"}, metadata={"type": "object"})
        (out / f"{names['kind'].lower()}_{group}_{version['name']}.json").write_text(json.dumps(schema))


def custom(lines, folder):
    """Downloads the modules, and writes the schemas of their definitions."""
    out = folder / "crds"
    out.mkdir(exist_ok=True)
    (folder / "definitions").mkdir(exist_ok=True)
    for line in lines:
        module, version, total, path = line.split()
        go = ["go", "mod", "download", "-json", f"{module}@{version}"]
        found = json.loads(subprocess.run(go, check=True, capture_output=True, cwd=folder).stdout)
        if found["Sum"] != total:
            sys.exit(f"{module}@{version} has the checksum {found['Sum']}")
        for definition in definitions(pathlib.Path(found["Dir"]) / path):
            write(definition, out)


def main():
    crds, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    kubernetes(folder)
    lines = [line for line in crds.read_text().splitlines() if line and not line.startswith("#")]
    custom(lines, folder)


main()
