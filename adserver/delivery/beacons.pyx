# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""The way of a plain beacon, compiled: from its lines to the batch, and from what came of a batch to the answers.

The rule is `begin_events` in Python, which all other beacons take.
"""

from cpython.bytearray cimport PyByteArray_AS_STRING, PyByteArray_GET_SIZE, PyByteArray_Resize
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.dict cimport PyDict_GetItem
from cpython.object cimport PyObject
from libc.string cimport memchr, memcmp, memcpy, memset

import logging
from time import perf_counter
from time import time as unix_time

include "../counting/token.pxi"
include "../counting/verify.pxi"

cdef extern from *:
    const char *SOURCE_DIGEST  # the build says which source this is

cdef enum:
    KINDS = 3
    OUTCOMES = 3
    MOST_LINES = 64  # events.py has the same
    BLOCK_BITS = 65536  # keys.py has the same
    BLOCK_KEY_BYTES = 13
    KEPT = 8192

SOURCE = SOURCE_DIGEST.decode()

logger = logging.getLogger(__name__)


cdef struct Event:
    int kind
    unsigned long long issuer
    unsigned int sequence
    unsigned int issued


cdef class Answer:
    """What pages of an origin are answered; `whole` is as it was written last, beside the headers that all have."""

    cdef tuple cors
    cdef object response, written_with
    cdef bytes whole


cdef class Beacons:
    """What a worker's readers report. `hot` is its HotAddresses, `time` tells Unix time."""

    cdef object hot, context, states, settings, velocity, commit, metrics, sender_of, blocks_of, fields_of, refuse
    cdef object time, durable, unavailable, velocity_rejection, new_token
    cdef tuple kinds, outcomes, prefetch_headers
    cdef bytes bot_header
    cdef dict senders, blocks, fields, answers
    cdef object answers_for
    cdef long hour
    cdef double ttl, tolerance
    cdef Py_ssize_t shards, hour_seconds, longest_value

    def __init__(self, hot, time=unix_time):
        # These modules import what imports this one.
        from adserver.counting import keys
        from adserver.counting.counter import SECONDS_AN_HOUR
        from adserver.counting.events import EventKind, Rejection
        from adserver.counting.rejection import CLOCK_TOLERANCE_SECONDS, PREFETCH_HEADERS
        from adserver.counting.sighting import blocks_of, fields_of
        from adserver.counting.token import AdToken
        from adserver.delivery import events, http, record

        self.hot = hot
        self.time = time
        self.sender_of, self.refuse, self.durable = record.sender_of, record.refuse, events.durable
        self.unavailable = events.unavailable
        self.blocks_of, self.fields_of = blocks_of, fields_of
        self.kinds = (EventKind.IMPRESSION, EventKind.VIEWABLE, EventKind.CLICK)
        self.outcomes = tuple(record.OUTCOME[digit] for digit in b"012")
        self.velocity_rejection, self.new_token = Rejection.VELOCITY, AdToken._make
        self.prefetch_headers, self.tolerance = tuple(PREFETCH_HEADERS), CLOCK_TOLERANCE_SECONDS
        self.shards, self.hour_seconds, self.longest_value = keys.SHARDS, SECONDS_AN_HOUR, http.USER_AGENT_BYTES
        self.senders, self.blocks, self.fields, self.answers = {}, {}, {}, {}

    cdef int use(self, context) except -1:
        """Take what requests need of a context."""
        settings = context.settings
        self.states, self.settings, self.velocity = context.keys.states, settings, context.velocity
        self.commit, self.metrics, self.ttl = context.commit, context.metrics, settings.token_ttl_seconds
        self.bot_header = settings.bot_header.encode() if settings.bot_header else None
        self.senders, self.context = {}, context
        return 0

    def begin(self, connection, dict headers not None, bytes body not None):
        """Begin to answer as `begin_events` does. Return False, before anything came of it, for what is not plain: events
        of articles, tokens that do not count or are of several shards, senders of whom nothing counts, refused bodies.
        """
        try:
            return self.take(connection, headers, body)
        except Exception as fault:
            connection.answer(self.hot.answer_fault("events", {"headers": headers}, fault))
            return True

    cdef bint take(self, connection, dict headers, bytes body) except -1:
        cdef Event events[MOST_LINES]
        cdef list fields = []
        cdef int count
        context = self.hot.context
        if context is not self.context:
            self.use(context)
        now = self.time()
        sender = self.sender(connection.client, headers)
        if sender is None:
            return False
        count = self.read(body, now, events, fields)
        if count == 0:
            return False
        started = perf_counter() if self.metrics.is_timed() else None
        answer = self.answer(headers)
        if sender[1] is not None:
            count = self.without_too_fast(sender, now, events, fields, count)
        self.add(connection, answer, started, events, fields, count)
        return True

    cdef object sender(self, client, dict headers):
        """The one who sent the request, or None where nothing of theirs counts."""
        cdef PyObject *found
        cdef tuple key
        for name in self.prefetch_headers:
            if PyDict_GetItem(headers, name) is not NULL:
                return None
        if self.bot_header is not None and headers.get(self.bot_header, b"0") != b"0":
            return None
        found = PyDict_GetItem(headers, b"user-agent")
        if found is NULL or PyBytes_GET_SIZE(<bytes> found) > self.longest_value:
            return None
        agent = <object> found
        found = PyDict_GetItem(headers, b"x-forwarded-for")
        forwarded = None if found is NULL else <object> found
        if forwarded is not None and PyBytes_GET_SIZE(<bytes> forwarded) > self.longest_value:
            return None
        key = (None if client is None else (<tuple> client)[0], agent, forwarded)
        found = PyDict_GetItem(self.senders, key)
        if found is not NULL:
            return <object> found
        sender = self.sender_of(self.context, {"client": client}, headers)
        if len(self.senders) >= KEPT:
            self.senders.clear()
        known = self.senders[key] = sender if sender.refusal is None else None
        return known

    cdef int read(self, bytes body, double now, Event *events, list fields) except -1:
        """Read the lines and return how many events there are, 0 where it is not plain; `fields` has those of each, with
        what the token is about."""
        cdef const char *at = PyBytes_AS_STRING(body)
        cdef const char *end = at + PyBytes_GET_SIZE(body)
        cdef const char *stop
        cdef const char *last
        cdef const char *token
        cdef unsigned char signed[MOST_BYTES + 1]
        cdef Py_ssize_t size
        cdef int count = 0
        cdef long hour = <long> (now / self.hour_seconds)
        cdef double age
        cdef Event *event
        cdef PyObject *found
        if hour != self.hour or len(self.fields) > KEPT:
            self.fields, self.hour = {}, hour
        while at < end:
            stop = <const char *> memchr(at, c"\n", end - at)
            if stop is NULL:
                stop = end
            last = stop
            while at < last and is_blank(at[0]):
                at += 1
            while at < last and is_blank((last - 1)[0]):
                last -= 1
            if at < last:
                if count == MOST_LINES:
                    return 0
                event = &events[count]
                token = kind_of(at, last, &event.kind)
                if token is NULL:
                    return 0
                # The kind stands before what the token is about, as `fields` have it.
                size = verify(self.states, token, last - token, signed)
                if size < 0 or signed[0] != AD_VERSION:
                    return 0
                event.issuer, event.sequence, event.issued = (
                    number(signed + 1, 8), <unsigned int> number(signed + 9, 4), <unsigned int> number(signed + 13, 4)
                )
                age = now - event.issued
                if age > self.ttl or age < -self.tolerance or event.issuer % self.shards != events[0].issuer % self.shards:
                    return 0
                signed[HEAD_BYTES - 1] = event.kind
                key = PyBytes_FromStringAndSize(<const char *> signed + HEAD_BYTES - 1, size - HEAD_BYTES + 1)
                found = PyDict_GetItem(self.fields, key)
                if found is NULL:
                    subject = key[1:]
                    known = self.fields[key] = (self.fields_of(self.kinds[event.kind], hour, subject), subject)
                    fields.append(known)
                else:
                    fields.append(<object> found)
                count += 1
            at = stop + 1
        return count

    cdef Answer answer(self, dict headers):
        """What is answered once the events are durable."""
        cdef PyObject *found
        cdef Answer known
        cdef tuple key
        snapshot = self.context.snapshot
        domains = None if snapshot is None else snapshot.domains
        if domains is not self.answers_for or len(self.answers) >= KEPT:
            self.answers, self.answers_for = {}, domains
        key = (headers.get(b"origin", b""), headers.get(b"host", b""))
        found = PyDict_GetItem(self.answers, key)
        if found is not NULL:
            return <Answer> found
        cors = self.context.cors(headers)
        known = Answer.__new__(Answer)
        known.cors, known.response = cors, self.durable(cors)
        if len(key[0]) + len(key[1]) <= self.longest_value:
            self.answers[key] = known
        return known

    cdef int without_too_fast(self, sender, now, Event *events, list fields, int count) except -1:
        """Refuse the events with which the sender is too fast, and return how many are left."""
        cdef int each, left = 0
        for each in range(count):
            kind = self.kinds[events[each].kind]
            if self.velocity.is_too_fast(kind, sender[1], sender[2], now):
                token = (events[each].issuer, events[each].sequence, events[each].issued, (<tuple> fields[each])[1])
                self.refuse(self.context, kind, self.new_token(token), now, self.velocity_rejection)
            else:
                events[left] = events[each]
                fields[left] = fields[each]
                left += 1
        return left

    cdef int add(self, connection, answer, started, Event *events, list fields, int count) except -1:
        """Put the events into the batch that leaves next."""
        cdef unsigned char packed[16 * MOST_LINES]
        cdef char kinds[MOST_LINES]
        cdef int each
        cdef dict places, sorts
        cdef list waiters, blocks = []
        cdef bytearray ads
        cdef Py_ssize_t size
        cdef Waiting waiting
        cdef unsigned int beside
        for each in range(count):
            blocks.append(self.block(&events[each]))
        batch = self.commit.shard(events[0].issuer % self.shards).room(count) if count else None
        if batch is None:
            waiting = Waiting(self)
            waiting.take(connection, answer, started, b"")
            waiting(b"" if count == 0 else None)
            return 0
        places, sorts, ads, waiters = batch.places, batch.sorts, batch.ads, batch.ad_waiters
        for each in range(count):
            block, compared = <tuple> blocks[each]
            put(packed + 16 * each, numbered(places, block, 1), 4)
            put(packed + 16 * each + 4, events[each].sequence % BLOCK_BITS, 4)
            field = (<tuple> fields[each])[0]
            beside = numbered(places, compared, 1) if compared is not None and (<tuple> field)[2] else 0
            put(packed + 16 * each + 8, beside, 4)
            put(packed + 16 * each + 12, numbered(sorts, field, 0), 4)
            kinds[each] = events[each].kind
        size = PyByteArray_GET_SIZE(ads)
        PyByteArray_Resize(ads, size + 16 * count)
        memcpy(PyByteArray_AS_STRING(ads) + size, packed, 16 * count)
        batch.size += count
        size = len(waiters) - 1
        if size >= 0 and type((<tuple> waiters[size])[1]) is Waiting:
            waiting = <Waiting> (<tuple> waiters[size])[1]
            waiters[size] = (<object> (<tuple> waiters[size])[0] + count, waiting)
        else:
            waiting = Waiting(self)
            waiters.append((count, waiting))
        waiting.take(connection, answer, started, PyBytes_FromStringAndSize(kinds, count))
        return 0

    cdef tuple block(self, Event *event):
        """The key of the event's block, and of the one that it may be compared with."""
        cdef unsigned char key[BLOCK_KEY_BYTES]
        cdef unsigned int block = event.sequence // BLOCK_BITS
        cdef PyObject *found
        memcpy(key, &event.issuer, 8)
        memcpy(key + 8, &block, 4)
        key[12] = event.kind
        name = PyBytes_FromStringAndSize(<const char *> key, BLOCK_KEY_BYTES)
        found = PyDict_GetItem(self.blocks, name)
        if found is not NULL:
            return <tuple> <object> found
        if len(self.blocks) >= KEPT:
            self.blocks = {}
        _, first, compared = self.blocks_of(self.kinds[event.kind], event.issuer, block)
        known = self.blocks[name] = (first, compared)
        return known

    cdef int write(self, connection, Answer answer, bint is_durable) except -1:
        if not is_durable:
            connection.answer(self.unavailable(answer.cors))
            return 0
        short = connection.short
        if not short.keep_alive or short.disconnected or short.unsent or connection.pipeline:
            connection.answer(answer.response)
            return 0
        default_headers = connection.server_state.default_headers
        if default_headers is not answer.written_with:
            answer.whole, answer.written_with = connection.written(answer.response), default_headers
        connection.answer_whole(answer.whole)
        return 0


cdef class Waiting:
    """The beacons of a batch that wait to be answered, one after another."""

    cdef Beacons beacons
    cdef list waiters

    def __cinit__(self, Beacons beacons):
        self.beacons, self.waiters = beacons, []

    cdef int take(self, connection, answer, started, bytes kinds) except -1:
        self.waiters.append((connection, answer, started, kinds))
        return 0

    def __call__(self, digits):
        """Answer all: 204, or 503 where it is not known that their events are durable."""
        cdef list waiters = self.waiters
        cdef long counts[KINDS * OUTCOMES]
        cdef Py_ssize_t each, place = 0
        cdef long untimed = 0
        cdef int status = 503 if digits is None else 204
        self.waiters = []
        metrics = self.beacons.metrics
        memset(counts, 0, sizeof(counts))
        for connection, answer, started, kinds in waiters:
            if digits is not None:
                for each in range(PyBytes_GET_SIZE(kinds)):
                    counts[OUTCOMES * (<bytes> kinds)[each] + outcome_of(digits, place)] += 1
                    place += 1
            if started is None:
                untimed += 1
            else:
                metrics.answered("events", status, started)
        if untimed:
            metrics.answered("events", status, None, untimed)
        for each in range(KINDS * OUTCOMES):
            if counts[each]:
                metrics.count(metrics.events, self.beacons.kinds[each // OUTCOMES], self.beacons.outcomes[each % OUTCOMES],
                              amount=counts[each])
        for connection, answer, started, kinds in waiters:
            try:
                self.beacons.write(connection, answer, digits is not None)
            except Exception:
                logger.exception("an answer failed")  # the others get theirs


cdef inline int outcome_of(bytes digits, Py_ssize_t place) except -1:
    cdef int outcome = digits[place] - c"0" if place < len(digits) else -1
    if not 0 <= outcome < OUTCOMES:
        raise ValueError("no outcomes of a batch")
    return outcome


cdef inline bint is_blank(char letter) noexcept nogil:
    return letter == 32 or 9 <= letter <= 13


cdef inline const char *kind_of(const char *at, const char *end, int *kind) noexcept nogil:
    """Write the event's kind and return where its token begins."""
    if end - at > 11 and memcmp(at, b"impression ", 11) == 0:
        kind[0] = 0
        return at + 11
    if end - at > 9 and memcmp(at, b"viewable ", 9) == 0:
        kind[0] = 1
        return at + 9
    if end - at > 6 and memcmp(at, b"click ", 6) == 0:
        kind[0] = 2
        return at + 6
    return NULL


cdef inline unsigned int numbered(dict numbers, key, unsigned int first) except? 0:
    """The key's number; a new one gets the next, counted from `first`."""
    cdef PyObject *found = PyDict_GetItem(numbers, key)
    cdef unsigned int next
    if found is not NULL:
        return <object> found
    next = first + len(numbers)
    numbers[key] = next
    return next
