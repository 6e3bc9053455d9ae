# What a token is made of, for what is compiled; token.py has the same.

cdef enum:
    AD_VERSION = 1
    VIEW_VERSION = 2
    HEAD_BYTES = 17
    TAG_BYTES = 12
    MOST_LETTERS = 600
    MOST_BYTES = 450  # for every four letters three

cdef const char *LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
