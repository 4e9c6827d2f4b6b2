/* Rows as the JSON documents that the index takes: store/embedded/documents.py is the reference. ASCII only; a row with
 * anything else, or with a text or a run of letters that is long, is None: the reference's. */

#include "codec.h"

/* As store/embedded/layout.py and store/tokens.py; of texts less, so that a document has a bounded size. */
#define TERM_BYTES 256
#define TOKEN_MAX 256
#define TEXT_BYTES 16384
#define COLUMNS_MAX 32
/* Of a document with columns as long as they may be, each letter as six, and what stands between them. */
#define DOCUMENT_BYTES (256 + COLUMNS_MAX * 6 * (TERM_BYTES + 80) + TEXT_BYTES)

struct out {
    char *at;
};

static void put(struct out *out, const char *text, size_t size)
{
    memcpy(out->at, text, size);
    out->at += size;
}

#define PUT(out, literal) put(out, literal, sizeof literal - 1)

static void put_number(struct out *out, uint64_t number)
{
    char digits[20];
    int count = 0;
    do
        digits[count++] = (char)('0' + number % 10);
    while (number /= 10);
    while (count)
        *out->at++ = digits[--count];
}

/* What stands within quotes; 0 where it is not ASCII. */
static int put_escaped(struct out *out, const unsigned char *text, size_t size)
{
    static const char hex[] = "0123456789abcdef", shorts[] = "btn\0fr"; /* from \b on */
    for (size_t at = 0; at < size; at++) {
        unsigned char letter = text[at];
        if (letter >= 0x80)
            return 0;
        if (letter == '"' || letter == '\\') {
            *out->at++ = '\\';
            *out->at++ = (char)letter;
        } else if (letter >= 0x20)
            *out->at++ = (char)letter;
        else if (letter >= '\b' && letter <= '\r' && shorts[letter - '\b']) {
            *out->at++ = '\\';
            *out->at++ = shorts[letter - '\b'];
        } else {
            PUT(out, "\\u00");
            *out->at++ = hex[letter >> 4];
            *out->at++ = hex[letter & 15];
        }
    }
    return 1;
}

/* Letters and digits in lower case, everything else a space; 0 where it is not ASCII, or has a run that is long. */
static int put_words(struct out *out, const unsigned char *text, size_t size)
{
    size_t run = 0;
    for (size_t at = 0; at < size; at++) {
        unsigned char letter = text[at];
        if (letter >= 0x80)
            return 0;
        int upper = letter >= 'A' && letter <= 'Z';
        int word = upper || (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
        run = word ? run + 1 : 0;
        if (run >= TOKEN_MAX)
            return 0;
        *out->at++ = (char)(upper ? letter + 32 : word ? letter : ' ');
    }
    return 1;
}

struct rows {
    PyObject *values, *numbers[3];  /* lists: of tuples; realtime, ord, origin */
    const char *names[COLUMNS_MAX]; /* NULL for a column that is no term */
    Py_ssize_t sizes[COLUMNS_MAX];
    Py_ssize_t columns, text; /* the column of words, or -1 */
    uint64_t shape, start;
    char *buffer;
};

static int number_of(PyObject *list, Py_ssize_t row, uint64_t *number)
{
    PyObject *item = PyList_GetItem(list, row); /* borrowed */
    if (item == NULL || !PyLong_CheckExact(item))
        return 0;
    *number = PyLong_AsUnsignedLongLong(item);
    return *number != UINT64_MAX || !PyErr_Occurred();
}

/* The value of a column, of at most so many bytes; NULL for what is not. */
static const unsigned char *value_of(PyObject *values, Py_ssize_t column, Py_ssize_t most, size_t *size)
{
    PyObject *value = PyTuple_GetItem(values, column); /* borrowed */
    if (value == NULL || !PyBytes_CheckExact(value) || PyBytes_Size(value) > most)
        return NULL;
    *size = (size_t)PyBytes_Size(value);
    return (const unsigned char *)PyBytes_AsString(value);
}

static int put_terms(struct out *out, const struct rows *rows, PyObject *values)
{
    int some = 0;
    for (Py_ssize_t column = 0; column < rows->columns; column++) {
        if (rows->names[column] == NULL)
            continue;
        size_t size;
        const unsigned char *value = value_of(values, column, TERM_BYTES, &size);
        if (value == NULL)
            return 0;
        if (some)
            PUT(out, ",");
        some = 1;
        PUT(out, "\"");
        put(out, rows->names[column], (size_t)rows->sizes[column]);
        PUT(out, "=");
        if (!put_escaped(out, value, size))
            return 0;
        PUT(out, "\"");
    }
    return 1;
}

/* The document of a row; NULL where it is the reference's. */
static PyObject *document_of(const struct rows *rows, Py_ssize_t row)
{
    struct out out = {rows->buffer};
    uint64_t realtime, number, origin;
    PyObject *values = PyList_GetItem(rows->values, row); /* borrowed */
    if (values == NULL || !PyTuple_CheckExact(values) || PyTuple_Size(values) != rows->columns
        || !number_of(rows->numbers[0], row, &realtime) || !number_of(rows->numbers[1], row, &number)
        || !number_of(rows->numbers[2], row, &origin) || realtime < rows->start)
        return NULL;
    PUT(&out, "{\"ts\":");
    put_number(&out, realtime - rows->start);
    PUT(&out, ",\"ord\":");
    put_number(&out, number);
    PUT(&out, ",\"origin\":");
    put_number(&out, origin);
    PUT(&out, ",\"shape\":");
    put_number(&out, rows->shape);
    PUT(&out, ",\"term\":[");
    if (!put_terms(&out, rows, values))
        return NULL;
    PUT(&out, "]");
    if (rows->text >= 0) {
        size_t size;
        const unsigned char *value = value_of(values, rows->text, TEXT_BYTES, &size);
        PUT(&out, ",\"message\":\"");
        if (value == NULL || !put_words(&out, value, size))
            return NULL;
        PUT(&out, "\"");
    }
    PUT(&out, "}");
    return PyUnicode_FromStringAndSize(rows->buffer, out.at - rows->buffer);
}

static PyObject *documents_of(const struct rows *rows, PyObject *which)
{
    Py_ssize_t count = PySequence_Size(which);
    PyObject *made = count < 0 ? NULL : PyList_New(count);
    for (Py_ssize_t at = 0; made != NULL && at < count; at++) {
        PyObject *item = PySequence_GetItem(which, at);
        Py_ssize_t row = item == NULL ? -1 : PyLong_AsSsize_t(item);
        Py_XDECREF(item);
        PyObject *document = row < 0 ? NULL : document_of(rows, row);
        PyErr_Clear(); /* whatever it was, the reference meets it too */
        PyList_SetItem(made, at, document ? document : Py_NewRef(Py_None));
    }
    return made;
}

/* Names of fields are letters that JSON leaves alone; others are the reference's. */
static int is_plain(const char *name, Py_ssize_t size)
{
    for (Py_ssize_t at = 0; at < size; at++)
        if (!((name[at] >= 'A' && name[at] <= 'Z') || (name[at] >= '0' && name[at] <= '9') || name[at] == '_'))
            return 0;
    return size <= 64;
}

static int set_names(struct rows *rows, PyObject *names)
{
    rows->columns = PyTuple_Size(names);
    if (rows->columns > COLUMNS_MAX || rows->text >= rows->columns)
        return 0;
    for (Py_ssize_t column = 0; column < rows->columns; column++) {
        PyObject *name = PyTuple_GetItem(names, column); /* borrowed */
        rows->names[column] = NULL;
        if (name == Py_None)
            continue;
        rows->names[column] = PyUnicode_AsUTF8AndSize(name, &rows->sizes[column]);
        if (rows->names[column] == NULL || !is_plain(rows->names[column], rows->sizes[column]))
            return 0;
    }
    return 1;
}

/* documents(values, (realtime, ord, origin), which, shape, start, names, text) -> [document or None, …] or None */
static PyObject *documents(PyObject *module, PyObject *arguments)
{
    (void)module;
    struct rows rows = {0};
    PyObject *which, *names;
    unsigned long long shape, start;
    if (!PyArg_ParseTuple(arguments, "O!(O!O!O!)OKKO!n", &PyList_Type, &rows.values, &PyList_Type, &rows.numbers[0],
            &PyList_Type, &rows.numbers[1], &PyList_Type, &rows.numbers[2], &which, &shape, &start, &PyTuple_Type,
            &names, &rows.text))
        return NULL;
    rows.shape = shape;
    rows.start = start;
    if (!set_names(&rows, names)) {
        PyErr_Clear();
        FALL_BACK;
    }
    rows.buffer = PyMem_Malloc(DOCUMENT_BYTES);
    if (rows.buffer == NULL)
        return PyErr_NoMemory();
    PyObject *made = documents_of(&rows, which);
    PyMem_Free(rows.buffer);
    return made;
}

PyMethodDef documents_methods[] = {
    {"documents", documents, METH_VARARGS, "Rows of one shape as documents of the index."},
    {NULL, NULL, 0, NULL},
};
