/* Entries out of the columns of blocks as export text, as JSON, and as lines that begin with a time: query/printed/
 * is the reference. What is not common (a value that is not printable ASCII, a row without a form) Python is asked for
 * in the middle, so that an answer is one piece. */

#include "codec.h"

enum { EXPORT, JSON, LINES };
enum { ROW_BITS = 32, SPEAKER_HEAD = 64, ADDRESS_MAX = 512, NUMBER_MAX = 20, JSON_VALUE_MAX = 3072, DIGITS_MAX = 20 };
enum { PIECE_MAX = 1 << 20, ROOM = 1 << 14, STAMPS = 16 };

#define REALTIME_VALID (UINT64_C(1) << 55)

/* What is made. */
struct output {
    char *text;
    Py_ssize_t size, room;
    /* Whether there was no memory. */
    int full;
};

struct value {
    const char *text;
    Py_ssize_t size;
};

/* One source: columns of `count` rows. All pointers are borrowed from the tuple of the source. */
struct source {
    PyObject *speakers, *forms;
    const uint64_t *realtime, *monotonic, *seqnum, *hash, *rank;
    Py_ssize_t count;
};

struct job {
    struct output out;
    int kind, precise;
    PyObject *one, *odd, *clock;
    /* Whether an error of Python is to be passed on; else what was given is not well formed. */
    int raised;
    /* Seconds whose time of day was written, and how: each at its number modulo STAMPS. */
    uint64_t seconds[STAMPS];
    PyObject *stamps[STAMPS];
};

static int reserve(struct output *out, Py_ssize_t more)
{
    if (more <= out->room - out->size)
        return 1;
    char *text = NULL;
    Py_ssize_t room = 0;
    if (more < PY_SSIZE_T_MAX / 4 && out->room < PY_SSIZE_T_MAX / 4) {
        room = out->room + out->room / 2 + more;
        text = PyMem_Realloc(out->text, (size_t)room);
    }
    if (text == NULL) {
        out->full = 1;
        return 0;
    }
    out->text = text;
    out->room = room;
    return 1;
}

static int put(struct output *out, const char *text, Py_ssize_t size)
{
    if (!reserve(out, size))
        return 0;
    memcpy(out->text + out->size, text, (size_t)size);
    out->size += size;
    return 1;
}

/* The bytes that Python answers. */
static int put_answer(struct job *job, PyObject *answer)
{
    int done = 0;
    if (answer == NULL)
        job->raised = 1;
    else if (PyBytes_Check(answer))
        done = put(&job->out, PyBytes_AsString(answer), PyBytes_Size(answer));
    Py_XDECREF(answer);
    return done;
}

char *put_decimal(char *to, uint64_t number)
{
    char digits[NUMBER_MAX];
    int at = NUMBER_MAX;
    do
        digits[--at] = (char)('0' + number % 10);
    while (number /= 10);
    memcpy(to, digits + at, (size_t)(NUMBER_MAX - at));
    return to + NUMBER_MAX - at;
}

char *put_hex(char *to, uint64_t number)
{
    int width = 1;
    while (width < 16 && number >> 4 * width)
        width++;
    for (int at = width - 1; at >= 0; at--, number >>= 4)
        to[at] = "0123456789abcdef"[number & 15];
    return to + width;
}

static char *put_word(char *to, const char *word)
{
    size_t size = strlen(word);
    memcpy(to, word, size);
    return to + size;
}

static char *put_bytes(char *to, const char *text, size_t size)
{
    memcpy(to, text, size);
    return to + size;
}

static int is_plain(struct value value)
{
    unsigned char wrong = 0;
    for (Py_ssize_t at = 0; at < value.size; at++) {
        unsigned char byte = (unsigned char)value.text[at];
        wrong |= (unsigned char)((unsigned char)(byte - 0x20) > 0x5e);
    }
    return !wrong;
}

/* A column of a form is (name, literal, raw, bounds, start); the value of the row with this rank. */
static int get_value(PyObject *column, uint64_t rank, struct value *value)
{
    PyObject *raw = PyTuple_GetItem(column, 2), *bounds = PyTuple_GetItem(column, 3);
    if (raw == NULL || bounds == NULL || !PyBytes_Check(raw) || !PyBytes_Check(bounds))
        return 0;
    Py_ssize_t start = PyLong_AsSsize_t(PyTuple_GetItem(column, 4));
    Py_ssize_t values = PyBytes_Size(bounds) / 8 - 1;
    if (start < 0 || start > values || rank >= (uint64_t)(values - start))
        return 0;
    const uint64_t *at = (const uint64_t *)(const void *)PyBytes_AsString(bounds) + start + rank;
    if (at[0] > at[1] || at[1] > (uint64_t)PyBytes_Size(raw))
        return 0;
    value->text = PyBytes_AsString(raw) + at[0];
    value->size = (Py_ssize_t)(at[1] - at[0]);
    return 1;
}

/* What stands before the fields. The text of a speaker is the hex digits of its sequence and its boot, then more. */
static int put_address(struct job *job, const struct source *its, Py_ssize_t row, const char *speaker)
{
    struct output *out = &job->out;
    if (!reserve(out, ADDRESS_MAX))
        return 0;
    int json = job->kind == JSON;
    char *to = out->text + out->size;
    to = put_word(to, json ? "{\"__CURSOR\":\"s=" : "__CURSOR=s=");
    to = put_bytes(to, speaker, 32);
    to = put_hex(put_word(to, ";i="), its->seqnum[row]);
    to = put_bytes(put_word(to, ";b="), speaker + 32, 32);
    to = put_hex(put_word(to, ";m="), its->monotonic[row]);
    to = put_hex(put_word(to, ";t="), its->realtime[row]);
    to = put_hex(put_word(to, ";x="), its->hash[row]);
    to = put_word(to, json ? "\",\"__REALTIME_TIMESTAMP\":\"" : "\n__REALTIME_TIMESTAMP=");
    to = put_decimal(to, its->realtime[row]);
    to = put_word(to, json ? "\",\"__MONOTONIC_TIMESTAMP\":\"" : "\n__MONOTONIC_TIMESTAMP=");
    to = put_decimal(to, its->monotonic[row]);
    to = put_word(to, json ? "\",\"_BOOT_ID\":\"" : "\n_BOOT_ID=");
    to = put_bytes(to, speaker + 32, 32);
    *to++ = json ? '"' : '\n';
    out->size = to - out->text;
    return 1;
}

static int put_escaped(struct output *out, struct value value)
{
    if (!reserve(out, 2 * value.size + 1))
        return 0;
    char *to = out->text + out->size;
    for (Py_ssize_t at = 0; at < value.size; at++) {
        char byte = value.text[at];
        if (byte == '"' || byte == '\\')
            *to++ = '\\';
        *to++ = byte;
    }
    *to++ = '"';
    out->size = to - out->text;
    return 1;
}

/* A field: its literal, the value, what ends it; or what Python makes of it. */
static int put_field(struct job *job, PyObject *column, uint64_t rank)
{
    struct value value;
    if (!PyTuple_Check(column) || !get_value(column, rank, &value))
        return 0;
    if (!is_plain(value) || (job->kind == JSON && value.size > JSON_VALUE_MAX))
        return put_answer(job, PyObject_CallFunction(job->odd, "Oy#", PyTuple_GetItem(column, 0), value.text,
                                                           value.size));
    PyObject *literal = PyTuple_GetItem(column, 1);
    if (literal == NULL || !PyBytes_Check(literal) ||
        !put(&job->out, PyBytes_AsString(literal), PyBytes_Size(literal)))
        return 0;
    if (job->kind == JSON)
        return put_escaped(&job->out, value);
    return put(&job->out, value.text, value.size) && put(&job->out, "\n", 1);
}

static int put_record(struct job *job, const struct source *its, Py_ssize_t row, PyObject *form, PyObject *speaker)
{
    Py_ssize_t size = PyBytes_Size(speaker);
    const char *text = PyBytes_AsString(speaker);
    if (size < SPEAKER_HEAD || !put_address(job, its, row, text) ||
        !put(&job->out, text + SPEAKER_HEAD, size - SPEAKER_HEAD))
        return 0;
    Py_ssize_t columns = PyTuple_Size(form);
    for (Py_ssize_t at = 0; at < columns; at++)
        if (!put_field(job, PyTuple_GetItem(form, at), its->rank[row]))
            return 0;
    return job->kind == JSON ? put(&job->out, "}\n", 2) : put(&job->out, "\n", 1);
}

/* All of digits. */
static int is_number(struct value value)
{
    int wrong = value.size == 0;
    for (Py_ssize_t at = 0; at < value.size; at++)
        wrong |= value.text[at] < '0' || value.text[at] > '9';
    return !wrong;
}

/* The time that is shown of an entry: query/output/clock.py has the rule. */
static uint64_t shown(uint64_t realtime, struct value source)
{
    uint64_t number = 0;
    if (source.size > DIGITS_MAX || !is_number(source))
        return realtime;
    for (Py_ssize_t at = 0; at < source.size; at++) {
        number = number * 10 + (uint64_t)(source.text[at] - '0');
        if (number >= REALTIME_VALID)
            return realtime;
    }
    return number ? number : realtime;
}

static int put_stamp(struct job *job, uint64_t realtime)
{
    uint64_t second = realtime / 1000000;
    PyObject **known = &job->stamps[second % STAMPS];
    if (*known == NULL || second != job->seconds[second % STAMPS]) {
        PyObject *stamp = PyObject_CallFunction(job->clock, "K", (unsigned long long)second);
        if (stamp == NULL) {
            job->raised = 1;
            return 0;
        }
        Py_XDECREF(*known);
        *known = stamp;
        job->seconds[second % STAMPS] = second;
    }
    char *head, *tail;
    Py_ssize_t head_size, tail_size;
    if (!PyArg_ParseTuple(*known, "y#y#", &head, &head_size, &tail, &tail_size))
        return 0;
    if (!put(&job->out, head, head_size))
        return 0;
    if (job->precise) {
        char fraction[NUMBER_MAX + 2];
        put_decimal(fraction, 1000000 + realtime % 1000000);
        fraction[0] = '.';
        if (!put(&job->out, fraction, 7))
            return 0;
    }
    return put(&job->out, tail, tail_size);
}

/* A line whose form is the columns of message, pid and source time, the last two perhaps None. 1: put, 0: an error,
 * -1: it is not common. */
static int put_line(struct job *job, const struct source *its, Py_ssize_t row, PyObject *form, PyObject *speaker)
{
    PyObject *columns[3];
    struct value values[3] = {{"", 0}, {"", 0}, {"", 0}};
    for (int at = 0; at < 3; at++) {
        columns[at] = PyTuple_GetItem(form, at);
        if (columns[at] == NULL)
            return 0;
        if (columns[at] != Py_None && !get_value(columns[at], its->rank[row], &values[at]))
            return 0;
    }
    if (columns[0] == Py_None || !is_plain(values[0]) || (columns[1] != Py_None && !is_number(values[1])))
        return -1;
    struct output *out = &job->out;
    if (!put_stamp(job, shown(its->realtime[row], values[2])) ||
        !put(out, PyBytes_AsString(speaker), PyBytes_Size(speaker)))
        return 0;
    if (columns[1] != Py_None && (!put(out, "[", 1) || !put(out, values[1].text, values[1].size) || !put(out, "]", 1)))
        return 0;
    return put(out, ": ", 2) && put(out, values[0].text, values[0].size) && put(out, "\n", 1);
}

/* Read a source: a tuple of (speakers, forms, realtimes, monotonic times, seqnums, hashes, ranks). */
static int get_source(PyObject *sources, uint64_t number, struct source *its)
{
    PyObject *found = number < (uint64_t)PyList_Size(sources) ? PyList_GetItem(sources, (Py_ssize_t)number) : NULL;
    if (found == NULL || (found != Py_None && (!PyTuple_Check(found) || PyTuple_Size(found) != 7)))
        return 0;
    its->count = -1;
    if (found == Py_None)
        return 1;
    its->speakers = PyTuple_GetItem(found, 0);
    its->forms = PyTuple_GetItem(found, 1);
    if (!PyList_Check(its->speakers) || !PyList_Check(its->forms))
        return 0;
    Py_ssize_t count = PyList_Size(its->speakers);
    const uint64_t **columns[] = {&its->realtime, &its->monotonic, &its->seqnum, &its->hash, &its->rank};
    for (int at = 0; at < 5; at++) {
        PyObject *column = PyTuple_GetItem(found, at + 2);
        if (!PyBytes_Check(column) || PyBytes_Size(column) != 8 * count)
            return 0;
        *columns[at] = (const uint64_t *)(const void *)PyBytes_AsString(column);
    }
    if (PyList_Size(its->forms) != count)
        return 0;
    its->count = count;
    return 1;
}

static int put_row(struct job *job, PyObject *sources, uint64_t place)
{
    struct source its;
    if (!get_source(sources, place >> ROW_BITS, &its))
        return 0;
    uint64_t row = place & UINT32_MAX;
    if (its.count >= 0) {
        if (row >= (uint64_t)its.count)
            return 0;
        PyObject *speaker = PyList_GetItem(its.speakers, (Py_ssize_t)row);
        PyObject *form = PyList_GetItem(its.forms, (Py_ssize_t)row);
        if (PyBytes_Check(speaker) && PyTuple_Check(form)) {
            int done = job->kind == LINES ? put_line(job, &its, (Py_ssize_t)row, form, speaker)
                                          : put_record(job, &its, (Py_ssize_t)row, form, speaker);
            if (done >= 0)
                return done;
        }
    }
    return put_answer(job, PyObject_CallFunction(job->one, "K", (unsigned long long)place));
}

static PyObject *print_rows(PyObject *module, PyObject *arguments)
{
    (void)module;
    struct job job = {0};
    PyObject *sources;
    Py_buffer places;
    Py_ssize_t start, enough;
    if (!PyArg_ParseTuple(arguments, "iO!y*nnOOOp", &job.kind, &PyList_Type, &sources, &places, &start, &enough,
                          &job.one, &job.odd, &job.clock, &job.precise))
        return NULL;
    Py_ssize_t count = places.len / 8;
    int good = start >= 0 && start <= count && job.kind >= EXPORT && job.kind <= LINES &&
               reserve(&job.out, (enough > 0 && enough < PIECE_MAX ? enough : PIECE_MAX) + ROOM);
    for (; good && start < count && job.out.size < enough; start++) {
        uint64_t place;
        memcpy(&place, (const char *)places.buf + 8 * start, sizeof place);
        good = put_row(&job, sources, place);
    }
    PyObject *made = good ? Py_BuildValue("y#n", job.out.text, job.out.size, start) : NULL;
    PyBuffer_Release(&places);
    for (int at = 0; at < STAMPS; at++)
        Py_XDECREF(job.stamps[at]);
    PyMem_Free(job.out.text);
    if (good || job.raised)
        return made;
    PyErr_Clear();
    if (job.out.full)
        return PyErr_NoMemory();
    FALL_BACK;
}

PyMethodDef printing_methods[] = {
    {"print_rows", print_rows, METH_VARARGS,
     "(kind, sources, places, start, enough, one, odd, clock, precise): text, and the first place that is not in "
     "it; None to ask the reference."},
    {NULL, NULL, 0, NULL},
};
