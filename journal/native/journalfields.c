/* Fields of the entry that a handle of libsystemd stands on. Of what comes in nearly every entry the objects are kept:
 * names, the sequences of them, and fields that journald itself adds. Each table has one place for what hashes alike,
 * where the last one stays: nothing grows, whatever comes. */

#include "journals.h"

#define NAMES 1024
#define NAME_BYTES 64
#define LINES 4096
#define LINE_BYTES 256
#define SHAPES 1024
/* Of an entry that comes as a pair: ENTRY_FIELDS_MAX of journal/limits.py. */
#define FIELDS_MAX 1024

static struct {
    struct {
        PyObject *text;
        size_t size;
        char bytes[NAME_BYTES];
    } names[NAMES];
    struct {
        PyObject *name, *value;
        size_t size;
        char *bytes;
    } lines[LINES];
    PyObject *shapes[SHAPES];
} *kept;

static int is_ready(void)
{
    if (kept == NULL && (kept = PyMem_Calloc(1, sizeof *kept)) == NULL)
        PyErr_NoMemory();
    return kept != NULL;
}

static uint64_t mixed(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ hash >> 29;
}

static uint64_t hash_of(const char *at, size_t size)
{
    uint64_t hash = mixed(size, 0), word;
    for (; size >= sizeof word; size -= sizeof word, at += sizeof word) {
        memcpy(&word, at, sizeof word);
        hash = mixed(hash, word);
    }
    word = 0;
    memcpy(&word, at, size);
    return mixed(hash, word);
}

/* Equal names are one object while one of them lives. */
static PyObject *name_of(const char *at, size_t size)
{
    size_t slot = size > NAME_BYTES ? 0 : hash_of(at, size) % NAMES;
    if (kept->names[slot].text != NULL && kept->names[slot].size == size
        && memcmp(kept->names[slot].bytes, at, size) == 0)
        return Py_NewRef(kept->names[slot].text);
    PyObject *text = PyUnicode_FromStringAndSize(at, (Py_ssize_t)size);
    if (text == NULL)
        return NULL;
    PyUnicode_InternInPlace(&text);
    if (size <= NAME_BYTES) {
        Py_XDECREF(kept->names[slot].text);
        kept->names[slot].text = Py_NewRef(text);
        kept->names[slot].size = size;
        memcpy(kept->names[slot].bytes, at, size);
    }
    return text;
}

/* A field taken apart, `NAME=value`. */
static int split(const char *text, size_t size, PyObject **name, PyObject **value)
{
    const char *equals = memchr(text, '=', size);
    if (equals == NULL) {
        PyErr_SetString(PyExc_OSError, "journal gave us a field without '='");
        return -1;
    }
    *name = name_of(text, (size_t)(equals - text));
    if (*name == NULL)
        return -1;
    *value = PyBytes_FromStringAndSize(equals + 1, text + size - (equals + 1));
    if (*value == NULL)
        Py_CLEAR(*name);
    return *value == NULL ? -1 : 0;
}

/* The same; what journald adds, but for times, is the same in many entries. */
static int field_of(const char *text, size_t size, PyObject **name, PyObject **value)
{
    if (size < 2 || size > LINE_BYTES || text[0] != '_' || text[1] == 'S')
        return split(text, size, name, value);
    size_t slot = hash_of(text, size) % LINES;
    if (kept->lines[slot].bytes == NULL || kept->lines[slot].size != size
        || memcmp(kept->lines[slot].bytes, text, size) != 0) {
        if (split(text, size, name, value) < 0)
            return -1;
        char *bytes = PyMem_Realloc(kept->lines[slot].bytes, size);
        if (bytes == NULL)
            return 0;
        memcpy(bytes, text, size);
        Py_XDECREF(kept->lines[slot].name);
        Py_XDECREF(kept->lines[slot].value);
        kept->lines[slot].name = Py_NewRef(*name);
        kept->lines[slot].value = Py_NewRef(*value);
        kept->lines[slot].size = size;
        kept->lines[slot].bytes = bytes;
        return 0;
    }
    *name = Py_NewRef(kept->lines[slot].name);
    *value = Py_NewRef(kept->lines[slot].value);
    return 0;
}

/* A name that came before has a list of its values. */
static int add_value(PyObject *fields, PyObject *name, PyObject *value)
{
    PyObject *there = PyDict_GetItemWithError(fields, name);
    if (there != NULL && PyList_CheckExact(there))
        return PyList_Append(there, value);
    if (there == NULL)
        return PyErr_Occurred() ? -1 : PyDict_SetItem(fields, name, value);
    PyObject *list = Py_BuildValue("[OO]", there, value);
    int result = list == NULL ? -1 : PyDict_SetItem(fields, name, list);
    Py_XDECREF(list);
    return result;
}

PyObject *journal_dict(sd_journal *handle)
{
    PyObject *fields = is_ready() ? PyDict_New() : NULL;
    if (fields == NULL)
        return NULL;
    const void *data;
    size_t size;
    libsystemd.restart_data(handle);
    while (libsystemd.enumerate_available_data(handle, &data, &size) > 0) {
        PyObject *name, *value;
        int result = field_of(data, size, &name, &value);
        if (result == 0) {
            result = add_value(fields, name, value);
            Py_DECREF(name);
            Py_DECREF(value);
        }
        if (result < 0) {
            Py_DECREF(fields);
            return NULL;
        }
    }
    return fields;
}

static PyObject *tuple_of(PyObject **items, Py_ssize_t count)
{
    PyObject *tuple = PyTuple_New(count);
    for (Py_ssize_t at = 0; tuple != NULL && at < count; at++)
        PyTuple_SetItem(tuple, at, Py_NewRef(items[at]));
    return tuple;
}

static int are_items_of(PyObject *tuple, PyObject **items, Py_ssize_t count)
{
    if (tuple == NULL || PyTuple_Size(tuple) != count)
        return 0;
    for (Py_ssize_t at = 0; at < count; at++)
        if (PyTuple_GetItem(tuple, at) != items[at])
            return 0;
    return 1;
}

/* The names as a tuple; None where one comes twice. */
static PyObject *shape_of(PyObject **names, Py_ssize_t count)
{
    uint64_t hash = 0;
    for (Py_ssize_t at = 0; at < count; at++)
        hash = mixed(hash, (uintptr_t)names[at]);
    PyObject **slot = &kept->shapes[hash % SHAPES];
    if (are_items_of(*slot, names, count))
        return Py_NewRef(*slot);
    PyObject *shape = tuple_of(names, count);
    PyObject *distinct = shape == NULL ? NULL : PyFrozenSet_New(shape);
    Py_ssize_t size = distinct == NULL ? -1 : PySet_Size(distinct);
    Py_XDECREF(distinct);
    if (size != count) {
        Py_XDECREF(shape);
        return size < 0 ? NULL : Py_NewRef(Py_None);
    }
    Py_XDECREF(*slot);
    *slot = Py_NewRef(shape);
    return shape;
}

PyObject *journal_pair(sd_journal *handle)
{
    PyObject *names[FIELDS_MAX], *values[FIELDS_MAX], *pair = NULL;
    Py_ssize_t count = 0;
    const void *data;
    size_t size;
    if (!is_ready())
        return NULL;
    libsystemd.restart_data(handle);
    while (libsystemd.enumerate_available_data(handle, &data, &size) > 0) {
        if (count == FIELDS_MAX) {
            pair = Py_NewRef(Py_None);
            goto done;
        }
        if (field_of(data, size, &names[count], &values[count]) < 0)
            goto done;
        count++;
    }
    PyObject *shape = shape_of(names, count);
    if (shape == Py_None)
        pair = shape;
    else if (shape != NULL) {
        PyObject *own = tuple_of(values, count);
        pair = own == NULL ? NULL : PyTuple_Pack(2, shape, own);
        Py_XDECREF(own);
        Py_DECREF(shape);
    }
done:
    for (Py_ssize_t at = 0; at < count; at++) {
        Py_DECREF(names[at]);
        Py_DECREF(values[at]);
    }
    return pair;
}
