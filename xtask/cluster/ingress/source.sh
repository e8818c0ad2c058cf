#!/usr/bin/env bash
# source.sh FOLDER: makes the module that go.mod describes, with a lego that has no providers of DNS. The libraries of
# those are two hundred, some of which no proxy serves, and nothing here proves to a public authority whose a name is.
set -euo pipefail

lists=$(cd "$(dirname "$0")" && pwd)
rm -rf "$1"
mkdir -p "$1"
cp -r "$lists"/go.* "$lists/ext" "$1"
cd "$lists/lego"
go mod download github.com/go-acme/lego/v5
cp -r "$(go list -m -f '{{.Dir}}' github.com/go-acme/lego/v5)" "$1/lego"
chmod -R u+w "$1/lego"
rm -rf "$1/lego/providers"
mkdir -p "$1/lego/providers/dns"
cp dns.go "$1/lego/providers/dns"
