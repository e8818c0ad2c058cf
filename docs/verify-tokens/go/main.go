// Command verify-token verifies access tokens of Folkmoot with golang-jwt and keyfunc.
//
//	usage: verify-token JWKS_URL < tokens
//
// It prints the claims of each token, or why it is refused, one line each.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
)

var errType = errors.New("not an access token")

// verify returns the claims of a token.
func verify(token string, keys keyfunc.Keyfunc) (jwt.MapClaims, error) {
	claims := jwt.MapClaims{}
	parsed, err := jwt.ParseWithClaims(token, claims, keys.Keyfunc,
		jwt.WithValidMethods([]string{"EdDSA"}),
		jwt.WithIssuer("gateway"),
		jwt.WithAudience("gateway"),
		jwt.WithExpirationRequired(),
	)
	if err != nil {
		return nil, err
	}
	// golang-jwt checks neither the type nor claims that it does not know.
	typ, _ := parsed.Header["typ"].(string)
	if strings.TrimPrefix(strings.ToLower(typ), "application/") != "at+jwt" {
		return nil, errType
	}
	for _, name := range []string{"sub", "iat", "jti", "client_id"} {
		if _, ok := claims[name]; !ok {
			return nil, fmt.Errorf("the claim %s is missing", name)
		}
	}
	return claims, nil
}

func main() {
	// Fetches the published keys, once an hour again, and when a token names a new one.
	keys, err := keyfunc.NewDefaultCtx(context.Background(), []string{os.Args[1]})
	if err != nil {
		log.Fatal(err)
	}
	tokens := bufio.NewScanner(os.Stdin)
	for tokens.Scan() {
		claims, err := verify(tokens.Text(), keys)
		if err != nil {
			fmt.Println("refused:", err)
			continue
		}
		text, err := json.Marshal(claims)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(string(text))
	}
}
