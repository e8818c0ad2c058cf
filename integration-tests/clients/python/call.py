"""Calls a running gateway with the client that openapi-python-client made of its document. Prints what it created."""

import importlib
import os
import pkgutil
import uuid

import folkmoot_client
from folkmoot_client import AuthenticatedClient
from folkmoot_client.api.campaigns import create_campaign, get_public_campaign
from folkmoot_client.api.geo import get_postcode, list_postcodes_within
from folkmoot_client.models import (
    CampaignKind,
    CampaignState,
    CreateCampaign,
    CreateConsent,
    Polygon,
    PolygonType,
    ProblemDetails,
    PublicCampaignState,
    Within,
)

for module in pkgutil.walk_packages(folkmoot_client.__path__, "folkmoot_client."):
    importlib.import_module(module.name)

client = AuthenticatedClient(base_url=os.environ["GATEWAY"], token=os.environ["SECRET_KEY"])

shown = get_public_campaign.sync(uuid.UUID(os.environ["CAMPAIGN"]), client=client)
assert shown.state == PublicCampaignState.LIVE, shown
assert shown.counter.total >= 0, shown

located = get_postcode.sync("OX4 1AA", client=client)
assert located.result.outcode == "OX4", located

ring = [[-1.3, 51.7], [-1.1, 51.7], [-1.1, 51.8], [-1.3, 51.8], [-1.3, 51.7]]
drawn = Polygon(type_=PolygonType.POLYGON, coordinates=[ring])
within = list_postcodes_within.sync(client=client, body=Within(geometry=drawn))
assert within.data, within

campaign = CreateCampaign(
    kind=CampaignKind.PETITION,
    title=os.environ["TITLE"],
    body="Streets need shade.",
    language="en",
    controller_policy_url="https://trees.example.org/privacy",
    consents=[CreateConsent(id="news", purpose="newsletter", wording="Send me news.")],
)
created = create_campaign.sync(client=client, body=campaign)
assert created.state == CampaignState.DRAFT, created
assert created.message is None and created.published_at is None, created

campaign.title = ""
refused = create_campaign.sync(client=client, body=campaign)
assert isinstance(refused, ProblemDetails) and refused.status == 422, refused
assert refused.errors[0].pointer == "/title", refused

print(created.id)
