"""Calls a Python client of postcodes.io: `python -c THIS MODULE CLASS BASE CALLS`, where a call is
[method, arguments] and the arguments are a list, or an object of named ones. Prints the client's methods, and the answer of
each call; an error that the client raises is an answer too."""

import importlib
import json
import sys

module, kind, base, calls = sys.argv[1:]
client = getattr(importlib.import_module(module), kind)(base_url=base)


def answer(method, given):
    call = getattr(client, method)
    try:
        return call(**given) if isinstance(given, dict) else call(*given)
    except Exception as error:
        return {"raised": type(error).__name__, "says": str(error)}


methods = [
    name
    for name in dir(client)
    if not name.startswith("_") and callable(getattr(client, name))
]
answers = [answer(method, given) for method, given in json.loads(calls)]
print(json.dumps({"methods": methods, "answers": answers}))
