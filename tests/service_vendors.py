"""What the fourteen services take and answer, as they document it and as their own libraries have recorded it.

Each mail comes out as its reader would get it: merge fields filled the way that service does,
unknown ones emptied.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Taken:
    """One mail to one reader."""

    address: str
    subject: str
    html: str
    text: str
    headers: Mapping[str, str]  # names in lower case
    metadata: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    service: str
    path: str
    headers: Mapping[str, str]  # names in lower case
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, list[str]]:
        """multipart/form-data, field by field."""
        boundary = self.headers["content-type"].partition("boundary=")[2].strip('"').encode()
        found: dict[str, list[str]] = {}
        for part in self.body.split(b"--" + boundary)[1:-1]:
            head, _blank, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
            named = re.search(rb'name="([^"]*)"', head)
            assert named is not None
            name = named[1].decode()
            found.setdefault(name, []).append(content.removesuffix(b"\r\n").decode())
        return found


@dataclass(frozen=True, slots=True)
class Said:
    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


EMPTY = object()
Mails = Sequence[Taken]


@dataclass(frozen=True, slots=True)
class Vendor:
    reads: Callable[[Call], list[Taken]]
    # All of these were taken; `many`: the call was one for many.
    accepts: Callable[[Mails, bool], Said]
    # These are refused; `bad` of them say for what: "invalid" or "suppressed". None: it refuses the call as a whole.
    sorts: Callable[[Mails, Mapping[str, str], bool], Said] | None
    # The whole call is refused for one bad address.
    invalid: Said
    # The sender's fault: for the whole call, or None where each reader is refused (sorts with "ours").
    ours: Said | None
    unpaid: Said
    no_key: Said


def lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _pairs(
    items: Sequence[Mapping[str, str]], name: str = "Name", value: str = "Value"
) -> dict[str, str]:
    return {item[name].lower(): item[value] for item in items}


def _filled(text: str, pattern: str, values: Mapping[str, str]) -> str:
    return re.sub(pattern, lambda found: str(values.get(found[1].strip(), "")), text)


# --- Mailgun ----------------------------------------------------------------------------------------------------------


def _mailgun(call: Call) -> list[Taken]:
    form = call.form
    variables = json.loads(form.get("recipient-variables", ["{}"])[0])
    assert "recipient-variables" not in form or set(variables) == set(form["to"])
    headers = {name[2:]: values[0] for name, values in form.items() if name[:2] == "h:"}
    metadata = {name[2:]: values[0] for name, values in form.items() if name[:2] == "v:"}
    mails = []
    for address in form["to"]:
        mine = variables.get(address, {})

        def filled(text: str, mine: Mapping[str, str] = mine) -> str:
            return _filled(text, r"%recipient\.(.+?)%", mine)

        mails.append(
            Taken(
                address,
                filled(form["subject"][0]),
                filled(form["html"][0]),
                filled(form["text"][0]),
                lower({name: filled(value) for name, value in headers.items()}),
                filled(json.dumps(metadata)),
            )
        )
    return mails


MAILGUN = Vendor(
    _mailgun,
    lambda _mails, _many: Said(200, {"id": "<1@mg.example.org>", "message": "Queued. Thank you."}),
    None,
    Said(400, {"message": "'to' parameter is not a valid address. please check documentation"}),
    Said(
        403, {"message": "Domain mg.example.org is not allowed to send: The domain is unverified."}
    ),
    Said(402, {"message": "Payment required"}),
    Said(401, {"message": "Invalid private key"}),
)

# --- SendGrid ---------------------------------------------------------------------------------------------------------


def _sendgrid(call: Call) -> list[Taken]:
    given = call.json
    body = {part["type"]: part["value"] for part in given["content"]}
    mails = []
    for one in given["personalizations"]:
        (to,) = one["to"]
        fields = one.get("substitutions", {})

        def filled(text: str, fields: Mapping[str, str] = fields) -> str:
            for name, value in fields.items():
                text = text.replace(name, value)
            return text

        # “Personalization fields override message-level ones.”
        headers = lower(one.get("headers") or given.get("headers", {}))
        metadata = one.get("custom_args") or given.get("custom_args", {})
        mails.append(
            Taken(
                to["email"],
                filled(given["subject"]),
                filled(body["text/html"]),
                filled(body["text/plain"]),
                headers,
                json.dumps(metadata),
            )
        )
    return mails


def _sendgrid_error(message: str, where: str | None) -> dict[str, Any]:
    return {"errors": [{"message": message, "field": where, "help": None}]}


SENDGRID = Vendor(
    _sendgrid,
    lambda _mails, _many: Said(202, EMPTY, {"X-Message-Id": "1"}),
    None,
    Said(
        400,
        _sendgrid_error("Does not contain a valid address.", "personalizations.{place}.to.0.email"),
    ),
    Said(
        403,
        _sendgrid_error("The from address does not match a verified Sender Identity.", "from"),
    ),
    Said(401, _sendgrid_error("Maximum credits exceeded", None)),
    Said(401, _sendgrid_error("The provided authorization grant is invalid", None)),
)

# --- Brevo ------------------------------------------------------------------------------------------------------------


def _brevo(call: Call) -> list[Taken]:
    given = call.json
    mails = []
    for version in given.get("messageVersions") or [{"to": given["to"]}]:
        params = version.get("params", {})

        def filled(text: str, params: Mapping[str, str] = params) -> str:
            text = re.sub(r"\{%.*?%\}|\{#.*?#\}", "", text)
            return re.sub(
                r"\{\{\s*(.*?)\s*\}\}",
                lambda found: params.get(found[1].removeprefix("params."), ""),
                text,
            )

        headers = lower(version.get("headers") or given.get("headers", {}))  # does not merge them
        assert all(value.isascii() and "=?" not in value for value in headers.values()), headers
        mails.append(
            Taken(
                version["to"][0]["email"],
                filled(given["subject"]),
                filled(given["htmlContent"]),
                filled(given["textContent"]),
                headers,
                headers.get("x-mailin-custom", ""),
            )
        )
    return mails


def _brevo_accepts(mails: Mails, many: bool) -> Said:
    if many:
        return Said(201, {"messageIds": [f"<{place}@brevo>" for place in range(len(mails))]})
    return Said(201, {"messageId": "<1@brevo>"})


BREVO = Vendor(
    _brevo,
    _brevo_accepts,
    None,
    Said(400, {"code": "invalid_parameter", "message": "email is not valid in to"}),
    Said(
        400,
        {
            "code": "invalid_parameter",
            "message": "Sending has been rejected because the sender you used news@courier.example.org is not valid.",
        },
    ),
    Said(402, {"code": "not_enough_credits", "message": "Not enough credits"}),
    Said(401, {"code": "unauthorized", "message": "Key not found"}),
)

# --- Mailjet ----------------------------------------------------------------------------------------------------------

MAILJET_FORBIDDEN = {"list-id", "message-id", "date", "x-mailer", "return-path", "x-feedback-id"}


def _mailjet(call: Call) -> list[Taken]:
    given = call.json
    shared = given["Globals"]
    assert shared.get("TemplateLanguage") is True
    mails = []
    for one in given["Messages"]:
        variables = one.get("Variables", {})

        def filled(text: str, variables: Mapping[str, str] = variables) -> str:
            return _filled(text, r"\{\{var:(.*?)\}\}", variables)

        headers = lower(one.get("Headers") or shared.get("Headers", {}))
        assert not headers.keys() & MAILJET_FORBIDDEN, headers
        mails.append(
            Taken(
                one["To"][0]["Email"],
                filled(shared["Subject"]),
                filled(shared["HTMLPart"]),
                filled(shared["TextPart"]),
                headers,
                one.get("EventPayload") or shared.get("EventPayload", ""),
            )
        )
    return mails


def _mailjet_one(mail: Taken, why: str) -> dict[str, Any]:
    if not why:
        to = [{"Email": mail.address, "MessageUUID": "u", "MessageID": 456, "MessageHref": "h"}]
        return {"Status": "success", "CustomID": "", "To": to, "Cc": [], "Bcc": []}
    errors = {
        "invalid": (
            "mj-0013",
            400,
            f'"{mail.address}" is an invalid email address.',
            ["To[0].Email"],
        ),
        "ours": (
            "send-0008",
            403,
            '"news@courier.example.org" is not an authorized sender.',
            ["From"],
        ),
    }
    code, status, words, related = errors[why]
    error = {"ErrorIdentifier": "i", "ErrorCode": code, "StatusCode": status}
    error |= {"ErrorMessage": words, "ErrorRelatedTo": related}
    return {"Status": "error", "Errors": [error]}


def _mailjet_sorts(mails: Mails, bad: Mapping[str, str], _many: bool) -> Said:
    results = [_mailjet_one(mail, bad.get(mail.address, "")) for mail in mails]
    return Said(400 if bad else 200, {"Messages": results})


def _mailjet_error(status: int, code: str, words: str) -> Said:
    body = {"ErrorIdentifier": "i", "ErrorCode": code, "StatusCode": status, "ErrorMessage": words}
    return Said(status, body)


MAILJET = Vendor(
    _mailjet,
    lambda mails, many: _mailjet_sorts(mails, {}, many),
    _mailjet_sorts,
    _mailjet_error(400, "mj-0015", "Unexpected error"),
    None,
    _mailjet_error(402, "mj-0016", "Payment required"),
    _mailjet_error(401, "mj-0002", "API key authentication/authorization failure."),
)

# --- SparkPost --------------------------------------------------------------------------------------------------------


def _sparkpost(call: Call) -> list[Taken]:
    given = call.json
    content = given["content"]
    assert given["options"]["transactional"] is True, "its own List-Unsubscribe would come instead"
    mails = []
    for one in given["recipients"]:
        fields = given.get("substitution_data", {}) | one.get("substitution_data", {})

        def filled(text: str, fields: Mapping[str, str] = fields) -> str:
            return _filled(_filled(text, r"\{\{\{(.*?)\}\}\}", fields), r"\{\{(.*?)\}\}", fields)

        mails.append(
            Taken(
                one["address"]["email"],
                filled(content["subject"]),
                filled(content["html"]),
                filled(content["text"]),
                lower({name: filled(value) for name, value in content["headers"].items()}),
                json.dumps(one.get("metadata") or given.get("metadata", {})),
            )
        )
    return mails


def _sparkpost_sorts(mails: Mails, bad: Mapping[str, str], _many: bool) -> Said:
    results: dict[str, Any] = {
        "total_rejected_recipients": len(bad),
        "total_accepted_recipients": len(mails) - len(bad),
        "id": "11668787484950529",
    }
    if bad:
        what = {
            "invalid": "Invalid email address",
            "suppressed": "Recipient is on the suppression list",
        }
        results["rcpt_to_errors"] = [
            {"message": what[why], "description": f"{what[why]}: {address}", "code": "1300"}
            for address, why in bad.items()
        ]
    return Said(200, {"results": results})


def _sparkpost_error(status: int, words: str, description: str, code: str) -> Said:
    return Said(status, {"errors": [{"message": words, "description": description, "code": code}]})


SPARKPOST = Vendor(
    _sparkpost,
    lambda mails, many: _sparkpost_sorts(mails, {}, many),
    _sparkpost_sorts,
    _sparkpost_error(422, "invalid data format/type", "address.email is not valid", "1300"),
    _sparkpost_error(
        400, "Invalid domain", "Unconfigured Sending Domain <courier.example.org>", "7001"
    ),
    _sparkpost_error(403, "Account suspended", "Your account is suspended", "1902"),
    _sparkpost_error(401, "Unauthorized.", "", ""),
)

# --- Unisender Go -----------------------------------------------------------------------------------------------------


def _unisender(call: Call) -> list[Taken]:
    given = call.json["message"]
    mails = []
    for one in given["recipients"]:
        fields = one.get("substitutions", {})

        def filled(text: str, fields: Mapping[str, str] = fields) -> str:
            return _filled(text, r"\{\{(.*?)\}\}", fields)

        metadata = given.get("global_metadata", {}) | one.get("metadata", {})
        mails.append(
            Taken(
                one["email"],
                filled(given["subject"]),
                filled(given["body"]["html"]),
                filled(given["body"]["plaintext"]),
                lower({name: filled(value) for name, value in given["headers"].items()}),
                json.dumps(metadata),
            )
        )
    return mails


def _unisender_sorts(mails: Mails, bad: Mapping[str, str], _many: bool) -> Said:
    names = {
        "invalid": "invalid",
        "suppressed": "permanent_unavailable",
        "later": "temporary_unavailable",
    }
    failed = {address: names[why] for address, why in bad.items()}
    taken = [mail.address for mail in mails if mail.address not in bad]
    if not taken:
        body = {
            "status": "error",
            "message": "No valid recipients",
            "code": 204,
            "failed_emails": failed,
        }
        return Said(400, body)
    said = {"status": "success", "job_id": "1ZymBc-00041N-9X", "emails": taken}
    return Said(200, said | ({"failed_emails": failed} if failed else {}))


def _unisender_error(status: int, words: str, code: int) -> Said:
    return Said(status, {"status": "error", "message": words, "code": code})


UNISENDER = Vendor(
    _unisender,
    lambda mails, many: _unisender_sorts(mails, {}, many),
    _unisender_sorts,
    _unisender_error(400, "Error ID:1. Invalid email", 201),
    _unisender_error(400, "Error ID:2. from_email domain is not confirmed", 229),
    _unisender_error(403, "Error ID:3. Not enough balance, sending is blocked", 903),
    _unisender_error(401, "Error ID:4. Can not decode key 'api_key'", 102),
)

# --- Postmark ---------------------------------------------------------------------------------------------------------


def _postmark(call: Call) -> list[Taken]:
    given = call.json
    return [
        Taken(
            one["To"],
            one["Subject"],
            one["HtmlBody"],
            one["TextBody"],
            _pairs(one["Headers"]),
            json.dumps(one.get("Metadata")),
        )
        for one in (given if isinstance(given, list) else [given])
    ]


def _postmark_one(mail: Taken, why: str) -> dict[str, Any]:
    address = mail.address
    return {
        "": {
            "ErrorCode": 0,
            "Message": "OK",
            "To": address,
            "MessageID": "b7bc2f4a",
            "SubmittedAt": "now",
        },
        "invalid": {"ErrorCode": 300, "Message": f"Invalid 'To' address: '{address}'."},
        "suppressed": {
            "ErrorCode": 406,
            "Message": "You tried to send to a recipient that has been marked as inactive. Found inactive addresses: "
            f"{address}. Inactive recipients are ones that have generated a hard bounce, a spam complaint, or a "
            "manual suppression.",
        },
        "ours": {
            "ErrorCode": 400,
            "Message": "The 'From' address you supplied (news@courier.example.org) is not a Sender Signature.",
        },
    }[why]


def _postmark_sorts(mails: Mails, bad: Mapping[str, str], many: bool) -> Said:
    results = [_postmark_one(mail, bad.get(mail.address, "")) for mail in mails]
    if many:
        return Said(200, results)
    return Said(422 if results[0]["ErrorCode"] else 200, results[0])


POSTMARK = Vendor(
    _postmark,
    lambda mails, many: _postmark_sorts(mails, {}, many),
    _postmark_sorts,
    Said(422, {"ErrorCode": 402, "Message": "Invalid JSON"}),
    None,
    Said(422, {"ErrorCode": 405, "Message": "Not allowed to send: you have run out of credits."}),
    Said(401, {"ErrorCode": 10, "Message": "Bad or missing Server API token."}),
)

# --- Mailtrap ---------------------------------------------------------------------------------------------------------


def _mailtrap(call: Call) -> list[Taken]:
    given = call.json
    base = given.get("base", {})
    requests = given.get("requests", [given])
    mails = []
    for request in requests:
        one = base | request
        mails.append(
            Taken(
                one["to"][0]["email"],
                one["subject"],
                one["html"],
                one["text"],
                lower(one["headers"]),
                json.dumps(one.get("custom_variables", {})),
            )
        )
    return mails


def _mailtrap_one(mail: Taken, why: str) -> dict[str, Any]:
    errors = {
        "invalid": f"'to' address {mail.address} is invalid",
        "suppressed": "Recipient is suppressed",
        "ours": "Sending from domain courier.example.org is not allowed",
    }
    if why:
        return {"success": False, "errors": [errors[why]]}
    return {"success": True, "message_ids": ["0c7fd939-02cf-11ed-88c2-0a58a9feac02"]}


def _mailtrap_sorts(mails: Mails, bad: Mapping[str, str], many: bool) -> Said:
    results = [_mailtrap_one(mail, bad.get(mail.address, "")) for mail in mails]
    if many:
        return Said(200, {"success": True, "responses": results})
    return Said(400 if "errors" in results[0] else 200, results[0])


MAILTRAP = Vendor(
    _mailtrap,
    lambda mails, many: _mailtrap_sorts(mails, {}, many),
    _mailtrap_sorts,
    Said(400, {"success": False, "errors": ["Malformed request"]}),
    None,
    Said(403, {"success": False, "errors": ["Your plan does not allow sending; see billing"]}),
    Said(401, {"success": False, "errors": ["Unauthorized"]}),
)

# --- Resend -----------------------------------------------------------------------------------------------------------


def _resend(call: Call) -> list[Taken]:
    given = call.json
    return [
        Taken(
            one["to"][0],
            one["subject"],
            one["html"],
            one["text"],
            lower(one["headers"]),
            one["headers"].get("X-Metadata", ""),
        )
        for one in (given if isinstance(given, list) else [given])
    ]


def _resend_accepts(mails: Mails, many: bool) -> Said:
    ids = [{"id": f"id-{place}"} for place in range(len(mails))]
    return Said(200, {"data": ids} if many else ids[0])


def _resend_error(status: int, name: str, words: str) -> Said:
    return Said(status, {"statusCode": status, "name": name, "message": words})


RESEND = Vendor(
    _resend,
    _resend_accepts,
    None,
    _resend_error(
        422, "validation_error", "Invalid `to` field. The email address needs to follow the format."
    ),
    _resend_error(403, "validation_error", "The courier.example.org domain is not verified."),
    _resend_error(
        429, "monthly_quota_exceeded", "You have reached your monthly email sending quota."
    ),
    _resend_error(401, "missing_api_key", "Missing API key in the authorization header."),
)

# --- Mandrill ---------------------------------------------------------------------------------------------------------


def _mandrill(call: Call) -> list[Taken]:
    given = call.json["message"]
    return [
        Taken(
            to["email"],
            given["subject"],
            given["html"],
            given["text"],
            lower(given["headers"]),
            json.dumps(given.get("metadata", {})),
        )
        for to in given["to"]
    ]


def _mandrill_sorts(mails: Mails, bad: Mapping[str, str], _many: bool) -> Said:
    reasons = {
        "invalid": "invalid",
        "suppressed": "hard-bounce",
        "ours": "unsigned",
        "later": "soft-bounce",
    }
    results = []
    for mail in mails:
        why = bad.get(mail.address, "")
        if why:
            status = "invalid" if why == "invalid" else "rejected"
            results.append({"email": mail.address, "status": status, "reject_reason": reasons[why]})
        else:
            results.append({"email": mail.address, "status": "queued", "_id": "abc123"})
    return Said(200, results)


def _mandrill_error(name: str, words: str) -> Said:
    return Said(500, {"status": "error", "code": -1, "name": name, "message": words})


MANDRILL = Vendor(
    _mandrill,
    lambda mails, many: _mandrill_sorts(mails, {}, many),
    _mandrill_sorts,
    _mandrill_error("ValidationError", "Validation error: invalid message"),
    None,
    _mandrill_error("PaymentRequired", "The requested feature requires payment."),
    _mandrill_error("Invalid_Key", "Invalid API key"),
)

# --- Postal -----------------------------------------------------------------------------------------------------------


def _postal(call: Call) -> list[Taken]:
    given = call.json
    (address,) = given["to"]
    return [
        Taken(
            address,
            given["subject"],
            given["html_body"],
            given["plain_body"],
            lower(given["headers"]),
        )
    ]


def _postal_said(status: str, data: Any) -> Said:
    return Said(200, {"status": status, "time": 0.02, "flags": {}, "data": data})


def _postal_error(code: str, words: str) -> Said:
    return _postal_said("error", {"code": code, "message": words})


POSTAL = Vendor(
    _postal,
    lambda mails, _many: _postal_said(
        "success",
        {"message_id": "1", "messages": {mail.address: {"id": 1, "token": "t"} for mail in mails}},
    ),
    None,
    _postal_error("NoRecipients", "There are no recipients defined to receive this message"),
    _postal_error(
        "UnauthenticatedFromAddress",
        "The From address is not authorised to send mail from this server",
    ),
    _postal_error("ServerSuspended", "The mail server has been suspended"),
    _postal_error(
        "InvalidServerAPIKey", "The API token provided in X-Server-API-Key was not valid."
    ),
)

# --- MailerSend -------------------------------------------------------------------------------------------------------


def _mailersend(call: Call) -> list[Taken]:
    given = call.json
    assert "headers" not in given, "they need its largest plan"
    link = (
        {"list-unsubscribe": f"<{given['list_unsubscribe']}>"}
        if "list_unsubscribe" in given
        else {}
    )
    (to,) = given["to"]
    return [Taken(to["email"], given["subject"], given["html"], given["text"], link)]


def _mailersend_sorts(mails: Mails, bad: Mapping[str, str], _many: bool) -> Said:
    if not bad:
        # As recorded from the live API: empty, and yet it says text/html.
        return Said(
            202,
            EMPTY,
            {"Content-Type": "text/html; charset=UTF-8", "X-Message-Id": "5e42957d51f1d94a"},
        )
    recipients = [{"email": address, "name": None, "reasons": ["hard_bounced"]} for address in bad]
    warning = {
        "type": "ALL_SUPPRESSED",
        "warning": "All of the recipients have been suppressed.",
        "recipients": recipients,
    }
    return Said(
        202, {"message": "There are some warnings for your request.", "warnings": [warning]}
    )


def _mailersend_error(status: int, where: str, words: str) -> Said:
    return Said(
        status, {"message": words, "errors": {where: [words]}} if where else {"message": words}
    )


MAILERSEND = Vendor(
    _mailersend,
    lambda mails, many: _mailersend_sorts(mails, {}, many),
    _mailersend_sorts,
    _mailersend_error(422, "to.0.email", "The to.0.email must be a valid email address."),
    _mailersend_error(
        422,
        "from.email",
        "The from.email domain must be verified in your account to send emails. #MS42207",
    ),
    _mailersend_error(402, "", "Your trial plan has reached its limit of unique recipients."),
    _mailersend_error(401, "", "Unauthenticated."),
)

# --- Scaleway ---------------------------------------------------------------------------------------------------------


def _scaleway(call: Call) -> list[Taken]:
    given = call.json
    headers = _pairs(given["additional_headers"], "key", "value")
    (to,) = given["to"]
    return [
        Taken(
            to["email"],
            given["subject"],
            given["html"],
            given["text"],
            headers,
            headers.get("x-metadata", ""),
        )
    ]


def _scaleway_error(status: int, kind: str, words: str, where: str = "") -> Said:
    details = (
        [{"argument_name": where, "reason": "constraint", "help_message": words}] if where else []
    )
    return Said(status, {"type": kind, "message": words, "details": details})


SCALEWAY = Vendor(
    _scaleway,
    lambda mails, _many: Said(
        200, {"emails": [{"id": "1", "mail_rcpt": mail.address, "status": "new"} for mail in mails]}
    ),
    None,
    _scaleway_error(400, "invalid_arguments", "is not a valid email address", "to"),
    _scaleway_error(412, "precondition_failed", "domain is not checked"),
    _scaleway_error(403, "quotas_exceeded", "quota exceeded"),
    _scaleway_error(401, "denied_authentication", "authentication is denied"),
)

# --- Amazon SES -------------------------------------------------------------------------------------------------------


def _ses(call: Call) -> list[Taken]:
    assert call.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=KEY/")
    given = call.json
    if "BulkEmailEntries" in given:
        return [_ses_entry(given, entry) for entry in given["BulkEmailEntries"]]
    simple = given["Content"]["Simple"]
    headers = _pairs(simple["Headers"])
    body = simple["Body"]
    (address,) = given["Destination"]["ToAddresses"]
    taken = Taken(
        address, simple["Subject"]["Data"], body["Html"]["Data"], body["Text"]["Data"], headers,
        headers.get("x-metadata", ""),
    )  # fmt: skip
    return [taken]


def _ses_entry(given: Mapping[str, Any], entry: Mapping[str, Any]) -> Taken:
    template = given["DefaultContent"]["Template"]["TemplateContent"]
    values = json.loads(
        entry["ReplacementEmailContent"]["ReplacementTemplate"]["ReplacementTemplateData"]
    )
    headers = _pairs(entry["ReplacementHeaders"])
    assert len(headers) <= 15
    (address,) = entry["Destination"]["ToAddresses"]

    def filled(text: str) -> str:
        return _filled(text, r"\{\{(.*?)\}\}", values)

    html, words = filled(template["Html"]), filled(template["Text"])
    return Taken(
        address, filled(template["Subject"]), html, words, headers, headers.get("x-metadata", "")
    )


def _ses_sorts(mails: Mails, bad: Mapping[str, str], many: bool) -> Said:
    what = {
        "invalid": ("INVALID_PARAMETER", "Illegal address"),
        "suppressed": ("MESSAGE_REJECTED", "Address is on the suppression list"),
        "ours": (
            "MESSAGE_REJECTED",
            (
                "Email address is not verified. The following identities failed the check in region EU-WEST-1: "
                "news@courier.example.org"
            ),
        ),
        "later": ("TRANSIENT_FAILURE", "Try again"),
    }
    if not many:
        why = next(iter(bad.values()), "")
        if not why:
            return Said(200, {"MessageId": "0102-1"})
        kind = "MessageRejected" if what[why][0] == "MESSAGE_REJECTED" else "BadRequestException"
        return _ses_error(400, kind, what[why][1])
    results = [
        {"Status": what[bad[mail.address]][0], "Error": what[bad[mail.address]][1]}
        if mail.address in bad
        else {"Status": "SUCCESS", "MessageId": f"0102-{place}"}
        for place, mail in enumerate(mails)
    ]
    return Said(200, {"BulkEmailEntryResults": results})


def _ses_error(status: int, kind: str, words: str) -> Said:
    return Said(
        status, {"message": words}, {"x-amzn-ErrorType": f"{kind}:http://internal.amazon.com/"}
    )


SES = Vendor(
    _ses,
    lambda mails, many: _ses_sorts(mails, {}, many),
    _ses_sorts,
    _ses_error(400, "BadRequestException", "Illegal address"),
    None,
    _ses_error(400, "SendingPausedException", "Email sending is disabled for your account."),
    _ses_error(403, "AccessDeniedException", "User is not authorized to perform ses:SendEmail"),
)

VENDORS: Mapping[str, Vendor] = {
    "brevo": BREVO,
    "mailersend": MAILERSEND,
    "mailgun": MAILGUN,
    "mailjet": MAILJET,
    "mailtrap": MAILTRAP,
    "mandrill": MANDRILL,
    "postal": POSTAL,
    "postmark": POSTMARK,
    "resend": RESEND,
    "scaleway": SCALEWAY,
    "sendgrid": SENDGRID,
    "ses": SES,
    "sparkpost": SPARKPOST,
    "unisender-go": UNISENDER,
}
