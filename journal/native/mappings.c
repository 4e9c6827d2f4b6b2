/* Journal files that this process has mapped: letting go of pages that stay in the page cache. */

#include "codec.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define LINE_MOST 8192

/* Pages of files that are resident in this process, in bytes: the third number of /proc/self/statm, proc(5). */
static unsigned long long mapped_bytes(void)
{
    unsigned long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL)
        return 0;
    if (fscanf(file, "%*u %*u %llu", &pages) != 1)
        pages = 0;
    fclose(file);
    long page = sysconf(_SC_PAGESIZE);
    return page > 0 ? pages * (unsigned long long)page : 0;
}

static int ends_with(const char *text, size_t *size, const char *end)
{
    size_t length = strlen(end);
    if (*size < length || memcmp(text + *size - length, end, length) != 0)
        return 0;
    *size -= length;
    return 1;
}

/* Whether a path as /proc/self/maps has it is a journal file's, also of one that was deleted. */
static int is_journal(const char *path)
{
    size_t size = strlen(path);
    ends_with(path, &size, "\n");
    ends_with(path, &size, " (deleted)");
    return path[0] == '/' && (ends_with(path, &size, ".journal") || ends_with(path, &size, ".journal~"));
}

/* Takes the pages of journal files out of this process where they are mapped to be shared and read, and no more: there
 * they are the page cache's, and come back from it when they are touched. Whatever fails leaves pages where they are. */
static void release(void)
{
    char line[LINE_MOST];
    int begins = 1;
    FILE *file = fopen("/proc/self/maps", "re");
    if (file == NULL)
        return;
    while (fgets(line, sizeof line, file) != NULL) {
        unsigned long long start, end;
        char rights[5];
        int path = 0, is_first = begins;
        begins = strchr(line, '\n') != NULL;
        if (!is_first || !begins)
            continue; /* a path longer than any that can be opened */
        if (sscanf(line, "%llx-%llx %4s %*x %*s %*u %n", &start, &end, rights, &path) == 3 && path > 0
            && strcmp(rights, "r--s") == 0 && is_journal(line + path))
            madvise((void *)(uintptr_t)start, (size_t)(end - start), MADV_DONTNEED);
    }
    fclose(file);
}

/* release_journals(most) -> None */
static PyObject *release_journals(PyObject *Py_UNUSED(module), PyObject *argument)
{
    /* What was left the last time: programs and libraries, whose size differs from machine to machine. */
    static unsigned long long others;
    unsigned long long most = PyLong_AsUnsignedLongLong(argument);
    if (PyErr_Occurred())
        return NULL;
    unsigned long long now = mapped_bytes();
    if (now < others || now - others > most) {
        release();
        others = mapped_bytes();
    }
    return Py_NewRef(Py_None);
}

PyMethodDef mappings_methods[] = {
    {"release_journals", release_journals, METH_O, "See compiled.py."},
    {NULL, NULL, 0, NULL},
};
