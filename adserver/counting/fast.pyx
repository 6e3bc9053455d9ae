# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""`read_line_in_python`, for beacons that are not plain, and `take_in_python` compiled."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.string cimport memchr, memcpy

from adserver.counting.bundle import Bundle
from adserver.counting.reported import KINDS, Reported
from adserver.counting.token import AdToken, unpack

include "token.pxi"
include "verify.pxi"

cdef extern from *:
    const char *SOURCE_DIGEST  # the build says which source this is

SOURCE = SOURCE_DIGEST.decode()

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
    cdef Py_ssize_t size = verify(states, text, letters, signed)
    if size < 0:
        return None
    if signed[0] != AD_VERSION:
        return unpack(PyBytes_FromStringAndSize(<const char *> signed, size))
    rest = PyBytes_FromStringAndSize(<const char *> signed + HEAD_BYTES, size - HEAD_BYTES)
    return new(AdToken, (number(signed + 1, 8), number(signed + 9, 4), number(signed + 13, 4), rest))


cdef enum:
    ENTRY_BYTES = 6  # bundle.py has the same


def take(dict amounts not None, Py_ssize_t most):
    """What `take_in_python` takes."""
    cdef Py_ssize_t counters = min(most, len(amounts)), each, size = 0
    cdef list taken = []
    cdef bytes field, text
    cdef unsigned char *at
    for each in range(counters):
        pair = amounts.popitem()
        size += ENTRY_BYTES + PyBytes_GET_SIZE(<bytes> (<tuple> pair)[0])
        taken.append(pair)
    text = PyBytes_FromStringAndSize(NULL, size)
    at = <unsigned char *> PyBytes_AS_STRING(text)
    for pair in taken:
        field = <bytes> (<tuple> pair)[0]
        size = PyBytes_GET_SIZE(field)
        put(at, size, 2)
        put(at + 2, <unsigned int> (<tuple> pair)[1], 4)
        memcpy(at + ENTRY_BYTES, PyBytes_AS_STRING(field), size)
        at += ENTRY_BYTES + size
    return new(Bundle, (text, counters))
