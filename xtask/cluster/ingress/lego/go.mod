// The client of certificate authorities that Traefik brings, to be copied without its providers of DNS.
module folkmoot/cluster/lego

go 1.26.4

require github.com/go-acme/lego/v5 v5.4.1
