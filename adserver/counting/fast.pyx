# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""`read_line_in_python` and `take_in_python` compiled: what takes longest of a beacon, and of requests that are counted.

The hash of tokens is the standard library's.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.string cimport memchr, memcpy

from adserver.counting.bundle import Bundle
from adserver.counting.reported import KINDS, Reported
from adserver.counting.token import AdToken, unpack

include "token.pxi"

cdef extern from *:
    const char *SOURCE_DIGEST  # the build says which source this is

cdef enum:
    NO_LETTER = 64

SOURCE = SOURCE_DIGEST.decode()

cdef unsigned char VALUES[256]
cdef int place
for place in range(256):
    VALUES[place] = NO_LETTER
for place in range(64):
    VALUES[<unsigned char> LETTERS[place]] = place

cdef dict kinds = KINDS
cdef object new = tuple.__new__


def read_line(keys, bytes line not None):
    """Read `<type> <token>`, or None where the line does not read so."""
    cdef const char *start = PyBytes_AS_STRING(line)
    cdef Py_ssize_t size = PyBytes_GET_SIZE(line)
    cdef const char *space = <const char *> memchr(start, c" ", size)
    if space is NULL or space + 1 == start + size:
        return None
    kind = kinds.get(PyBytes_FromStringAndSize(start, space - start))
    if kind is None:
        return None
    return new(Reported, (kind, read_token(keys.states, space + 1, start + size - space - 1), False))


cdef object read_token(list states, const char *text, Py_ssize_t letters):
    cdef unsigned char signed[MOST_BYTES]
    cdef Py_ssize_t size = decode(text, letters, signed)
    cdef bytes payload, tag
    if size < TAG_BYTES:
        return None
    size -= TAG_BYTES
    payload = PyBytes_FromStringAndSize(<const char *> signed, size)
    for state in states:
        attempt = state.copy()
        attempt.update(payload)
        tag = attempt.digest()
        if is_equal(<const unsigned char *> PyBytes_AS_STRING(tag), signed + size):
            if signed[0] != AD_VERSION:
                return unpack(payload)
            rest = PyBytes_FromStringAndSize(<const char *> signed + HEAD_BYTES, size - HEAD_BYTES)
            return new(AdToken, (number(signed + 1, 8), number(signed + 9, 4), number(signed + 13, 4), rest))
    return None


cdef Py_ssize_t decode(const char *text, Py_ssize_t letters, unsigned char *into) noexcept nogil:
    """Return how many bytes the letters stand for, or -1 where we would not write them so."""
    cdef Py_ssize_t at, size = 0
    cdef unsigned int held = 0
    cdef int bits = 0
    cdef unsigned char value
    if letters > MOST_LETTERS or letters % 4 == 1:
        return -1
    for at in range(letters):
        value = VALUES[<unsigned char> text[at]]
        if value == NO_LETTER:
            return -1
        held = held << 6 | value
        bits += 6
        if bits >= 8:
            bits -= 8
            into[size] = <unsigned char> (held >> bits)
            size += 1
    # The last letter's spare bits are 0.
    return -1 if held & ((1 << bits) - 1) else size


cdef bint is_equal(const unsigned char *one, const unsigned char *other) noexcept nogil:
    """In the same time wherever they differ."""
    cdef int at
    cdef unsigned char difference = 0
    for at in range(TAG_BYTES):
        difference |= one[at] ^ other[at]
    return difference == 0


cdef unsigned long long number(const unsigned char *start, int size) noexcept nogil:
    cdef unsigned long long value = 0
    cdef int at
    for at in range(size):
        value = value << 8 | start[at]
    return value


cdef enum:
    ENTRY_BYTES = 6  # bundle.py has the same


def take(dict amounts not None, Py_ssize_t most):
    """What `take_in_python` takes."""
    cdef Py_ssize_t counters = min(most, len(amounts)), each, size = 0
    cdef list taken = []
    cdef bytes field, text
    cdef char *at
    for each in range(counters):
        pair = amounts.popitem()
        size += ENTRY_BYTES + PyBytes_GET_SIZE(<bytes> (<tuple> pair)[0])
        taken.append(pair)
    text = PyBytes_FromStringAndSize(NULL, size)
    at = PyBytes_AS_STRING(text)
    for pair in taken:
        field = <bytes> (<tuple> pair)[0]
        size = PyBytes_GET_SIZE(field)
        put(at, size, 2)
        put(at + 2, <unsigned int> (<tuple> pair)[1], 4)
        memcpy(at + ENTRY_BYTES, PyBytes_AS_STRING(field), size)
        at += ENTRY_BYTES + size
    return new(Bundle, (text, counters))


cdef inline void put(char *at, unsigned long long number, int size) noexcept nogil:
    """Write a number, its highest byte first."""
    cdef int place
    for place in range(size):
        at[size - 1 - place] = <char> (number & 255)
        number >>= 8
