#!/usr/bin/env bash
# k8s.io/client-go v0.37.2 (Go module), package util/keyutil, as kube-apiserver uses it for the keys of service accounts.
#
# Expected: a key file that `--service-account-signing-key-file` accepts is accepted by `--service-account-key-file` too, which
# is documented to take private or public keys in PEM.
# Seen: `openssl genpkey` and current OpenSSL in general write private keys as PKCS#8 ("BEGIN PRIVATE KEY"). The function behind
# the first flag (PrivateKeyFromFile) reads them; the one behind the second (PublicKeysFromFile) does not, and fails with
# "data does not contain any valid RSA or ECDSA public keys". The same key in the older form ("BEGIN EC PRIVATE KEY"), or its
# public half, is read by both. kube-apiserver 1.37.2 ends at start with that message.
# Needs Go 1.26 and openssl. Fails if the behaviour changes.
set -euo pipefail

dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
export GOPATH="$dir/go" GOFLAGS=-mod=mod

openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out pkcs8.pem 2>/dev/null
openssl ec -in pkcs8.pem -out sec1.pem 2>/dev/null
openssl pkey -in pkcs8.pem -pubout -out public.pem

cat > main.go <<'GO'
package main

import (
	"fmt"

	"k8s.io/client-go/util/keyutil"
)

func main() {
	for _, file := range []string{"pkcs8.pem", "sec1.pem", "public.pem"} {
		_, private := keyutil.PrivateKeyFromFile(file)
		_, public := keyutil.PublicKeysFromFile(file)
		fmt.Printf("%s private=%t public=%t\n", file, private == nil, public == nil)
	}
}
GO
go mod init finding >/dev/null 2>&1
go get k8s.io/client-go@v0.37.2 >/dev/null 2>&1
seen=$(go run .)
printf '%s\n' "$seen"
[[ $seen == "pkcs8.pem private=true public=false
sec1.pem private=true public=true
public.pem private=false public=true" ]]
