/* Journals of this machine through libsystemd, which is looked for when the first is opened: neither the build nor the
 * codec needs it. The reference is systemd-python, whose methods these are, with the same results and errors. */

#include "journals.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>

struct libsystemd libsystemd;

#define FUNCTION(name) {"sd_journal_" #name, &libsystemd.name}
static const struct {
    const char *symbol;
    void *to;
} functions[] = {
    FUNCTION(open), FUNCTION(open_namespace), FUNCTION(open_directory), FUNCTION(open_files), FUNCTION(close),
    FUNCTION(set_data_threshold), FUNCTION(next), FUNCTION(next_skip), FUNCTION(previous), FUNCTION(previous_skip),
    FUNCTION(seek_head), FUNCTION(seek_tail), FUNCTION(seek_cursor), FUNCTION(get_cursor), FUNCTION(test_cursor),
    FUNCTION(restart_data), FUNCTION(enumerate_available_data), FUNCTION(get_fd), FUNCTION(process),
};

/* Whether libsystemd is there, with all that is needed (systemd 246 and later). */
static int has_library(void)
{
    static int known = -1;
    if (known >= 0)
        return known;
    known = 0;
    void *opened = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
    if (opened == NULL)
        return known;
    for (size_t at = 0; at < sizeof functions / sizeof functions[0]; at++) {
        void *found = dlsym(opened, functions[at].symbol);
        if (found == NULL)
            return known;
        memcpy(functions[at].to, &found, sizeof found);
    }
    return known = 1;
}

struct journal {
    PyObject_HEAD
    sd_journal *handle;
};

/* Negative numbers are errors of libsystemd; the exception for one is systemd-python's. `invalid` is what it says of an
 * argument that is none, or NULL. */
static int fails(int result, const char *invalid)
{
    if (result >= 0)
        return 0;
    if (result == -EINVAL && invalid != NULL)
        PyErr_SetString(PyExc_ValueError, invalid);
    else if (result == -ENOMEM)
        PyErr_SetString(PyExc_MemoryError, "Not enough memory");
    else {
        errno = -result;
        PyErr_SetFromErrno(PyExc_OSError);
    }
    return 1;
}

static sd_journal *handle_of(PyObject *self)
{
    sd_journal *handle = ((struct journal *)self)->handle;
    if (handle == NULL)
        fails(-EINVAL, NULL);
    return handle;
}

static PyObject *get_all(PyObject *self, PyObject *Py_UNUSED(nothing))
{
    sd_journal *handle = handle_of(self);
    return handle == NULL ? NULL : journal_dict(handle);
}

static PyObject *get_pair(PyObject *self, PyObject *Py_UNUSED(nothing))
{
    sd_journal *handle = handle_of(self);
    return handle == NULL ? NULL : journal_pair(handle);
}

static PyObject *step(PyObject *self, PyObject *arguments, int (*one)(sd_journal *), int (*many)(sd_journal *, uint64_t))
{
    long long skip = 1;
    if (!PyArg_ParseTuple(arguments, "|L", &skip))
        return NULL;
    if (skip < 1) {
        PyErr_SetString(PyExc_ValueError, "skip must be positive");
        return NULL;
    }
    sd_journal *handle = handle_of(self);
    if (handle == NULL)
        return NULL;
    int result = skip == 1 ? one(handle) : many(handle, (uint64_t)skip);
    return fails(result, NULL) ? NULL : PyBool_FromLong(result);
}

static PyObject *next(PyObject *self, PyObject *arguments)
{
    return step(self, arguments, libsystemd.next, libsystemd.next_skip);
}

static PyObject *previous(PyObject *self, PyObject *arguments)
{
    return step(self, arguments, libsystemd.previous, libsystemd.previous_skip);
}

static PyObject *get_cursor(PyObject *self, PyObject *Py_UNUSED(nothing))
{
    sd_journal *handle = handle_of(self);
    char *cursor = NULL;
    if (handle == NULL || fails(libsystemd.get_cursor(handle, &cursor), NULL))
        return NULL;
    PyObject *text = PyUnicode_FromString(cursor);
    free(cursor);
    return text;
}

static PyObject *seek_head(PyObject *self, PyObject *Py_UNUSED(nothing))
{
    sd_journal *handle = handle_of(self);
    return handle == NULL || fails(libsystemd.seek_head(handle), NULL) ? NULL : Py_NewRef(Py_None);
}

static PyObject *seek_tail(PyObject *self, PyObject *Py_UNUSED(nothing))
{
    sd_journal *handle = handle_of(self);
    return handle == NULL || fails(libsystemd.seek_tail(handle), NULL) ? NULL : Py_NewRef(Py_None);
}

static PyObject *seek_cursor(PyObject *self, PyObject *arguments)
{
    const char *cursor;
    sd_journal *handle;
    if (!PyArg_ParseTuple(arguments, "s", &cursor) || (handle = handle_of(self)) == NULL)
        return NULL;
    return fails(libsystemd.seek_cursor(handle, cursor), "Invalid cursor") ? NULL : Py_NewRef(Py_None);
}

static PyObject *test_cursor(PyObject *self, PyObject *arguments)
{
    const char *cursor;
    sd_journal *handle;
    if (!PyArg_ParseTuple(arguments, "s", &cursor) || (handle = handle_of(self)) == NULL)
        return NULL;
    int result = libsystemd.test_cursor(handle, cursor);
    return fails(result, NULL) ? NULL : PyBool_FromLong(result);
}

static PyObject *process(PyObject *self, PyObject *Py_UNUSED(nothing))
{
    sd_journal *handle = handle_of(self);
    int result = handle == NULL ? -1 : libsystemd.process(handle);
    return handle == NULL || fails(result, NULL) ? NULL : PyLong_FromLong(result);
}

static PyObject *descriptor(PyObject *self, PyObject *Py_UNUSED(nothing))
{
    sd_journal *handle = handle_of(self);
    int result = handle == NULL ? -1 : libsystemd.get_fd(handle);
    return handle == NULL || fails(result, NULL) ? NULL : PyLong_FromLong(result);
}

static PyObject *close_handle(PyObject *self, PyObject *Py_UNUSED(nothing))
{
    struct journal *journal = (struct journal *)self;
    if (journal->handle != NULL)
        libsystemd.close(journal->handle);
    journal->handle = NULL;
    return Py_NewRef(Py_None);
}

static void deallocate(PyObject *self)
{
    struct journal *journal = (struct journal *)self;
    PyTypeObject *type = Py_TYPE(self);
    if (journal->handle != NULL)
        libsystemd.close(journal->handle);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
    Py_DECREF(type);
}

static PyMethodDef methods[] = {
    {"_next", next, METH_VARARGS, "sd_journal_next(3)."},
    {"_previous", previous, METH_VARARGS, "sd_journal_previous(3)."},
    {"_get_all", get_all, METH_NOARGS, "Name to value, or to a list of values; sd_journal_enumerate_data(3)."},
    {"_get_pair", get_pair, METH_NOARGS, "The same as (names, values); None where a name comes twice, or too many."},
    {"_get_cursor", get_cursor, METH_NOARGS, "sd_journal_get_cursor(3)."},
    {"seek_head", seek_head, METH_NOARGS, "sd_journal_seek_head(3)."},
    {"seek_tail", seek_tail, METH_NOARGS, "sd_journal_seek_tail(3)."},
    {"seek_cursor", seek_cursor, METH_VARARGS, "sd_journal_seek_cursor(3)."},
    {"test_cursor", test_cursor, METH_VARARGS, "sd_journal_test_cursor(3)."},
    {"process", process, METH_NOARGS, "sd_journal_process(3)."},
    {"fileno", descriptor, METH_NOARGS, "sd_journal_get_fd(3)."},
    {"close", close_handle, METH_NOARGS, "sd_journal_close(3)."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {{Py_tp_dealloc, deallocate}, {Py_tp_methods, methods}, {0, NULL}};

static PyType_Spec specification = {
    .name = "journalhub.journal._codec.Journal",
    .basicsize = sizeof(struct journal),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = slots,
};

static PyObject *new_journal(void)
{
    static PyObject *type;
    if (type == NULL && (type = PyType_FromSpec(&specification)) == NULL)
        return NULL;
    return PyType_GenericAlloc((PyTypeObject *)type, 0);
}

/* The paths in `list`, for sd_journal_open_files; `kept` holds what they point into. */
static int open_files(sd_journal **handle, PyObject *list, int flags)
{
    Py_ssize_t count = PyList_Size(list);
    PyObject *kept = count < 0 ? NULL : PyTuple_New(count);
    const char **paths = kept == NULL ? NULL : PyMem_Calloc((size_t)count + 1, sizeof *paths);
    int result = -ENOMEM;
    for (Py_ssize_t at = 0; paths != NULL && at < count; at++) {
        PyObject *path;
        if (!PyUnicode_FSConverter(PyList_GetItem(list, at), &path))
            goto done;
        PyTuple_SetItem(kept, at, path);
        paths[at] = PyBytes_AsString(path);
    }
    if (paths != NULL)
        result = libsystemd.open_files(handle, paths, flags);
done:
    PyMem_Free(paths);
    Py_XDECREF(kept);
    return result;
}

/* open_journal(flags, path, files, namespace) -> a handle, or None without libsystemd. */
static PyObject *open_journal(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    int flags, result;
    PyObject *path, *files, *namespace, *bytes = NULL;
    if (!PyArg_ParseTuple(arguments, "iOOO", &flags, &path, &files, &namespace))
        return NULL;
    if (!has_library())
        FALL_BACK;
    PyObject *self = new_journal();
    if (self == NULL)
        return NULL;
    sd_journal **handle = &((struct journal *)self)->handle;
    PyObject *named = path != Py_None ? path : namespace;
    if (files != Py_None)
        result = open_files(handle, files, flags);
    else if (named == Py_None)
        result = libsystemd.open(handle, flags);
    else if (!PyUnicode_FSConverter(named, &bytes))
        result = -EINVAL;
    else
        result = (path != Py_None ? libsystemd.open_directory : libsystemd.open_namespace)(handle, PyBytes_AsString(bytes),
                                                                                      flags);
    Py_XDECREF(bytes);
    /* Values may be cut at 64 KiB otherwise: sd_journal_set_data_threshold(3). */
    if (PyErr_Occurred() || fails(result, "Opening the journal failed")
        || fails(libsystemd.set_data_threshold(*handle, 0), NULL)) {
        Py_DECREF(self);
        return NULL;
    }
    return self;
}

PyMethodDef journals_methods[] = {
    {"open_journal", open_journal, METH_VARARGS, "See compiled.py."},
    {NULL, NULL, 0, NULL},
};
