/* Texts of a column that have some bytes inside: store/embedded/finding.py is the reference. */

#include "codec.h"

enum { STEP = 64, ALONE_BELOW = 16384, NEVER = 0, ALWAYS = 1, IF_ASCII = 2, HEAD_BYTES = 9 };

/* What is looked for: all of it where its two rarest bytes stand. A byte of text fits one of the needle where they
 * differ in no bit of the mask, which leaves out the bit of the case of letters that are folded. */
struct needle {
    const unsigned char *bytes;
    size_t size, one, other;
    int folds;
};

static unsigned char mask_of(const struct needle *needle, size_t at)
{
    unsigned char byte = needle->bytes[at];
    return needle->folds && byte >= 'a' && byte <= 'z' ? 0xDF : 0xFF;
}

/* How common a byte is in the texts of logs, about: 0 is rare. */
static size_t commonness(unsigned char byte)
{
    static const char rising[] = "\"/[]()=,qzjxkvw:9876543yb.2-g1hf0pumcdlnsriotae ";
    const char *found = byte ? strchr(rising, byte) : NULL;
    return found ? (size_t)(found - rising) + 1 : 0;
}

static void choose(struct needle *needle)
{
    needle->one = 0;
    for (size_t at = 1; at < needle->size; at++)
        if (commonness(needle->bytes[at]) < commonness(needle->bytes[needle->one]))
            needle->one = at;
    needle->other = needle->one ? 0 : needle->size - 1;
    for (size_t at = 0; at < needle->size; at++)
        if (at != needle->one && commonness(needle->bytes[at]) < commonness(needle->bytes[needle->other]))
            needle->other = at;
}

static int stands_at(const struct needle *needle, const unsigned char *text)
{
    for (size_t at = 0; at < needle->size; at++)
        if ((text[at] ^ needle->bytes[at]) & mask_of(needle, at))
            return 0;
    return 1;
}

/* Whether the needle may begin at one of STEP places: both of its rarest bytes are there. Compilers make vectors of
 * it. */
static int may_begin(const unsigned char *one, const unsigned char *other, unsigned char first, unsigned char second,
                     unsigned char first_mask, unsigned char second_mask)
{
    unsigned char found = 0;
    for (int at = 0; at < STEP; at++)
        found |= (unsigned char)((((one[at] ^ first) & first_mask) | ((other[at] ^ second) & second_mask)) == 0);
    return found;
}

/* Where the needle begins first, from `at` on; `size` where it does not. */
static size_t find(const struct needle *needle, const unsigned char *text, size_t at, size_t size)
{
    if (needle->size > size)
        return size;
    size_t places = size - needle->size + 1; /* at which it has room */
    unsigned char first = needle->bytes[needle->one], second = needle->bytes[needle->other];
    unsigned char first_mask = mask_of(needle, needle->one), second_mask = mask_of(needle, needle->other);
    while (at < places) {
        size_t end = places - at < STEP ? places : at + STEP;
        if (end - at == STEP && !may_begin(text + at + needle->one, text + at + needle->other, first, second,
                                           first_mask, second_mask)) {
            at = end;
            continue;
        }
        for (; at < end; at++)
            if (((text[at + needle->one] ^ first) & first_mask) == 0 && stands_at(needle, text + at))
                return at;
    }
    return size;
}

static int is_ascii(const unsigned char *text, size_t size)
{
    unsigned char bits = 0;
    for (; size >= STEP && !(bits & 0x80); text += STEP, size -= STEP)
        for (int at = 0; at < STEP; at++)
            bits |= text[at];
    for (size_t at = 0; at < size; at++)
        bits |= text[at];
    return !(bits & 0x80);
}

/* The texts between bounds that have the needle, the first of which begins at `at`: how many, and which. */
static Py_ssize_t collect(const struct needle *needle, const unsigned char *raw, size_t at, const uint64_t *bounds,
                          Py_ssize_t count, uint64_t *found)
{
    Py_ssize_t number = 0, index = 0;
    size_t end = (size_t)bounds[count];
    while (at < end) {
        while (bounds[index + 1] <= at)
            index++;
        if (needle->size <= bounds[index + 1] - at) {
            found[number++] = (uint64_t)index;
            at = (size_t)bounds[index + 1];
        } else {
            at++;
        }
        at = find(needle, raw, at, end);
    }
    return number;
}

static PyObject *listed(const uint64_t *found, Py_ssize_t number, const uint64_t *bounds)
{
    PyObject *list = PyList_New(number);
    for (Py_ssize_t at = 0; list != NULL && at < number; at++) {
        PyObject *place = Py_BuildValue("nnn", (Py_ssize_t)found[at], (Py_ssize_t)bounds[found[at]],
                                        (Py_ssize_t)bounds[found[at] + 1]);
        if (place == NULL || PyList_SetItem(list, at, place) < 0) {
            Py_DECREF(list);
            return NULL;
        }
    }
    return list;
}

/* The texts with the needle, which is at `first` for the first time. */
static PyObject *places(const struct needle *needle, const unsigned char *raw, Py_ssize_t size, Py_ssize_t at,
                        Py_ssize_t count, size_t first)
{
    uint64_t *bounds = PyMem_Calloc(2 * (size_t)count + 1, sizeof *bounds);
    if (bounds == NULL)
        return PyErr_NoMemory();
    uint64_t *found = bounds + count + 1;
    if (!get_plain(raw, size, &at, count, bounds + 1) || !add_up(bounds, count, at, size)) {
        PyMem_Free(bounds);
        FALL_BACK;
    }
    Py_ssize_t number;
    Py_BEGIN_ALLOW_THREADS
    number = collect(needle, raw, first, bounds, count, found);
    Py_END_ALLOW_THREADS
    PyObject *list = listed(found, number, bounds);
    PyMem_Free(bounds);
    return list;
}

static PyObject *find_texts(PyObject *module, PyObject *arguments)
{
    (void)module;
    PyObject *held;
    const char *wanted;
    Py_ssize_t long_, at, count;
    int fold, fits = 1;
    if (!PyArg_ParseTuple(arguments, "y#iSnn", &wanted, &long_, &fold, &held, &at, &count))
        return NULL;
    const unsigned char *raw = (const unsigned char *)PyBytes_AsString(held);
    Py_ssize_t size = PyBytes_Size(held);
    struct needle needle = {(const unsigned char *)wanted, (size_t)long_, 0, 0, fold != NEVER};
    for (Py_ssize_t byte = 0; fold != NEVER && byte < long_; byte++)
        fits &= needle.bytes[byte] < 'A' || needle.bytes[byte] > 'Z';
    if (!fits || long_ < 1 || fold < NEVER || fold > IF_ASCII || at < 0 || at > size || size - at < HEAD_BYTES ||
        count < 1 || count > PY_SSIZE_T_MAX / 32)
        FALL_BACK;
    Py_ssize_t width = raw[at];
    if (width > 8 || (width && count > (size - at - HEAD_BYTES) / width))
        FALL_BACK;
    choose(&needle);
    size_t texts = (size_t)(at + HEAD_BYTES + width * count), first;
    PyThreadState *others = size >= ALONE_BELOW ? PyEval_SaveThread() : NULL;
    fits = fold != IF_ASCII || is_ascii(raw + texts, (size_t)size - texts);
    first = fits ? find(&needle, raw, texts, (size_t)size) : 0;
    if (others != NULL)
        PyEval_RestoreThread(others);
    if (!fits)
        FALL_BACK;
    return first == (size_t)size ? PyList_New(0) : places(&needle, raw, size, at, count, first);
}

PyMethodDef finding_methods[] = {
    {"find_texts", find_texts, METH_VARARGS,
     "(needle, fold, frame, at, count): (index, start, end) of each text with it; None to ask the reference."},
    {NULL, NULL, 0, NULL},
};
