# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""What an ad request costs most, compiled: the page's answer with its tokens. It is what `write_page_in_python` makes.

The hash is the standard library's; only what is around it is here.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.dict cimport PyDict_GetItem
from cpython.mem cimport PyMem_Free, PyMem_Malloc, PyMem_Realloc
from cpython.object cimport PyObject
from libc.string cimport memcpy

cdef extern from *:
    const char *SOURCE_DIGEST  # the build says which source this is

cdef enum:
    AD_VERSION = 1  # token.py has the same
    VIEW_VERSION = 2
    TAG_BYTES = 12
    HEAD_BYTES = 17
    MOST_BYTES = 512
    MOST_LETTERS = 688  # for every three bytes four

cdef enum:  # the fields of render.Form
    PARTS
    MARKED
    AD
    WHY
    WHY_JSON

SOURCE = SOURCE_DIGEST.decode()

cdef const char *LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
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


cdef inline void put(unsigned char *at, unsigned long long number, int size) noexcept:
    """Write a number, its highest byte first."""
    cdef int place
    for place in range(size):
        at[size - 1 - place] = number & 255
        number >>= 8


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


def write_page(list decisions, stamp, answers, state, issuer, unsigned long long request, page, article,
               bytes request_head, bytes unfilled_head):
    """Return the body, the counters' fields and why slots are empty. The heads begin the fields of the stamp's hour."""
    cdef Buffer body = Buffer.__new__(Buffer), why = Buffer.__new__(Buffer)
    cdef Signer signer = Signer.__new__(Signer, state)
    cdef list forms = [], fields = [], whys = []
    cdef tuple parts
    cdef bytes ad, audience = (<tuple> stamp)[1], shown_to = (<tuple> stamp)[2]
    cdef PyObject *found
    cdef dict kept = answers.kept
    cdef Py_ssize_t shown = 0, place
    cdef unsigned long long number, sequence
    cdef unsigned int issued = (<tuple> stamp)[0]
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
        parts, ad, empty = (<tuple> form)[PARTS], (<tuple> form)[AD], (<tuple> form)[WHY]
        if ad is not None:
            fields.append(joined(request_head, ad, audience))
        if empty is not None:
            if ad is not None:
                fields.append(joined(unfilled_head, ad, audience))
            body.add_bytes(<bytes> parts[0])
            if whys:
                why.add(b",", 1)
            why.add_bytes(<bytes> (<tuple> form)[WHY_JSON])
            whys.append(empty)
            continue
        signer.sign(AD_VERSION, number, sequence, issued, ad, shown_to)
        sequence += 1
        if (<tuple> form)[MARKED] is not None:
            body.add_bytes(<bytes> answers.fill(form, signer.text[:signer.length].decode("ascii"), page, issued))
            continue
        for place in range(len(parts)):
            if place:
                body.add(signer.text, signer.length)
            body.add_bytes(<bytes> parts[place])
    body.add(b'},"why":{', 9)
    body.add(why.start, why.size)
    body.add(b"}", 1)
    if article is not None:
        number, sequence = issuer.view()
        signer.sign(VIEW_VERSION, number, sequence, issued, packed(article[0]), (<str> article[1]).encode())
        body.add(b',"view":"', 9)
        body.add(signer.text, signer.length)
        body.add(b'"', 1)
    body.add(b"}", 1)
    return PyBytes_FromStringAndSize(body.start, body.size), fields, whys


cdef inline bytes packed(unsigned int number):
    cdef unsigned char data[4]
    put(data, number, 4)
    return PyBytes_FromStringAndSize(<char *> data, 4)
