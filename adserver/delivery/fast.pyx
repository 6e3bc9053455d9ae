# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""What an ad request takes longest for, compiled: to read the request and its query, to write the page's answer.

Each has its rule in Python: uvicorn's parser, `sort_in_python`, `write_page_in_python`, `ads_in_python`. The hash of tokens is the
standard library's; only what is around it is here.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.dict cimport PyDict_GetItem, PyDict_Merge
from cpython.mem cimport PyMem_Free, PyMem_Malloc, PyMem_Realloc
from cpython.object cimport PyObject
from cpython.tuple cimport PyTuple_GET_ITEM
from libc.string cimport memchr, memcmp, memcpy, strcmp

include "../counting/token.pxi"

cdef extern from *:
    const char *SOURCE_DIGEST  # the build says which source this is

cdef enum:
    HERE = 10  # render.py has the same

cdef enum:  # the fields of render.Form
    TEXT
    MARKED
    AD
    WHY
    WHY_JSON

cdef enum:  # of ask.Slots
    NAMES
    CALLED

cdef enum:
    EVERYBODY = -1  # decision/page.py has the same

cdef enum:  # of render.Envelope
    ANSWERS
    HEADERS

SOURCE = SOURCE_DIGEST.decode()

cdef const char *HEX = b"0123456789abcdef"


cdef class Buffer:
    """Bytes that are being put together."""

    cdef char *start
    cdef Py_ssize_t size, room

    def __cinit__(self):
        self.room = 4096
        self.start = <char *> PyMem_Malloc(self.room)
        if not self.start:
            raise MemoryError

    def __dealloc__(self):
        PyMem_Free(self.start)

    cdef int add(self, const char *text, Py_ssize_t length) except -1:
        cdef char *start
        if self.size + length > self.room:
            start = <char *> PyMem_Realloc(self.start, 2 * (self.size + length))
            if not start:
                raise MemoryError
            self.start, self.room = start, 2 * (self.size + length)
        memcpy(self.start + self.size, text, length)
        self.size += length
        return 0

    cdef int add_bytes(self, bytes text) except -1:
        return self.add(PyBytes_AS_STRING(text), PyBytes_GET_SIZE(text))

    cdef int add_with(self, bytes text, const char *token, Py_ssize_t letters) except -1:
        """Add a form with a token where HERE is."""
        cdef const char *at = PyBytes_AS_STRING(text)
        cdef const char *end = at + PyBytes_GET_SIZE(text)
        cdef const char *here = <const char *> memchr(at, HERE, end - at)
        while here is not NULL:
            self.add(at, here - at)
            self.add(token, letters)
            at = here + 1
            here = <const char *> memchr(at, HERE, end - at)
        return self.add(at, end - at)

    cdef int add_hex(self, unsigned long long number) except -1:
        cdef char text[16]
        cdef int place
        for place in range(16):
            text[15 - place] = HEX[number & 15]
            number >>= 4
        return self.add(text, 16)


cdef class Signer:
    """Writes tokens with one key, as TokenKeys does."""

    cdef object copy
    cdef unsigned char signed[MOST_BYTES]
    cdef char text[MOST_LETTERS]
    cdef Py_ssize_t length

    def __cinit__(self, state):
        self.copy = state.copy

    cdef int sign(self, int version, unsigned long long issuer, unsigned long long sequence, unsigned int issued,
                  bytes one, bytes other) except -1:
        """Put the token into `text`, its length into `length`; what it says ends with two texts."""
        cdef unsigned char *at = self.signed
        cdef Py_ssize_t size = HEAD_BYTES + len(one) + len(other)
        if size + TAG_BYTES > MOST_BYTES:
            raise ValueError("a token of so many bytes is not read")
        at[0] = version
        put(at + 1, issuer, 8)
        put(at + 9, sequence, 4)
        put(at + 13, issued, 4)
        memcpy(at + HEAD_BYTES, PyBytes_AS_STRING(one), len(one))
        memcpy(at + HEAD_BYTES + len(one), PyBytes_AS_STRING(other), len(other))
        state = self.copy()
        state.update(PyBytes_FromStringAndSize(<char *> at, size))
        tag = <bytes> state.digest()
        memcpy(at + size, PyBytes_AS_STRING(tag), TAG_BYTES)
        self.length = encode(at, size + TAG_BYTES, self.text)
        return 0


cdef Py_ssize_t encode(const unsigned char *data, Py_ssize_t size, char *text) noexcept:
    """Write unpadded URL-safe base64 (RFC 4648) and return its length."""
    cdef Py_ssize_t at = 0, length = 0
    cdef unsigned int three
    while at + 2 < size:
        three = data[at] << 16 | data[at + 1] << 8 | data[at + 2]
        text[length] = LETTERS[three >> 18]
        text[length + 1] = LETTERS[three >> 12 & 63]
        text[length + 2] = LETTERS[three >> 6 & 63]
        text[length + 3] = LETTERS[three & 63]
        at += 3
        length += 4
    if at < size:
        three = data[at] << 16 | (data[at + 1] << 8 if at + 1 < size else 0)
        text[length] = LETTERS[three >> 18]
        text[length + 1] = LETTERS[three >> 12 & 63]
        length += 2
        if at + 1 < size:
            text[length] = LETTERS[three >> 6 & 63]
            length += 1
    return length


cdef inline bytes joined(bytes one, bytes two, bytes three):
    cdef bytes whole = PyBytes_FromStringAndSize(NULL, len(one) + len(two) + len(three))
    cdef char *at = PyBytes_AS_STRING(whole)
    memcpy(at, PyBytes_AS_STRING(one), len(one))
    memcpy(at + len(one), PyBytes_AS_STRING(two), len(two))
    memcpy(at + len(one) + len(two), PyBytes_AS_STRING(three), len(three))
    return whole


cdef tuple write(list decisions, unsigned int issued, bytes audience, bytes shown_to, answers, state, issuer,
                 unsigned long long request, page, unsigned int site_id, article, bytes request_head,
                 bytes unfilled_head):
    """The body, the counters' fields and why slots are empty. The heads begin the fields of the page's hour."""
    cdef Buffer body = Buffer.__new__(Buffer), why = None
    cdef Signer signer = Signer.__new__(Signer, state)
    cdef list forms = [], fields = [], whys = []
    cdef bytes ad, text
    cdef PyObject *found
    cdef dict kept = answers.kept
    cdef Py_ssize_t shown = 0
    cdef unsigned long long number, sequence
    for decision in decisions:
        found = PyDict_GetItem(kept, decision)
        form = answers.form(decision) if found is NULL else <object> found
        forms.append(form)
        shown += (<tuple> form)[WHY] is None
    number, sequence = issuer.ads(shown)
    body.add(b'{"request":"', 12)
    body.add_hex(request)
    body.add(b'","slots":{', 11)
    for form in forms:
        if body.start[body.size - 1] != c"{":
            body.add(b",", 1)
        text, ad, empty = <bytes> (<tuple> form)[TEXT], (<tuple> form)[AD], (<tuple> form)[WHY]
        if ad is not None:
            fields.append(joined(request_head, ad, audience))
        if empty is not None:
            if ad is not None:
                fields.append(joined(unfilled_head, ad, audience))
            body.add_bytes(text)
            if why is None:
                why = Buffer.__new__(Buffer)
            else:
                why.add(b",", 1)
            why.add_bytes(<bytes> (<tuple> form)[WHY_JSON])
            whys.append(empty)
            continue
        signer.sign(AD_VERSION, number, sequence, issued, ad, shown_to)
        sequence += 1
        if (<tuple> form)[MARKED] is not None:
            body.add_bytes(<bytes> answers.fill(form, signer.text[:signer.length].decode("ascii"), page, issued))
            continue
        body.add_with(text, signer.text, signer.length)
    body.add(b'},"why":{', 9)
    if why is not None:
        body.add(why.start, why.size)
    body.add(b"}", 1)
    if article is not None:
        number, sequence = issuer.view()
        signer.sign(VIEW_VERSION, number, sequence, issued, packed(site_id), (<str> article).encode())
        body.add(b',"view":"', 9)
        body.add(signer.text, signer.length)
        body.add(b'"', 1)
    body.add(b"}", 1)
    return PyBytes_FromStringAndSize(body.start, body.size), fields, whys


cdef inline bytes packed(unsigned int number):
    cdef unsigned char data[4]
    put(data, number, 4)
    return PyBytes_FromStringAndSize(<char *> data, 4)


def sort_query(bytes query, dict pieces, learn, dict told):
    """Return a query's single fields, the page's key-values with what is `told` beside them, the slots' own, and how
    many values the page has. `pieces` has what `learn` said of a piece before."""
    cdef dict single = {}, attributes = {}, own = {}
    count = sort_into(single, attributes, own, query, pieces, learn, told)
    return single, attributes, own, count


cdef Py_ssize_t sort_into(dict single, dict attributes, dict own, bytes query, dict pieces, learn, dict told) except -1:
    cdef const char *text = PyBytes_AS_STRING(query)
    cdef Py_ssize_t size = PyBytes_GET_SIZE(query), start = 0, end, count = 0
    cdef PyObject *found
    cdef const char *stop
    cdef dict where
    while start < size:
        stop = <const char *> memchr(text + start, c"&", size - start)
        end = size if stop is NULL else stop - text
        if start == end:
            start += 1
            continue
        piece = PyBytes_FromStringAndSize(text + start, end - start)
        found = PyDict_GetItem(pieces, piece)
        known = <tuple> (learn(piece) if found is NULL else <object> found)
        start = end + 1
        key, values = <object> PyTuple_GET_ITEM(known, 0), <object> PyTuple_GET_ITEM(known, 1)
        if values is None:
            if key not in single:
                single[key] = <object> PyTuple_GET_ITEM(known, 2)
        elif len(<tuple> values):
            slot = <object> PyTuple_GET_ITEM(known, 2)
            if slot is None:
                where = attributes
                count += len(<tuple> values)
            else:
                where = own.setdefault(slot, {})
            found = PyDict_GetItem(where, key)
            where[key] = values if found is NULL else <tuple> <object> found + <tuple> values
    PyDict_Merge(attributes, told, 0)
    return count


cdef enum:
    NOT_IN_NAME = 1
    NOT_IN_VALUE = 2
    NOT_IN_TARGET = 4

cdef unsigned char FORBIDDEN[256]
cdef char LOWER[256]


cdef void fill_tables():
    cdef int each
    for each in range(256):
        LOWER[each] = each + 32 if c"A" <= each <= c"Z" else each
        FORBIDDEN[each] = NOT_IN_NAME
        if each < 32 and each != 9 or each == 127:
            FORBIDDEN[each] |= NOT_IN_VALUE
        if each <= 32 or each >= 127 or each == c"#":
            FORBIDDEN[each] |= NOT_IN_TARGET
    for each in b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_":
        FORBIDDEN[each] &= ~NOT_IN_NAME


fill_tables()


def read_request(bytes data, Py_ssize_t body_limit):
    """Read a whole request of HTTP/1.1 (RFC 9112): method, path, query, headers by lower-case name, of a repeated one the
    last, and body. None for all that is not plain: a part of a request, or more than one, headers that say what becomes
    of the connection or how a body is sent, rare letters and blanks. Those are uvicorn's to read.
    """
    cdef const unsigned char *text = <const unsigned char *> PyBytes_AS_STRING(data)
    cdef Py_ssize_t size = PyBytes_GET_SIZE(data), at, start, path_end, line_end
    cdef Py_ssize_t length = -1
    cdef bint is_post
    cdef char name[64]
    cdef int place
    cdef dict headers = {}
    cdef const unsigned char *stop
    if size < 18:
        return None
    if memcmp(text, b"GET /", 5) == 0:
        is_post, start = False, 4
    elif memcmp(text, b"POST /", 6) == 0:
        is_post, start = True, 5
    else:
        return None
    at, path_end = start, 0
    while at < size and not FORBIDDEN[text[at]] & NOT_IN_TARGET:
        if text[at] == c"?" and not path_end:
            path_end = at
        at += 1
    if size - at < 13 or memcmp(text + at, b" HTTP/1.1\r\n", 11) != 0:
        return None
    path = data[start:path_end if path_end else at]
    query = data[path_end + 1:at] if path_end else b""
    at += 11
    while True:
        if size - at >= 2 and text[at] == 13 and text[at + 1] == 10:
            at += 2
            break
        place = 0
        while at < size and place < 63 and not FORBIDDEN[text[at]] & NOT_IN_NAME:
            name[place] = LOWER[text[at]]
            place += 1
            at += 1
        if at >= size or text[at] != c":" or not place:
            return None
        name[place] = 0
        at += 1
        stop = <const unsigned char *> memchr(text + at, 13, size - at)
        if stop is NULL or stop - text + 1 >= size or stop[1] != 10:
            return None
        line_end = stop - text
        while at < line_end and (text[at] == 32 or text[at] == 9):
            at += 1
        if line_end > at and text[line_end - 1] <= 32:
            return None
        for start in range(at, line_end):
            if FORBIDDEN[text[start]] & NOT_IN_VALUE:
                return None
        if strcmp(name, b"connection") == 0:
            if line_end - at != 10 or data[at:line_end].lower() != b"keep-alive":
                return None
        elif strcmp(name, b"content-length") == 0:
            if length >= 0 or not 0 < line_end - at <= 6:
                return None
            length = 0
            for start in range(at, line_end):
                if not c"0" <= text[start] <= c"9":
                    return None
                length = 10 * length + text[start] - c"0"
        elif strcmp(name, b"transfer-encoding") == 0 or strcmp(name, b"upgrade") == 0 or strcmp(name, b"expect") == 0:
            return None
        headers[PyBytes_FromStringAndSize(name, place)] = PyBytes_FromStringAndSize(
            <const char *> text + at, line_end - at
        )
        at = line_end + 2
    if size - at != max(length, 0) or length > body_limit or is_post and length < 0:
        return None
    return b"POST" if is_post else b"GET", path, query, headers, data[at:] if length > 0 else b""


cdef class Parts:
    """What an ad request takes of the package. It is looked up once, as these modules import this one."""

    cdef object told_by, learn, add_city, choose, choose_at_once, audiences_of, field_head, envelope_of, envelope_key, refresh, written
    cdef object draw, random_bits, moment, zone, request, unfilled, phone, nobody, filled, response
    cdef dict pieces, no_own
    cdef Py_ssize_t query_limit, field_limit, key_value_limit, user_agent_bytes, phone_width, hour_seconds

    def __cinit__(self):
        import random
        from datetime import UTC, datetime

        from adserver.counting.counter import SECONDS_AN_HOUR, field_head
        from adserver.counting.events import Metric
        from adserver.decision.choose import choose
        from adserver.delivery import ask, http
        from adserver.decision.fast import choose as choose_at_once
        from adserver.decision.request import NO_OWN
        from adserver.delivery.ads import envelope_of
        from adserver.delivery.decide import REFRESH, audiences_of
        from adserver.delivery.device import Device
        from adserver.delivery.render import EnvelopeKey
        from adserver.delivery.shown import FILLED
        from adserver.delivery.write import Written

        self.told_by, self.learn, self.add_city, self.pieces = ask.told_by, ask.learn, ask.add_city, ask.PIECES
        self.key_value_limit, self.phone_width = ask.KEY_VALUE_LIMIT, ask.MOBILE_WIDTH
        self.nobody, self.no_own = ask.NOBODY, NO_OWN
        self.query_limit, self.field_limit, self.user_agent_bytes = http.QUERY_LIMIT, http.FIELD_LIMIT, http.USER_AGENT_BYTES
        self.response, self.envelope_of, self.envelope_key = http.Response, envelope_of, EnvelopeKey
        self.choose, self.choose_at_once, self.audiences_of, self.field_head = choose, choose_at_once, audiences_of, field_head
        self.draw, self.random_bits = random.random, random.getrandbits
        self.moment, self.zone = datetime.fromtimestamp, UTC
        self.request, self.unfilled, self.written = Metric.REQUEST, Metric.UNFILLED, Written
        self.phone, self.filled, self.refresh, self.hour_seconds = Device.MOBILE, FILLED, REFRESH, SECONDS_AN_HOUR


cdef Parts found_parts = None


cdef Parts parts_of_package():
    global found_parts
    if found_parts is None:
        found_parts = Parts()
    return found_parts


def write_page(list decisions, stamp, answers, keys, issuer, unsigned long long request, page, article):
    """Answer for a page as `write_page_in_python` does."""
    cdef Parts parts = parts_of_package()
    issued, audience, token_audience = stamp
    site_id, name = (0, None) if article is None else article
    hour = issued // parts.hour_seconds
    return parts.written(*write(
        decisions, issued, audience, token_audience, answers, keys.states[0], issuer, request, page, site_id, name,
        parts.field_head(parts.request, None, hour), parts.field_head(parts.unfilled, None, hour),
    ))


def ads(context, scope, double now):
    """Answer an ad request as `ads_in_python` does; None for what is not plain, before anything has come of it. Raises
    BadRequest."""
    cdef Parts parts = parts_of_package()
    cdef dict headers, single = {}, attributes = {}, own = {}
    cdef bytes query = scope["query_string"], agent
    cdef unsigned int issued = <unsigned int> now
    cdef tuple written
    snapshot, settings, told_headers = context.snapshot, context.settings, scope["headers"]
    if snapshot is None or type(told_headers) is not dict:
        return None
    if PyBytes_GET_SIZE(query) > parts.query_limit or ampersands(query) >= parts.field_limit:
        return None
    headers = <dict> told_headers
    agent, language = headers.get(b"user-agent", b""), headers.get(b"accept-language", b"")
    if PyBytes_GET_SIZE(agent) > parts.user_agent_bytes:
        agent = agent[:parts.user_agent_bytes]
    device, told = parts.told_by(agent, (<bytes> language)[:2])
    if sort_into(single, attributes, own, query, parts.pieces, parts.learn, told) > parts.key_value_limit or own:
        return None
    asked, article = single.get("slots"), single.get("article")
    index = snapshot.index
    site = index.sites.get(single.get("site", ""))
    if site is None or asked is None:
        return None
    slots = <object> PyTuple_GET_ITEM(asked, NAMES)
    if not slots or slots is not <object> PyTuple_GET_ITEM(asked, CALLED) or article is not None and type(article) is not str:
        return None
    site_id = site.id
    if settings.geo_city_header is not None:
        parts.add_city(attributes, headers, settings.geo_city_header)
    width = single.get("w", parts.phone_width if device is parts.phone else None) or None
    traffic = context.traffic
    if traffic.is_due():
        traffic.note(site_id, slots, attributes, width)
    decisions = decide(parts, index, site_id, slots, attributes, now, context.paces, width,
                       single.get("capped", parts.nobody), single.get("shown"))
    city = attributes.get("city")
    hour = issued // parts.hour_seconds
    audience, refreshed = parts.audiences_of(device, None if city is None else city[0])
    common = envelope(parts, snapshot, settings, site, site_id, scope, headers)
    written = write(
        decisions, issued, audience, refreshed if parts.refresh in attributes else audience,
        <object> PyTuple_GET_ITEM(common, ANSWERS), context.keys.states[0], context.issuer, parts.random_bits(64), single.get("page", ""), site_id, article,
        parts.field_head(parts.request, None, hour), parts.field_head(parts.unfilled, None, hour),
    )
    count(parts, context, len(slots), <list> written[1], <list> written[2])
    return parts.response(200, <object> PyTuple_GET_ITEM(common, HEADERS), written[0])


cdef inline Py_ssize_t ampersands(bytes query) noexcept:
    cdef const char *at = PyBytes_AS_STRING(query)
    cdef const char *end = at + PyBytes_GET_SIZE(query)
    cdef Py_ssize_t number = 0
    while True:
        at = <const char *> memchr(at, c"&", end - at)
        if at is NULL:
            return number
        number += 1
        at += 1


cdef list decide(Parts parts, index, site_id, slots, dict attributes, double now, paces, width, capped, shown):
    """The page's decisions, without a word to the site's index where it is at this moment already."""
    site = index.site_indexes.get(site_id)
    if site is not None and not capped and not shown and site.paces is paces and not site.roadblocks and (
        <double> site.since <= now < <double> site.until
    ):
        decisions = parts.choose_at_once(site, slots, attributes, site.window.running, parts.draw, width, parts.no_own, EVERYBODY)
        if decisions is not None:
            return decisions
    return parts.choose(index, site_id, slots, attributes, parts.moment(now, parts.zone), parts.draw, paces, width, capped,
                        parts.no_own, shown or ())


cdef object envelope(Parts parts, snapshot, settings, site, site_id, scope, dict headers):
    """What the answer has in common with others, as it was worked out before."""
    if settings.base_url is None and settings.trusted_proxies:
        return parts.envelope_of(snapshot, settings, site, scope, headers)
    forms = snapshot.forms
    key = site_id, headers.get(b"host", b""), headers.get(b"origin"), scope["scheme"]
    found = PyDict_GetItem(<dict> forms.envelopes, key)
    if found is not NULL:
        return <object> found
    made = parts.envelope_of(snapshot, settings, site, scope, headers)
    forms.keep_envelope(parts.envelope_key(*key), made)
    return made


cdef int count(Parts parts, context, Py_ssize_t slots, list fields, list whys) except -1:
    commit, decided = context.commit, context.metrics.decided
    own = commit.own
    if own is not None and own.amounts:
        tally(<dict> own.amounts, fields)
    else:
        commit.add(fields)
    decided[parts.filled] += slots - len(whys)
    for why in whys:
        decided[why.value] += 1
    return 0


cdef int tally(dict amounts, list fields) except -1:
    cdef PyObject *found
    for field in fields:
        found = PyDict_GetItem(amounts, field)
        amounts[field] = 1 if found is NULL else <object> found + 1
    return 0
