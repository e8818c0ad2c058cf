"""Holds notices to the `webhooks` of an OpenAPI document: stdin is a JSON list of headers and bodies."""

import json
import sys

import yaml
from openapi_schema_validator import OAS31Validator, oas31_format_checker

with open(sys.argv[1], encoding="utf-8") as file:
    document = yaml.safe_load(file)


def resolve(value):
    while "$ref" in value:
        found = document
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        value = found
    return value


def validate(value, schema):
    root = {**schema, "components": document["components"]}
    OAS31Validator(root, format_checker=oas31_format_checker).validate(value)


def nothing_more(value, schema):
    assert value.keys() == schema["properties"].keys(), (value, schema)


seen = set()
for sent in json.load(sys.stdin):
    body = json.loads(sent["body"])
    seen.add(body["type"])
    operation = document["webhooks"][body["type"]]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    validate(body, schema)
    nothing_more(body, resolve(schema))
    nothing_more(body["data"], resolve(resolve(schema)["properties"]["data"]))
    for parameter in map(resolve, operation["parameters"]):
        text = sent["headers"][parameter["name"]]
        number = resolve(parameter["schema"])["type"] == "integer"
        validate(int(text) if number else text, parameter["schema"])
assert seen == document["webhooks"].keys(), seen
assert seen == set(document["components"]["schemas"]["WebhookEventType"]["enum"]), seen
