# What a token is made of, and how its numbers are written, for what is compiled; token.py has the same.

cdef enum:
    AD_VERSION = 1
    VIEW_VERSION = 2
    HEAD_BYTES = 17
    TAG_BYTES = 12
    MOST_LETTERS = 600
    MOST_BYTES = 450  # for every four letters three

cdef const char *LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


cdef inline void put(unsigned char *at, unsigned long long number, int size) noexcept nogil:
    """Write a number, its highest byte first."""
    cdef int place
    for place in range(size):
        at[size - 1 - place] = number & 255
        number >>= 8
