/*
 * Just enough JSON for the conformance programs: values stay where they are in the line, as spans of its bytes. The
 * lines come from a runner that writes JSON, so what is not JSON is only kept from doing harm.
 */
#ifndef LICENSE_CORE_TESTS_JSON_H
#define LICENSE_CORE_TESTS_JSON_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A value as it is written; no value: at is NULL. */
typedef struct {
    const char *at;
    size_t len;
} json_span;

/* A text of its own, which ends with a NUL and may hold others; to be freed. */
typedef struct {
    char *at;
    size_t len;
} json_string;

static inline const char *json_blank(const char *at, const char *end) {
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n')) at++;
    return at;
}

/* Behind the value that begins here; lists and objects are counted through, texts are passed over. */
static inline const char *json_behind(const char *at, const char *end) {
    size_t depth = 0;
    do {
        if (at >= end) return end;
        if (*at == '"') {
            for (at++; at < end && *at != '"'; at++) {
                if (*at == '\\' && at + 1 < end) at++;
            }
            if (at < end) at++;
        } else if (*at == '{' || *at == '[') {
            depth++, at++;
        } else if (*at == '}' || *at == ']') {
            depth -= depth > 0, at++;
        } else if (depth == 0) {
            while (at < end && !strchr(",}] \t\r\n", *at)) at++;
        } else {
            at++;
        }
    } while (depth > 0);
    return at;
}

/* The next value of a list or member of an object, `at` being its beginning or behind the value before. */
static inline bool json_next(json_span all, const char **at, json_span *name, json_span *value) {
    const char *end = all.at + all.len;
    if (*at == all.at) {
        if (all.len == 0 || (*all.at != '{' && *all.at != '[')) return false;
        (*at)++;
    }
    const char *next = json_blank(*at, end);
    if (next < end && *next == ',') next = json_blank(next + 1, end);
    if (next >= end || *next == '}' || *next == ']') return false;
    name->at = NULL;
    name->len = 0;
    if (*all.at == '{') {
        const char *behind = json_behind(next, end);
        name->at = next, name->len = (size_t)(behind - next);
        next = json_blank(behind, end);
        if (next >= end || *next != ':') return false;
        next = json_blank(next + 1, end);
    }
    *at = json_behind(next, end);
    value->at = next, value->len = (size_t)(*at - next);
    return *at > next;
}

static inline bool json_is(json_span value, const char *text) {
    return value.at && value.len == strlen(text) && memcmp(value.at, text, value.len) == 0;
}

/* A member of an object; none is the same as null. */
static inline json_span json_member(json_span object, const char *wanted) {
    json_span name, value, none = {NULL, 0};
    if (!object.at) return none;
    size_t len = strlen(wanted);
    for (const char *at = object.at; json_next(object, &at, &name, &value);) {
        if (name.len == len + 2 && memcmp(name.at + 1, wanted, len) == 0) {
            return json_is(value, "null") ? none : value;
        }
    }
    return none;
}

static inline unsigned json_four(const char *at, const char *end) {
    unsigned unit = 0;
    for (int n = 0; n < 4 && at + n < end; n++) {
        char c = at[n];
        unit = unit * 16 + (unsigned)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
    }
    return unit & 0xffff;
}

/* What a text says. */
static inline json_string json_unescaped(json_span text) {
    json_string said = {(char *)malloc(text.len + 1), 0};
    if (!said.at) abort();
    const char *end = text.at && text.len >= 2 && *text.at == '"' ? text.at + text.len - 1 : text.at;
    for (const char *at = text.at ? text.at + 1 : NULL; at && at < end; at++) {
        if (*at != '\\' || at + 1 >= end) {
            said.at[said.len++] = *at;
            continue;
        }
        const char *known = strchr("b\bf\fn\nr\rt\t", *++at);
        if (*at == 'u') {
            unsigned long c = json_four(at + 1, end);
            at += 4;
            if (c >= 0xd800 && c < 0xdc00 && end - at > 6) {
                c = 0x10000 + ((c - 0xd800) << 10) + (json_four(at + 3, end) - 0xdc00);
                at += 6;
            }
            if (c < 0x80) {
                said.at[said.len++] = (char)c;
            } else if (c < 0x800) {
                said.at[said.len++] = (char)(0xc0 | c >> 6);
                said.at[said.len++] = (char)(0x80 | (c & 63));
            } else if (c < 0x10000) {
                said.at[said.len++] = (char)(0xe0 | c >> 12);
                said.at[said.len++] = (char)(0x80 | (c >> 6 & 63));
                said.at[said.len++] = (char)(0x80 | (c & 63));
            } else {
                said.at[said.len++] = (char)(0xf0 | (c >> 18 & 7));
                said.at[said.len++] = (char)(0x80 | (c >> 12 & 63));
                said.at[said.len++] = (char)(0x80 | (c >> 6 & 63));
                said.at[said.len++] = (char)(0x80 | (c & 63));
            }
        } else {
            said.at[said.len++] = known ? known[1] : *at;
        }
    }
    said.at[said.len] = 0;
    return said;
}

#endif
