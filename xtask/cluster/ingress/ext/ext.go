// Package ext adds no fields to Traefik's configuration.
package ext

// HTTP adds nothing to what all routers share.
type HTTP struct{}

// Router adds nothing to a router.
type Router struct{}
