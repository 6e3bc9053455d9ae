"""`GET /v1/f/{token}`: a decided HTML creative as a frame's page, where the page around it would stop its scripts."""

from adserver.counting.counter import unpack_subject
from adserver.counting.token import AdToken
from adserver.delivery.ads import error_response
from adserver.delivery.clicks import NO_INDEX
from adserver.delivery.context import Context
from adserver.delivery.http import HTML, NO_STORE, NOSNIFF, Header, Response, Scope, headers_of, query_of
from adserver.delivery.macros import Showing
from adserver.delivery.origin import base_of
from adserver.delivery.render import SANDBOX, creative_page
from adserver.inventory.model import CreativeId, CreativeKind

# The address is on the origin of our console: whoever opens it must not run the creative's scripts there.
SANDBOXED: Header = (b"content-security-policy", f"sandbox {SANDBOX}".encode())


def creative(context: Context, scope: Scope, text: str) -> Response:
    """Answer with the creative that the token was signed for; shows it, decides and counts nothing."""
    token = context.keys.read(text)
    if not isinstance(token, AdToken):
        return error_response(404, "unknown-token", "this address is not one of ours")
    creative_id = CreativeId(unpack_subject(token.subject).creative_id)
    found = context.snapshot.find_creative(creative_id) if context.snapshot else None
    if found is None or found[1].kind is not CreativeKind.HTML:
        return error_response(404, "unknown-creative", "there is no such HTML creative")
    page = dict(query_of(scope)).get("page", "")
    # Random for its readers, and the same when the frame is loaded again.
    showing = Showing(text, base_of(scope, headers_of(scope), context.settings), token.sequence, token.issued, page)
    body = creative_page(*found, showing)
    return Response(200, (HTML, NO_STORE, NOSNIFF, NO_INDEX, SANDBOXED), body.encode())
