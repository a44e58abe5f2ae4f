/* What the C programs here need of the system, in the words of POSIX; on Windows made of its own. */
#ifndef LICENSE_CORE_TESTS_SYSTEM_H
#define LICENSE_CORE_TESTS_SYSTEM_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef _WIN32

#include <pthread.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define SEPARATOR "/"
#define TEMPORARY "/tmp/"

/* What is read and written is bytes here anyway. */
static inline void only_bytes(void) {}

#else

#include <direct.h>
#include <fcntl.h>
#include <io.h>
#include <windows.h>

#define SEPARATOR "\\"
#define TEMPORARY "" /* where it runs */
#define R_OK 4
#define mkdir(path, mode) _mkdir(path)
#define rmdir _rmdir
#define unlink _unlink
#define access _access
#define rename(from, to) (MoveFileExA(from, to, MOVEFILE_REPLACE_EXISTING) ? 0 : -1)

/* Lines end with LF on both sides. */
static inline void only_bytes(void) { _setmode(_fileno(stdin), _O_BINARY), _setmode(_fileno(stdout), _O_BINARY); }

static inline int setenv(const char *name, const char *value, int replace) {
    (void)replace;
    return SetEnvironmentVariableA(name, value) ? 0 : -1;
}

static inline char *mkdtemp(char *pattern) {
    char *mark = pattern + strlen(pattern) - 6;
    snprintf(mark, 7, "%06lu", (unsigned long)GetCurrentProcessId() % 1000000);
    return _mkdir(pattern) == 0 ? pattern : NULL;
}

static inline long getline(char **line, size_t *room, FILE *from) {
    size_t len = 0;
    for (int byte; (byte = getc(from)) != EOF;) {
        if (len + 2 > *room) {
            *room = 2 * *room + 256;
            *line = realloc(*line, *room);
            if (!*line) abort();
        }
        (*line)[len++] = (char)byte, (*line)[len] = 0;
        if (byte == '\n') break;
    }
    return len > 0 ? (long)len : -1;
}

typedef struct {
    HANDLE handle;
    void *(*run)(void *);
    void *argument;
} pthread_t;

static DWORD WINAPI pthread_runs(LPVOID thread) {
    ((pthread_t *)thread)->run(((pthread_t *)thread)->argument);
    return 0;
}

static inline int pthread_create(pthread_t *thread, void *attributes, void *(*run)(void *), void *argument) {
    (void)attributes;
    thread->run = run, thread->argument = argument;
    thread->handle = CreateThread(NULL, 0, pthread_runs, thread, 0, NULL);
    return thread->handle ? 0 : -1;
}

static inline int pthread_join(pthread_t thread, void **result) {
    (void)result;
    return WaitForSingleObject(thread.handle, INFINITE) == WAIT_OBJECT_0 && CloseHandle(thread.handle) ? 0 : -1;
}

#endif

#endif
