# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""`choose_in_python` compiled, for sites without roadblocks: the same answers to the same draws.

Where Python intersects the sets of campaigns that a page's conditions leave, which takes time in proportion to the
campaigns, this asks of each campaign that a draw falls on whether it is in all of the sets. A set is read in place, bit
by bit, from the Python integer that it is.
"""

from cpython.dict cimport PyDict_GetItem
from cpython.list cimport PyList_GET_ITEM, PyList_GET_SIZE
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.object cimport PyObject
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_GET_SIZE

cdef extern from *:
    """
    #if PY_VERSION_HEX >= 0x030C0000
    #define DIGITS_OF(number) (((PyLongObject *)(number))->long_value.ob_digit)
    #define SIZE_OF(number) ((Py_ssize_t)(((PyLongObject *)(number))->long_value.lv_tag >> 3))
    #else
    #define DIGITS_OF(number) (((PyLongObject *)(number))->ob_digit)
    #define SIZE_OF(number) Py_SIZE(number)
    #endif
    static inline int has_bit(PyObject *mask, Py_ssize_t at, digit bit) {
        return at < SIZE_OF(mask) && (DIGITS_OF(mask)[at] & bit) != 0;
    }
    static inline digit digit_of(PyObject *mask, Py_ssize_t at) {
        return at < SIZE_OF(mask) ? DIGITS_OF(mask)[at] : 0;
    }
    """
    ctypedef unsigned int digit
    int DIGIT_BITS "PyLong_SHIFT"
    Py_ssize_t SIZE_OF(PyObject *number)
    bint has_bit(PyObject *mask, Py_ssize_t at, digit bit)
    digit digit_of(PyObject *mask, Py_ssize_t at)

    const char *SOURCE_DIGEST  # the build says which source this is

cdef enum:
    MOST_SETS = 64
    MOST_FLIPS = 128
    MOST_SLOTS = 32
    FEW = 12  # pool.py has the same
    NOBODY = -1
    EVERYBODY = -1  # page.py has the same

cdef enum:  # fields of pool.Weighed
    WEIGHTS = 0
    COMPILED = 6

SOURCE = SOURCE_DIGEST.decode()


cdef class Arranged:
    """A tier's campaigns with their weights, as `TierPool.weigh` arranges them; `shares` instead of weights for
    sponsorships, None for those that divide the rest."""

    cdef object members, _places, _sums
    cdef unsigned int[::1] places
    cdef double[::1] sums
    cdef Py_ssize_t lights, heavies
    cdef unsigned int *guide
    cdef unsigned int *heavy_places
    cdef unsigned int *free_places
    cdef double *heavy_weights
    cdef double *free_sums
    cdef double light, rest
    cdef int first_tries, more_tries
    cdef bint has_shares

    def __cinit__(self, members, double rest, rounds, places, sums, heavy_places, heavy_weights, bint has_shares=False):
        cdef Py_ssize_t each, at = 0
        self.members, self.rest, self.has_shares = members, rest, has_shares
        self.first_tries, self.more_tries = len(rounds[0]), len(rounds[1])
        self._places, self._sums = places, sums
        self.lights, self.heavies = len(places), len(heavy_places)
        self.light = 0.0
        self.guide = <unsigned int *> PyMem_Malloc((self.lights + 1) * sizeof(unsigned int))
        self.heavy_places = <unsigned int *> PyMem_Malloc((self.heavies + 1) * sizeof(unsigned int))
        self.free_places = <unsigned int *> PyMem_Malloc((self.heavies + 1) * sizeof(unsigned int))
        self.heavy_weights = <double *> PyMem_Malloc((self.heavies + 1) * sizeof(double))
        self.free_sums = <double *> PyMem_Malloc((self.heavies + 1) * sizeof(double))
        if not (self.guide and self.heavy_places and self.free_places and self.heavy_weights and self.free_sums):
            raise MemoryError
        for each in range(self.heavies):
            weight = heavy_weights[each]
            self.heavy_places[each], self.heavy_weights[each] = heavy_places[each], -1.0 if weight is None else weight
        if self.lights:
            self.places, self.sums = places, sums
            self.light = self.sums[self.lights - 1]
            # For each equal part of the sum the first campaign that reaches beyond its beginning.
            for each in range(self.lights):
                while at < self.lights - 1 and self.sums[at] <= self.light * each / self.lights:
                    at += 1
                self.guide[each] = at

    def __dealloc__(self):
        PyMem_Free(self.guide)
        PyMem_Free(self.heavy_places)
        PyMem_Free(self.free_places)
        PyMem_Free(self.heavy_weights)
        PyMem_Free(self.free_sums)

    cdef Py_ssize_t light_at(self, double number) noexcept:
        """The light campaign that a number below `light` falls on, as bisect_right finds it."""
        cdef Py_ssize_t at = self.guide[min(self.lights - 1, <Py_ssize_t> (number / self.light * self.lights))]
        while at and self.sums[at - 1] > number:
            at -= 1
        while self.sums[at] <= number:
            at += 1
        return self.places[at]


cdef struct Condition:
    PyObject *holding  # the campaigns whose condition holds; with flips those for which it does without a value
    int first
    int last  # beyond its flips


cdef class Sieve:
    """What a page's request leaves, and what its slots that are decided take away."""

    cdef object site, slots, attributes, max_width, allowed, left_beside, entering
    cdef list answer, labels, apart, kept_alive
    cdef Py_ssize_t positions[MOST_SLOTS]  # of the campaigns shown
    cdef int shown_count
    cdef Condition conditions[MOST_SETS]
    cdef PyObject *flips[MOST_FLIPS]
    cdef int count

    cdef bint meets(self, Py_ssize_t position) noexcept:
        """Whether all conditions hold for the campaign."""
        cdef Py_ssize_t at = position // DIGIT_BITS
        cdef digit bit = <digit> 1 << (position % DIGIT_BITS)
        cdef Condition *each = self.conditions
        cdef int number, flip
        cdef bint holds
        for number in range(self.count):
            holds = has_bit(each.holding, at, bit)
            for flip in range(each.first, each.last):
                if has_bit(self.flips[flip], at, bit):
                    holds = not holds
                    break
            if not holds:
                return False
            each += 1
        return True

    cdef bint suits(self, Py_ssize_t position, pool) except -1:
        """Whether the page lets the campaign into this slot."""
        cdef Py_ssize_t at
        cdef digit bit
        if not self.shown_count:
            return True
        if self.times_shown(position):
            return self.may_repeat(position, pool)
        at, bit = position // DIGIT_BITS, <digit> 1 << (position % DIGIT_BITS)
        for apart in self.apart:
            if not has_bit(<PyObject *> apart, at, bit):
                return False
        return True

    cdef int times_shown(self, Py_ssize_t position) noexcept:
        cdef int each, times = 0
        for each in range(self.shown_count):
            times += self.positions[each] == position
        return times

    cdef bint may_repeat(self, Py_ssize_t position, pool) except -1:
        mask = pool.mask
        if not has_bit(<PyObject *> mask, position // DIGIT_BITS, <digit> 1 << (position % DIGIT_BITS)):
            return False
        if self.times_shown(position) >= self.site.candidates[position].limit:
            return False
        return not self.shown().issuperset(pool.choice(position).creatives)

    cdef set shown(self):
        return {each.creative.id for each in self.answer if each.creative is not None}

    cdef Py_ssize_t pick(self, Arranged tier, pool, draw) except -2:
        """What `TierPool.pick` returns for the campaigns that the sieve leaves; NOBODY for None."""
        cdef Py_ssize_t number, position, free = 0
        cdef double sum = 0.0, whole, total, at
        cdef unsigned int few[FEW + 1]
        cdef int tries, stage
        for number in range(tier.heavies):
            position = tier.heavy_places[number]
            if self.meets(position) and self.suits(position, pool):
                tier.free_places[free] = number if tier.has_shares else position
                sum += tier.heavy_weights[number]
                tier.free_sums[free] = sum
                free += 1
        whole = self.share_out(tier, free) if tier.has_shares else sum + tier.rest
        if tier.lights == 0:
            return walk(tier, free, <double> draw() * whole) if free else NOBODY
        total = tier.light + whole
        for stage in range(2):
            for tries in range(tier.more_tries if stage else tier.first_tries):
                at = <double> draw() * total
                if at >= tier.light:
                    return walk(tier, free, at - tier.light)
                position = tier.light_at(at)
                if self.meets(position) and self.suits(position, pool):
                    return position
            if stage == 0 and self.list_free(<PyObject *> tier.members, pool, few, FEW + 1) <= FEW:
                break
        return self.pick_listed(tier, pool, draw)

    cdef double share_out(self, Arranged tier, Py_ssize_t free) except -1.0:
        """Make the free sponsors' shares the sums that are walked; return their whole."""
        cdef Py_ssize_t number, place, sharing = 0
        cdef double taken = 0.0, sum = 0.0, left = 0.0, share
        for number in range(free):
            share = tier.heavy_weights[tier.free_places[number]]
            if share < 0:
                sharing += 1
            else:
                taken += share
        if sharing:
            left = max(0.0, 1.0 - taken) / sharing
        for number in range(free):
            place = tier.free_places[number]
            share = tier.heavy_weights[place]
            sum += left if share < 0 else share
            tier.free_sums[number] = sum
            tier.free_places[number] = tier.heavy_places[place]
        return max(1.0, taken) if free else 0.0

    cdef Py_ssize_t list_free(self, PyObject *members, pool, unsigned int *found, Py_ssize_t most) except -1:
        """Find members that are free, lowest first, until there are `most`; return how many."""
        cdef Py_ssize_t at, position, count = 0
        cdef int number, flip, bit
        cdef digit left, flipped
        cdef Condition *each
        for at in range(SIZE_OF(members)):
            left = digit_of(members, at)
            for number in range(self.count):
                if not left:
                    break
                each = self.conditions + number
                flipped = 0
                for flip in range(each.first, each.last):
                    flipped |= digit_of(self.flips[flip], at)
                left &= digit_of(each.holding, at) ^ flipped
            bit = 0
            while left:
                if left & 1:
                    position = at * DIGIT_BITS + bit
                    if self.suits(position, pool):
                        found[count] = position
                        count += 1
                        if count == most:
                            return count
                left >>= 1
                bit += 1
        return count

    cdef Py_ssize_t pick_listed(self, Arranged tier, pool, draw) except -2:
        cdef PyObject *members = <PyObject *> tier.members
        cdef Py_ssize_t most = SIZE_OF(members) * DIGIT_BITS, count, each
        cdef unsigned int *found = <unsigned int *> PyMem_Malloc(most * sizeof(unsigned int))
        cdef double[::1] weights = self.site.weights
        cdef double sum = 0.0, at
        if not found:
            raise MemoryError
        try:
            count = self.list_free(members, pool, found, most)
            for each in range(count):
                sum += weights[found[each]]
            if not count:
                return NOBODY
            at = <double> draw() * (sum + tier.rest)
            sum = 0.0
            for each in range(count):
                sum += weights[found[each]]
                if sum > at:
                    return found[each]
            return NOBODY
        finally:
            PyMem_Free(found)

    cdef object fill(self, pool, draw):
        """The decision for the slot, None where all tiers pass on."""
        cdef Py_ssize_t position
        weights = self.site.weights
        for tier in <list> pool.tiers:
            weighed = tier.weighed
            if (<tuple> weighed)[WEIGHTS] is not weights:
                weighed = tier.come_to(weights)
            position = self.pick(<Arranged> (<tuple> weighed)[COMPILED], pool, draw)
            if position != NOBODY:
                return self.take(position, pool, draw)
        return None

    cdef object take(self, Py_ssize_t position, pool, draw):
        cdef tuple decisions, sums
        cdef double at
        cdef Py_ssize_t place, last
        choice = (<list> pool.choices)[position]
        if choice is None:
            choice = pool.choice(position)
        if self.times_shown(position):
            from adserver.decision.rotation import without
            choice = without(choice, self.shown())
        self.positions[self.shown_count] = position
        self.shown_count += 1
        for label in <tuple> self.labels[position]:
            self.apart.append(self.site.apart[label])
        decisions = <tuple> (<tuple> choice)[0]
        last = len(decisions) - 1
        if last == 0:
            return decisions[0]
        sums = <tuple> (<tuple> choice)[1]
        at = <double> draw() * <double> sums[last]
        for place in range(last):
            if <double> sums[place] > at:
                return decisions[place]
        return decisions[last]

    cdef object empty(self, place, pool):
        from adserver.decision.choose import why_empty
        from adserver.decision.page import Page
        cdef int each
        positions = [self.positions[each] for each in range(self.shown_count)]
        free = [self.left()] * len(self.slots)
        page = Page(self.site, self.slots, self.max_width, free, self.left_beside, self.answer, positions)
        return place.empty(why_empty(self.site, place, pool, self.attributes, page))

    cdef bint look_up(self, dict attributes) except -1:
        """Come to the conditions of these attributes; False where there are more than there is room for."""
        cdef Condition *each = self.conditions
        cdef PyObject *found
        cdef int flips = 0
        cdef list kept = []
        each.holding, each.first, each.last = <PyObject *> self.entering, 0, 0
        for looked_up in <tuple> self.site.looked_up:
            each += 1
            each.first = each.last = flips
            found = PyDict_GetItem(attributes, <object> PyTuple_GET_ITEM(looked_up, 0))
            absent = <object> PyTuple_GET_ITEM(looked_up, 1)
            if found is NULL:
                each.holding = <PyObject *> absent  # the dimension keeps it
                continue
            values = <object> found
            dimension = <object> PyTuple_GET_ITEM(looked_up, 3)
            if len(<tuple> values) == 1:
                found = PyDict_GetItem(<object> PyTuple_GET_ITEM(looked_up, 2), values)
                answer = dimension.remember(values) if found is NULL else <object> found
                kept.append(answer)
                each.holding = <PyObject *> answer
                continue
            if flips + len(<tuple> values) > MOST_FLIPS:
                return False
            each.holding = <PyObject *> absent
            for value in <tuple> values:
                found = PyDict_GetItem(dimension.flips, value)
                flip = dimension.remember_flips(value) if found is NULL else <object> found
                kept.append(flip)
                self.flips[flips] = <PyObject *> flip
                flips += 1
            each.last = flips
        self.count = 1 + <int> (each - self.conditions)
        self.attributes, self.kept_alive = attributes, kept
        return True

    cdef object left(self):
        """The campaigns that meet all conditions, whatever the page shows, as one integer."""
        cdef int number, flip
        mask = self.allowed
        for number in range(1, self.count):
            holding = <object> self.conditions[number].holding
            flipped = 0
            for flip in range(self.conditions[number].first, self.conditions[number].last):
                flipped |= <object> self.flips[flip]
            mask &= holding ^ flipped
        return mask


cdef Py_ssize_t class_of(tuple widths, Py_ssize_t max_width) except -1:
    """What `SlotIndex.width_class` returns."""
    cdef Py_ssize_t place
    for place in range(len(widths)):
        if max_width < <Py_ssize_t> widths[place]:
            return place
    return len(widths)


cdef inline Py_ssize_t walk(Arranged tier, Py_ssize_t free, double number) noexcept:
    """The heavy campaign that the number falls on, NOBODY beyond the last."""
    cdef Py_ssize_t each
    for each in range(free):
        if tier.free_sums[each] > number:
            return tier.free_places[each]
    return NOBODY


def choose(site, slots, dict attributes, allowed, draw, max_width, dict own, left):
    """Return what `choose_in_python` does; None where the request has more of something than there is room for."""
    cdef Sieve sieve = Sieve.__new__(Sieve)
    cdef list pools
    cdef dict here
    cdef PyObject *found
    cdef Py_ssize_t number = 0
    if len(slots) > MOST_SLOTS or len(<tuple> site.looked_up) >= MOST_SETS:
        return None
    sieve.site, sieve.slots, sieve.max_width, sieve.allowed, sieve.left_beside = site, slots, max_width, allowed, left
    sieve.entering = allowed if left == EVERYBODY else allowed & left
    sieve.answer, sieve.labels, sieve.apart, sieve.shown_count = [], <list> site.labels, [], 0
    for here in own.values():
        if not sieve.look_up(here):
            return None
    if not sieve.look_up(attributes):
        return None
    places = site.slots
    for name in slots:
        if own:
            found = PyDict_GetItem(own, number)
            here = attributes if found is NULL else <dict> found
            if here is not sieve.attributes:
                sieve.look_up(here)
            number += 1
        place = places.get(name)
        if place is None:
            from adserver.decision.choose import unknown_slot
            decision = unknown_slot(name)
        else:
            pools = <list> place.pools
            pool = pools[len(pools) - 1 if max_width is None else class_of(<tuple> place.widths, max_width)]
            if pool is None:
                pool = site.pool(place, max_width)
            decision = sieve.fill(pool, draw)
            if decision is None:
                decision = sieve.empty(place, pool)
        sieve.answer.append(decision)
    return sieve.answer
