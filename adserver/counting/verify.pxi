# Reads a token's text and finds whether it is one of ours. The hash is the standard library's.

cdef enum:
    NO_LETTER = 64

cdef unsigned char VALUES[256]
cdef int place
for place in range(256):
    VALUES[place] = NO_LETTER
for place in range(64):
    VALUES[<unsigned char> LETTERS[place]] = place


cdef Py_ssize_t verify(list states, const char *text, Py_ssize_t letters, unsigned char *signed) except -2:
    """Write what the token signs and return its size, or -1 where it is not one of ours. There is room for MOST_BYTES."""
    cdef Py_ssize_t size = decode(text, letters, signed) - TAG_BYTES
    cdef bytes payload, tag
    if size < 0:
        return -1
    payload = PyBytes_FromStringAndSize(<const char *> signed, size)
    for state in states:
        attempt = state.copy()
        attempt.update(payload)
        tag = attempt.digest()
        if is_equal(<const unsigned char *> PyBytes_AS_STRING(tag), signed + size):
            return size
    return -1


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
