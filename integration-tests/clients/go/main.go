// Calls a running gateway with the client that oapi-codegen made of its document. Prints what it created.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"

	"github.com/google/uuid"

	"folkmoot.example/client/api"
)

func check(holds bool, what string, got any) {
	if !holds {
		fmt.Fprintf(os.Stderr, "%s: %+v\n", what, got)
		os.Exit(1)
	}
}

func must[T any](value T, err error) T {
	check(err == nil, "a call", err)
	return value
}

func main() {
	ctx := context.Background()
	authorize := func(_ context.Context, req *http.Request) error {
		req.Header.Set("Authorization", "Bearer "+os.Getenv("SECRET_KEY"))
		return nil
	}
	client := must(api.NewClientWithResponses(os.Getenv("GATEWAY"), api.WithRequestEditorFn(authorize)))

	campaign := must(uuid.Parse(os.Getenv("CAMPAIGN")))
	shown := must(client.GetPublicCampaignWithResponse(ctx, campaign))
	check(shown.JSON200 != nil && shown.JSON200.State == "live", "the demo's campaign", string(shown.Body))
	check(shown.JSON200.Counter.Total >= 0, "its counter", string(shown.Body))

	located := must(client.GetPostcodeWithResponse(ctx, "OX4 1AA", nil))
	check(located.JSON200 != nil, "a postcode", string(located.Body))

	ring := []api.Coordinates{{-1.3, 51.7}, {-1.1, 51.7}, {-1.1, 51.8}, {-1.3, 51.8}, {-1.3, 51.7}}
	var drawn api.Geometry
	check(drawn.FromPolygon(api.Polygon{Type: "Polygon", Coordinates: api.PolygonRings{ring}}) == nil, "a polygon", ring)
	within := must(client.ListPostcodesWithinWithResponse(ctx, api.Within{Geometry: &drawn}))
	check(within.JSON200 != nil && len(within.JSON200.Data) > 0, "postcodes in a polygon", string(within.Body))

	body := api.CreateCampaign{
		Kind:                "petition",
		Title:               os.Getenv("TITLE"),
		Body:                "Streets need shade.",
		Language:            "en",
		ControllerPolicyUrl: "https://trees.example.org/privacy",
		Consents:            &[]api.CreateConsent{{Id: "news", Purpose: "newsletter", Wording: "Send me news."}},
	}
	created := must(client.CreateCampaignWithResponse(ctx, nil, body))
	check(created.JSON201 != nil && created.JSON201.State == "draft", "a draft", string(created.Body))
	check(created.JSON201.PublishedAt == nil, "what is null", created.JSON201)

	body.Title = ""
	refused := must(client.CreateCampaignWithResponse(ctx, nil, body))
	problem := refused.ApplicationproblemJSON422
	check(problem != nil && problem.Status == 422, "an empty title is refused", string(refused.Body))
	check((*problem.Errors)[0].Pointer == "/title", "the error names the field", string(refused.Body))

	fmt.Println(created.JSON201.Id)
}
