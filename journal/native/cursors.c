/* Cursors: the reference is shipper/columns.py. */

#include "codec.h"

#define ID_DIGITS 32
#define PARTS 6

/* One part, `letter=` and hexadecimal digits, at most 16, up to `end` (its last character): where the next part begins,
 * or NULL when it looks different. */
static const char *read_number(const char *at, const char *limit, char letter, char end, uint64_t *number)
{
    if (limit - at < 2 || at[0] != letter || at[1] != '=')
        return NULL;
    at += 2;
    uint64_t value = 0;
    int digits = 0;
    for (; at < limit && *at != end; at++, digits++) {
        unsigned digit = (unsigned char)*at;
        if (digit >= '0' && digit <= '9')
            digit -= '0';
        else if (digit >= 'a' && digit <= 'f')
            digit -= 'a' - 10;
        else
            return NULL;
        if (digits == 16)
            return NULL;
        value = value << 4 | digit;
    }
    if (digits == 0 || (at == limit) != (end == '\0'))
        return NULL;
    *number = value;
    return at == limit ? at : at + 1;
}

/* `letter=`, 32 characters, `;`: where the next part begins, or NULL. */
static const char *pass_id(const char *at, const char *limit, char letter)
{
    if (limit - at < ID_DIGITS + 3 || at[0] != letter || at[1] != '=' || at[ID_DIGITS + 2] != ';')
        return NULL;
    for (int digit = 2; digit < ID_DIGITS + 2; digit++)
        if (at[digit] == ';')
            return NULL;
    return at + ID_DIGITS + 3;
}

/* An id with its letter. One entry's is mostly that of the entry before: `last` is what was made then, or NULL. */
static PyObject *text_of_id(PyObject **last, const char *at)
{
    Py_ssize_t size = 0;
    const char *before = *last == NULL ? NULL : PyUnicode_AsUTF8AndSize(*last, &size);
    if (before == NULL || size != ID_DIGITS + 2 || memcmp(before, at, (size_t)size) != 0) {
        PyObject *text = PyUnicode_FromStringAndSize(at, ID_DIGITS + 2);
        if (text == NULL)
            return NULL;
        Py_XDECREF(*last);
        *last = text;
    }
    return Py_NewRef(*last);
}

static PyObject *cursor_parts(PyObject *Py_UNUSED(module), PyObject *cursor)
{
    Py_ssize_t size;
    const char *text = PyUnicode_Check(cursor) ? PyUnicode_AsUTF8AndSize(cursor, &size) : NULL;
    if (text == NULL) {
        PyErr_Clear();
        FALL_BACK;
    }
    const char *limit = text + size, *boot, *at;
    uint64_t seqnum, monotonic, realtime, hash;
    if ((at = pass_id(text, limit, 's')) == NULL || (boot = read_number(at, limit, 'i', ';', &seqnum)) == NULL
        || (at = pass_id(boot, limit, 'b')) == NULL || (at = read_number(at, limit, 'm', ';', &monotonic)) == NULL
        || (at = read_number(at, limit, 't', ';', &realtime)) == NULL
        || read_number(at, limit, 'x', '\0', &hash) == NULL)
        FALL_BACK;
    static PyObject *last_seqnum_id, *last_boot;
    PyObject *const parts[] = {
        text_of_id(&last_seqnum_id, text), PyLong_FromUnsignedLongLong(seqnum), text_of_id(&last_boot, boot),
        PyLong_FromUnsignedLongLong(monotonic), PyLong_FromUnsignedLongLong(realtime), PyLong_FromUnsignedLongLong(hash),
    };
    PyObject *address = PyTuple_New(PARTS);
    for (Py_ssize_t at_part = 0; at_part < PARTS; at_part++) {
        if (parts[at_part] == NULL)
            Py_CLEAR(address);
        if (address == NULL)
            Py_XDECREF(parts[at_part]);
        else
            PyTuple_SetItem(address, at_part, parts[at_part]);
    }
    return address;
}

PyMethodDef cursors_methods[] = {
    {"cursor_parts", cursor_parts, METH_O, "See compiled.py."},
    {NULL, NULL, 0, NULL},
};
