"""Adds the latest token that the test has written to each request."""

import os

import schemathesis


@schemathesis.auth(refresh_interval=10)
class Token:
    def get(self, case, context):
        with open(os.environ["FOLKMOOT_TEST_TOKEN"], encoding="ascii") as file:
            return file.read()

    def set(self, case, data, context):
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}
