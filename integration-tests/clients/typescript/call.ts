// Calls a running gateway with the types that openapi-typescript made of its document. Prints what it created.
import createClient from "openapi-fetch";

import type { components, paths, webhooks } from "./api.js";

declare const process: {
  env: Record<"GATEWAY" | "SECRET_KEY" | "CAMPAIGN" | "TITLE", string>;
};

function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

const client = createClient<paths>({
  baseUrl: process.env.GATEWAY,
  headers: { Authorization: `Bearer ${process.env.SECRET_KEY}` },
});

const shown = await client.GET("/v1/campaigns/{id}/public", {
  params: { path: { id: process.env.CAMPAIGN } },
});
check(shown.data?.state === "live", "the demo's campaign is live");
check(shown.data.counter.total >= 0, "its counter");

const located = await client.GET("/v1/geo/postcodes/{postcode}", {
  params: { path: { postcode: "OX4 1AA" } },
});
check(located.data?.result.outcode === "OX4", "a postcode");

const ring = [[-1.3, 51.7], [-1.1, 51.7], [-1.1, 51.8], [-1.3, 51.8], [-1.3, 51.7]];
const within = await client.POST("/v1/geo/within", {
  body: { geometry: { type: "Polygon", coordinates: [ring] } },
});
check(within.data !== undefined && within.data.data.length > 0, "postcodes in a polygon");

const campaign: components["schemas"]["CreateCampaign"] = {
  kind: "petition",
  title: process.env.TITLE,
  body: "Streets need shade.",
  language: "en",
  controller_policy_url: "https://trees.example.org/privacy",
  consents: [{ id: "news", purpose: "newsletter", wording: "Send me news." }],
};
const created = await client.POST("/v1/campaigns", { body: campaign });
check(created.data?.state === "draft", "the campaign is a draft");
check(created.data.message === null && created.data.published_at === null, "what is null");

const refused = await client.POST("/v1/campaigns", { body: { ...campaign, title: "" } });
check(refused.error?.status === 422, "an empty title is refused");
check(refused.error.errors?.[0]?.pointer === "/title", "the error names the field");

// What a receiver of webhooks gets.
type Erased = webhooks["person.erased"]["post"]["requestBody"]["content"]["application/json"];
const erased: Erased = {
  type: "person.erased",
  timestamp: "2026-01-01T00:00:00Z",
  data: { subject_id: created.data.id },
};
check(erased.data.subject_id === created.data.id, "a payload");

console.log(created.data.id);
