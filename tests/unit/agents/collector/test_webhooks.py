"""Webhooks: what a vendor's event means, whether it is the vendor's, and what the vendor is told."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from support.collector import NOW, Edge, collector

from agents.collector.settings import WriteKey

MAIL = "dana@acme.example"
SENDGRID = {
    "email": MAIL,
    "timestamp": 1795340000,
    "event": "click",
    "sg_event_id": "sg-1",
    "sg_message_id": "m1.filter001.1",
    "url": "https://www.example.com/pricing",
    "useragent": "Mozilla/5.0 (Windows NT 10.0) Chrome/156.0.0.0",
    "ip": "198.51.100.7",
    "category": ["q4"],
    "content_id": "wp-9",
}
MAILGUN = {
    "signature": {"timestamp": "1795340000", "token": "t-1", "signature": ""},
    "event-data": {
        "event": "opened",
        "timestamp": 1795340000.25,
        "id": "mg-1",
        "recipient": MAIL,
        "tags": ["q4"],
        "user-variables": {"sender_kind": "marketing"},
        "client-info": {"user-agent": "Mozilla/5.0 (X11) Chrome/156.0", "bot": "apple"},
        "message": {"headers": {"message-id": "m1@mail.example"}},
    },
}
POSTMARK = {
    "RecordType": "Click",
    "Recipient": MAIL,
    "MessageID": "pm-1",
    "ReceivedAt": "2026-11-22T10:00:00Z",
    "OriginalLink": "https://www.example.com/docs",
    "Tag": "q4",
    "UserAgent": "Mozilla/5.0 (X11) Chrome/156.0",
}
HUBSPOT = {
    "eventId": 100,
    "portalId": 7,
    "occurredAt": 1795340000000,
    "subscriptionType": "company.propertyChange",
    "objectId": 1246965,
    "propertyName": "numberofemployees",
    "propertyValue": "900",
    "attemptNumber": 0,
}
HUBSPOT_STATUS = HUBSPOT | {
    "subscriptionType": "contact.propertyChange",
    "propertyName": "hs_lead_status",
    "propertyValue": "BAD_TIMING",
    "sales_ready_id": "sr-1",
    "account_id": "acct-77",
}
SALESFORCE = {
    "attributes": {"type": "Lead"},
    "Id": "00Q1",
    "Status": "Closed - Converted",
    "Intent_Sales_Ready_Id__c": "sr-1",
    "ConvertedAccountId": "001A",
    "LastModifiedDate": "2026-11-22T10:00:00.000+0000",
}
MARKETO = {
    "marketoGUID": "mk-1",
    "leadId": 42,
    "activityDate": "2026-11-22T10:00:00Z",
    "activityTypeId": 11,
    "campaignId": 5,
    "email": MAIL,
    "attributes": {"Link": "https://www.example.com/demo", "Is Bot Activity": True},
}
ZOOM = {
    "event": "webinar.participant_left",
    "event_ts": 1795340000000,
    "payload": {
        "object": {
            "id": "w-1",
            "uuid": "run-1",
            "duration": 60,
            "participant": {
                "email": MAIL,
                "join_time": "2026-11-22T10:00:00Z",
                "leave_time": "2026-11-22T10:30:00Z",
            },
        }
    },
}
GOTO = {
    "eventName": "registrant.added",
    "product": "g2w",
    "eventKey": "e-1",
    "webinarKey": 9223372036854775806,
    "registrantKey": 8001,
    "email": MAIL,
    "timestamp": "2026-11-22T10:00:00Z",
}
ON24 = {
    "email": MAIL,
    "eventid": 55,
    "eventuserid": 9,
    "liveminutes": 44,
    "archiveminutes": 12,
    "askedquestions": 2,
    "lastliveactivity": "2026-11-22T10:00:00-00:00",
}
G2 = {
    "company_domain": "acme.example",
    "signal_type": "comparison",
    "product_name": "Ours",
    "time": "2026-11-22T10:00:00Z",
}
MEANINGS: list[tuple[str, Any, str, dict[str, Any]]] = [
    (
        "sendgrid",
        SENDGRID,
        "email",
        {
            "type": "click",
            "event_id": "sg-1",
            "email": MAIL,
            "email_id": "m1",
            "campaign_id": "q4",
            "content_id": "wp-9",
        },
    ),
    ("sendgrid", SENDGRID | {"event": "open", "sg_machine_open": True}, "email", {"is_machine_open": True}),
    ("sendgrid", SENDGRID | {"event": "bounce", "type": "bounce"}, "email", {"type": "bounce_hard"}),
    ("sendgrid", SENDGRID | {"event": "spamreport"}, "email", {"type": "complaint"}),
    ("sendgrid", SENDGRID | {"event": "group_unsubscribe"}, "email", {"type": "unsubscribe"}),
    (
        "sendgrid",
        SENDGRID | {"useragent": "python-requests/2.32"},
        "email",
        {"is_bot": True, "bot_reason": "user_agent"},
    ),
    (
        "mailgun",
        MAILGUN,
        "email",
        {
            "type": "open",
            "event_id": "mg-1",
            "occurred_at": "2026-11-22T09:33:20.250Z",
            "is_machine_open": True,
            "sender_kind": "marketing",
            "email_id": "m1@mail.example",
        },
    ),
    (
        "postmark",
        POSTMARK,
        "email",
        {"type": "click", "link_id": "https://www.example.com/docs", "campaign_id": "q4"},
    ),
    (
        "postmark",
        {
            "RecordType": "Bounce",
            "Type": "HardBounce",
            "Email": MAIL,
            "MessageID": "x",
            "BouncedAt": "2026-11-22T10:00:00Z",
        },
        "email",
        {"type": "bounce_hard"},
    ),
    ("hubspot", [HUBSPOT], "accounts", {"account_id": "1246965", "employees": 900, "event_id": "7-100"}),
    (
        "hubspot",
        [HUBSPOT_STATUS],
        "dispositions",
        {"status": "recycled", "reason": "bad_timing", "sales_ready_id": "sr-1", "account_id": "acct-77"},
    ),
    (
        "hubspot",
        [{"type": "CLICK", "id": "h-1", "recipient": MAIL, "created": 1795340000000, "filteredEvent": True}],
        "email",
        {"type": "click", "is_bot_click": True},
    ),
    ("salesforce", SALESFORCE, "dispositions", {"status": "converted_sql", "account_id": "001A"}),
    (
        "salesforce",
        {
            "attributes": {"type": "Account"},
            "Id": "001A",
            "Website": "https://www.acme.example",
            "NumberOfEmployees": 900,
        },
        "accounts",
        {"account_id": "001A", "account_domain": "acme.example", "employees": 900},
    ),
    ("marketo", MARKETO, "email", {"type": "click", "contact_id": "42", "is_bot_click": True}),
    (
        "marketo",
        MARKETO
        | {
            "activityTypeId": "1",
            "attributes": json.dumps({"Webpage URL": "https://www.example.com/pricing"}),
        },
        "web",
        {"type": "page_view", "page_category": "pricing", "contact_id": "42"},
    ),
    (
        "zoom",
        ZOOM,
        "content",
        {"type": "webinar_attended", "minutes": 30, "completion_pct": 50, "content_id": "w-1"},
    ),
    (
        "gotowebinar",
        GOTO,
        "content",
        {"type": "webinar_registered", "content_id": "9223372036854775806", "email": MAIL},
    ),
    (
        "on24",
        ON24 | {"archiveminutes": 0, "askedquestions": 0},
        "content",
        {"type": "webinar_attended", "minutes": 44},
    ),
    (
        "on24",
        {"email": MAIL, "eventid": 55, "createtimestamp": "2026-11-20"},
        "content",
        {"type": "webinar_registered"},
    ),
    (
        "g2",
        G2,
        "thirdparty",
        {"type": "review_site", "review_action": "compare", "account_domain": "acme.example"},
    ),
    (
        "g2",
        {"data": [{"id": "9", "attributes": G2}]},
        "thirdparty",
        {"review_action": "compare", "event_id": "9"},
    ),
    (
        "generic",
        {"type": "reply", "occurred_at": "2026-11-22T10:00:00Z", "email": MAIL, "event_id": "r-1"},
        "email",
        {"type": "reply", "source": "generic"},
    ),
]


@pytest.mark.parametrize(("vendor", "payload", "stream", "expected"), MEANINGS)
async def test_an_event_of_a_vendor_is_one_record(
    edge: Edge, vendor: str, payload: Any, stream: str, expected: dict[str, Any]
) -> None:
    answer = await edge.post(f"/webhooks/{vendor}", payload)
    again = await edge.post(f"/webhooks/{vendor}/", payload)
    first, second = edge.producer.values(f"intent.{stream}.v1")

    assert (answer.status, again.status) == (200, 200)
    assert await answer.json() == {"success": True, "accepted": 1, "rejected": 0}
    assert {name: first.get(name) for name in expected} == expected
    assert first["event_id"] == second["event_id"]
    assert len(edge.producer.sent) == 2


@pytest.mark.parametrize(
    ("vendor", "payload"),
    [
        ("sendgrid", [SENDGRID | {"event": "processed"}, SENDGRID | {"event": "bounce", "type": "blocked"}]),
        ("mailgun", {"event-data": {"event": "failed", "severity": "temporary"}}),
        ("postmark", {"RecordType": "Bounce", "Type": "SoftBounce"}),
        ("hubspot", [HUBSPOT | {"subscriptionType": "contact.creation"}]),
        ("salesforce", SALESFORCE | {"Status": "Open - Not Contacted"}),
        ("marketo", MARKETO | {"activityTypeId": 6}),
        ("zoom", {"event": "webinar.ended"}),
        ("gotowebinar", {"eventName": "webinar.created"}),
    ],
)
async def test_events_that_mean_nothing_are_let_go(edge: Edge, vendor: str, payload: Any) -> None:
    answer = await edge.post(f"/webhooks/{vendor}", payload)

    assert answer.status == 200
    assert edge.producer.sent == []


async def test_bad_events_of_an_array_are_dead_letters_with_their_bytes_and_good_ones_land(
    edge: Edge,
) -> None:
    bad = b'{"event": "click",  "email": ""}'
    body = b"[" + json.dumps(SENDGRID).encode() + b", " + bad + b', 7, {"event":"nonsense"}]'
    answer = await edge.post("/webhooks/sendgrid", body)

    assert await answer.json() == {"success": True, "accepted": 1, "rejected": 3}
    assert edge.producer.dead() == [
        ("missing_field", bad),
        ("not_an_object", b"7"),
        ("unknown_type", b'{"event":"nonsense"}'),
    ]


async def test_an_attendee_of_on24_is_a_record_for_each_thing_they_did(edge: Edge) -> None:
    await edge.post("/webhooks/on24", {"attendees": [ON24]})
    values = edge.producer.values("intent.content.v1")

    assert [value["type"] for value in values] == ["webinar_attended", "webinar_on_demand", "question_asked"]
    assert len({value["event_id"] for value in values}) == 3


async def test_somebody_who_left_and_came_back_has_the_minutes_of_both_stays(edge: Edge) -> None:
    later = json.loads(json.dumps(ZOOM))
    later["payload"]["object"]["uuid"] = "run-2"
    await edge.post("/webhooks/zoom", later)
    person = later["payload"]["object"]["participant"]
    person |= {"join_time": "2026-11-22T10:40:00Z", "leave_time": "2026-11-22T10:50:00Z"}
    for _ in range(2):
        await edge.post("/webhooks/zoom", later)
    first, second, again = edge.producer.values("intent.content.v1")

    assert [first["minutes"], second["minutes"], again["minutes"]] == [30, 40, 40]
    assert second["event_id"] == again["event_id"] != first["event_id"]


async def test_marketos_extract_is_read_as_csv(edge: Edge) -> None:
    text = (
        "marketoGUID,leadId,activityDate,activityTypeId,campaignId,primaryAttributeValueId,primaryAttributeValue,"
        'attributes\nmk-7,42,2026-11-22T10:00:00Z,2,5,9,demo_request,"{""Webpage URL"":""/demo""}"\n'
    )
    await edge.post("/webhooks/marketo", text)
    (value,) = edge.producer.values("intent.web.v1")

    assert (value["type"], value["form_kind"], value["event_id"]) == ("form_submit", "demo_request", "mk-7")


async def test_without_a_secret_a_write_key_is_needed_and_the_source_may_be_named() -> None:
    async with collector(write_keys=(WriteKey("k", "mails", "t1"),)) as edge:
        refused = await edge.client.post("/webhooks/sendgrid", data=json.dumps([SENDGRID]))
        named = await edge.client.post("/webhooks/sendgrid/mails?writeKey=k", data=json.dumps([SENDGRID]))
        (value,) = edge.producer.values("intent.email.v1")

    assert (refused.status, named.status) == (401, 200)
    assert (value["source"], value["tenant_id"]) == ("mails", "t1")


def stamp(offset: int = 0) -> int:
    return int(NOW.timestamp()) + offset


def hmac_hex(secret: str, signed: bytes) -> str:
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC = base64.b64encode(
    KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
).decode()
SECRET = "whsec_" + base64.b64encode(b"k" * 24).decode()


def signed_by(vendor: str, body: bytes) -> dict[str, str]:
    """The headers that the vendor would send."""
    if vendor == "sendgrid":
        signature = base64.b64encode(KEY.sign(b"1795340000" + body, ec.ECDSA(SHA256()))).decode()
        return {
            "X-Twilio-Email-Event-Webhook-Signature": signature,
            "X-Twilio-Email-Event-Webhook-Timestamp": "1795340000",
        }
    if vendor == "postmark":
        return {"Authorization": "Basic " + base64.b64encode(b"user:secret").decode()}
    if vendor == "hubspot":
        text = b"POSThttps://in.example/webhooks/hubspot" + body + f"{stamp()}000".encode()
        digest = hmac.new(b"secret", text, hashlib.sha256).digest()
        return {
            "X-HubSpot-Signature-v3": base64.b64encode(digest).decode(),
            "X-HubSpot-Request-Timestamp": f"{stamp()}000",
        }
    if vendor == "zoom":
        return {
            "x-zm-signature": "v0=" + hmac_hex("secret", b"v0:1795340000:" + body),
            "x-zm-request-timestamp": "1795340000",
        }
    digest = hmac.new(b"k" * 24, f"id-1.{stamp()}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": "id-1",
        "webhook-timestamp": str(stamp()),
        "webhook-signature": "v1,AAAA v1," + base64.b64encode(digest).decode(),
    }


SIGNING = {
    "sendgrid": ({"sendgrid_public_key": PUBLIC}, SENDGRID, 401),
    "postmark": ({"postmark_basic_auth": "user:secret"}, POSTMARK, 403),
    "hubspot": ({"hubspot_client_secret": "secret", "public_url": "https://in.example"}, [HUBSPOT], 401),
    "zoom": ({"zoom_secret_token": "secret"}, ZOOM, 401),
    "generic": (
        {"webhook_secret": SECRET},
        {"type": "reply", "occurred_at": "2026-11-22", "email": MAIL},
        401,
    ),
}


async def test_svix_names_the_headers_of_standard_webhooks_its_own_way() -> None:
    event = {"type": "page_view", "occurred_at": "2026-11-22T11:00:00Z", "email": MAIL, "url": "/pricing"}
    body = json.dumps(event).encode()
    headers = {name.replace("webhook-", "svix-"): text for name, text in signed_by("generic", body).items()}
    async with collector(webhook_secret=SECRET) as edge:
        good = await edge.client.post("/webhooks/generic", data=body, headers=headers)
        forged = await edge.client.post("/webhooks/generic", data=body + b" ", headers=headers)

        assert (good.status, forged.status) == (200, 401)
        assert [record["event_id"] for record in edge.producer.values("intent.web.v1")] == ["id-1"]


@pytest.mark.parametrize("vendor", sorted(SIGNING))
async def test_a_signed_webhook_needs_its_signature_and_no_write_key(vendor: str) -> None:
    secrets, payload, refusal = SIGNING[vendor]
    body = json.dumps(payload).encode()
    path, headers = f"/webhooks/{vendor}", signed_by(vendor, body)
    async with collector(**secrets) as edge:
        good = await edge.client.post(path, data=body, headers=headers)
        stored = len(edge.producer.sent)
        unsigned = await edge.post(path, body)
        half = dict(list(headers.items())[:-1])
        partial = await edge.client.post(path, data=body, headers=half)
        wrong = {name: text[:-3] + "AAA" for name, text in headers.items()}
        forged = await edge.client.post(path, data=body, headers=wrong)
        told = await forged.json()

    assert (good.status, stored) == (200, 1)
    assert {unsigned.status, partial.status, forged.status} == {refusal}
    assert told.keys() == {"success", "code", "message"}
    assert len(edge.producer.sent) == 1


@pytest.mark.parametrize("vendor", ["sendgrid", "hubspot", "zoom", "generic"])
async def test_a_signature_covers_the_bytes(vendor: str) -> None:
    secrets, payload, refusal = SIGNING[vendor]
    body = json.dumps(payload).encode()
    async with collector(**secrets) as edge:
        answer = await edge.client.post(
            f"/webhooks/{vendor}", data=body + b" ", headers=signed_by(vendor, body)
        )

    assert answer.status == refusal
    assert edge.producer.sent == []


@pytest.mark.parametrize("vendor", ["hubspot", "generic"])
async def test_an_old_signature_is_refused(vendor: str, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets, payload, refusal = SIGNING[vendor]
    body = json.dumps(payload).encode()
    monkeypatch.setattr(f"{__name__}.stamp", lambda offset=0: int(NOW.timestamp()) - 301)
    async with collector(**secrets) as edge:
        answer = await edge.client.post(f"/webhooks/{vendor}", data=body, headers=signed_by(vendor, body))

    assert answer.status == refusal


def mailgun(token: str = "t-1", **event: Any) -> dict[str, Any]:
    signature = {
        "timestamp": "1795340000",
        "token": token,
        "signature": hmac_hex("secret", f"1795340000{token}".encode()),
    }
    return {"signature": signature, "event-data": MAILGUN["event-data"] | event}


async def test_mailguns_token_brings_one_payload_however_often() -> None:
    async with collector(mailgun_signing_key="secret") as edge:
        edge.producer.away = True
        away = await edge.client.post("/webhooks/mailgun", data=json.dumps(mailgun()))
        edge.producer.away = False
        retried = [await edge.client.post("/webhooks/mailgun", data=json.dumps(mailgun())) for _ in range(2)]
        reused = await edge.client.post(
            "/webhooks/mailgun", data=json.dumps(mailgun(recipient="x@y.example"))
        )
        forged = await edge.client.post("/webhooks/mailgun", data=json.dumps(MAILGUN))

    assert (away.status, [answer.status for answer in retried]) == (503, [200, 200])
    assert (reused.status, forged.status) == (406, 406)
    assert {value["email"] for value in edge.producer.values("intent.email.v1")} == {MAIL}


async def test_zooms_challenge_is_answered_only_when_it_is_signed_and_can_sign_nothing() -> None:
    async def ask(edge: Edge, token: str) -> Any:
        body = json.dumps({"event": "endpoint.url_validation", "payload": {"plainToken": token}}).encode()
        return await edge.client.post("/webhooks/zoom", data=body, headers=signed_by("zoom", body))

    async with collector(zoom_secret_token="secret") as edge:
        answer = await ask(edge, "abc123")
        oracle = await ask(edge, 'v0:1:{"event":"x"}')
        body = json.dumps({"event": "endpoint.url_validation", "payload": {"plainToken": "abc"}})
        unsigned = await edge.client.post("/webhooks/zoom", data=body)
        told = await answer.json()

    assert told == {"plainToken": "abc123", "encryptedToken": hmac_hex("secret", b"abc123")}
    assert (oracle.status, unsigned.status) == (400, 401)
