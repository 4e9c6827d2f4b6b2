/* libsystemd's functions as the codec found them at run time; sd-journal(3). Their ABI is stable. */

#ifndef JOURNALHUB_JOURNALS_H
#define JOURNALHUB_JOURNALS_H

#include "codec.h"

typedef struct sd_journal sd_journal;

struct libsystemd {
    int (*open)(sd_journal **, int);
    int (*open_namespace)(sd_journal **, const char *, int);
    int (*open_directory)(sd_journal **, const char *, int);
    int (*open_files)(sd_journal **, const char **, int);
    void (*close)(sd_journal *);
    int (*set_data_threshold)(sd_journal *, size_t);
    int (*next)(sd_journal *);
    int (*next_skip)(sd_journal *, uint64_t);
    int (*previous)(sd_journal *);
    int (*previous_skip)(sd_journal *, uint64_t);
    int (*seek_head)(sd_journal *);
    int (*seek_tail)(sd_journal *);
    int (*seek_cursor)(sd_journal *, const char *);
    int (*get_cursor)(sd_journal *, char **);
    int (*test_cursor)(sd_journal *, const char *);
    void (*restart_data)(sd_journal *);
    int (*enumerate_available_data)(sd_journal *, const void **, size_t *);
    int (*get_fd)(sd_journal *);
    int (*process)(sd_journal *);
};

/* Filled in by the first open_journal. */
extern struct libsystemd libsystemd;

/* All fields of the entry: name to value, or to a list of values. */
PyObject *journal_dict(sd_journal *handle);

/* The same as (names, values); None where a name comes twice, and where they are very many. */
PyObject *journal_pair(sd_journal *handle);

#endif
