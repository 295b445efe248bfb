/* A JSON parser: text is written, then parsed into a tree, then walked. Numbers are
   converted by code of our own, because the C libraries' differ between the columns.
   Arguments: records, repetitions. */
#include "common.h"
#include <string.h>

enum kind { NUL, FALSE, TRUE, NUMBER, STRING, ARRAY, OBJECT };

struct value {
  enum kind kind;
  uint32_t length;        /* of a string, in bytes */
  const char *text;       /* of a string */
  const char *key;        /* in an object */
  uint32_t key_length;
  double number;
  struct value *first, *next;
};

struct parser {
  const char *at;
  struct value *pool;
  size_t used;
  char *strings; /* unescaped text goes here */
};

static void fail(const char *what) {
  fprintf(stderr, "bad JSON: %s\n", what);
  exit(1);
}

static void skip_space(struct parser *p) {
  while (*p->at == ' ' || *p->at == '\n' || *p->at == '\t' || *p->at == '\r')
    p->at++;
}

static double parse_number(struct parser *p) {
  const char *s = p->at;
  int negative = *s == '-', exponent = 0;
  double value = 0;
  s += negative;
  for (; *s >= '0' && *s <= '9'; s++)
    value = value * 10 + (*s - '0');
  if (*s == '.')
    for (s++; *s >= '0' && *s <= '9'; s++, exponent--)
      value = value * 10 + (*s - '0');
  if (*s == 'e' || *s == 'E') {
    int sign = 1, digits = 0;
    s++;
    if (*s == '+' || *s == '-')
      sign = *s++ == '-' ? -1 : 1;
    for (; *s >= '0' && *s <= '9'; s++)
      digits = digits * 10 + (*s - '0');
    exponent += sign * digits;
  }
  for (; exponent > 0; exponent--)
    value *= 10;
  for (; exponent < 0; exponent++)
    value /= 10;
  p->at = s;
  return negative ? -value : value;
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  c |= 32;
  if (c < 'a' || c > 'f')
    fail("hexadecimal digit");
  return c - 'a' + 10;
}

static const char *parse_string(struct parser *p, uint32_t *length) {
  char *start = p->strings, *out = start;
  const char *s = p->at + 1;
  for (; *s != '"'; s++) {
    if ((unsigned char)*s < 32)
      fail("control character");
    if (*s != '\\') {
      *out++ = *s;
      continue;
    }
    switch (*++s) {
    case 'n': *out++ = '\n'; break;
    case 't': *out++ = '\t'; break;
    case 'r': *out++ = '\r'; break;
    case 'b': *out++ = '\b'; break;
    case 'f': *out++ = '\f'; break;
    case '"': case '\\': case '/': *out++ = *s; break;
    case 'u': {
      int c = 0;
      for (int i = 0; i < 4; i++)
        c = c << 4 | hex_digit(*++s);
      if (c >= 0x800)
        *out++ = (char)(0xe0 | c >> 12), *out++ = (char)(0x80 | (c >> 6 & 63)), *out++ = (char)(0x80 | (c & 63));
      else if (c >= 0x80)
        *out++ = (char)(0xc0 | c >> 6), *out++ = (char)(0x80 | (c & 63));
      else
        *out++ = (char)c;
      break;
    }
    default: fail("escape");
    }
  }
  p->at = s + 1;
  p->strings = out;
  *length = (uint32_t)(out - start);
  return start;
}

static struct value *parse_value(struct parser *p);

static struct value *parse_members(struct parser *p, struct value *parent, char end) {
  struct value **link = &parent->first;
  p->at++;
  skip_space(p);
  while (*p->at != end) {
    const char *key = NULL;
    uint32_t key_length = 0;
    if (end == '}') {
      if (*p->at != '"')
        fail("key");
      key = parse_string(p, &key_length);
      skip_space(p);
      if (*p->at++ != ':')
        fail("colon");
      skip_space(p);
    }
    struct value *member = parse_value(p);
    member->key = key;
    member->key_length = key_length;
    *link = member;
    link = &member->next;
    skip_space(p);
    if (*p->at == ',') {
      p->at++;
      skip_space(p);
    } else if (*p->at != end) {
      fail("comma");
    }
  }
  p->at++;
  return parent;
}

static struct value *word(struct parser *p, struct value *v, const char *text, enum kind kind) {
  size_t n = strlen(text);
  if (strncmp(p->at, text, n) != 0)
    fail("word");
  p->at += n;
  v->kind = kind;
  return v;
}

static struct value *parse_value(struct parser *p) {
  struct value *v = &p->pool[p->used++];
  v->first = v->next = NULL;
  switch (*p->at) {
  case '{': v->kind = OBJECT; return parse_members(p, v, '}');
  case '[': v->kind = ARRAY; return parse_members(p, v, ']');
  case '"': v->kind = STRING; v->text = parse_string(p, &v->length); return v;
  case 't': return word(p, v, "true", TRUE);
  case 'f': return word(p, v, "false", FALSE);
  case 'n': return word(p, v, "null", NUL);
  default:
    if (*p->at != '-' && (*p->at < '0' || *p->at > '9'))
      fail("value");
    v->kind = NUMBER;
    v->number = parse_number(p);
    return v;
  }
}

struct totals {
  uint32_t counts[OBJECT + 1], hash;
  double sum;
};

static uint32_t hash_bytes(uint32_t hash, const char *text, uint32_t length) {
  for (uint32_t i = 0; i < length; i++)
    hash = mix(hash, (unsigned char)text[i]);
  return hash;
}

static void walk(const struct value *v, struct totals *t) {
  for (; v; v = v->next) {
    t->counts[v->kind]++;
    if (v->key)
      t->hash = hash_bytes(t->hash, v->key, v->key_length);
    if (v->kind == STRING)
      t->hash = hash_bytes(t->hash, v->text, v->length);
    if (v->kind == NUMBER)
      t->sum += v->number;
    walk(v->first, t);
  }
}

static char *write_record(char *out, int id, uint64_t *state) {
  static const char *const names[] = {"alpha", "be\\\"ta", "gamma \\u00e9", "line\\nbreak", "\\u20ac 5", "tab\\tbed"};
  enum { NUMBERS = 12 };
  uint32_t r[NUMBERS]; /* drawn before, because the order of arguments is open */
  for (int i = 0; i < NUMBERS; i++)
    r[i] = random_below(state, 1000);
  out += sprintf(out, "{\"id\": %d, \"name\": \"%s-%u\", \"active\": %s, \"score\": %u.%02ue%d, \"parent\": null, \"tags\": [", id,
                 names[r[0] % 6], r[1], r[2] % 2 ? "true" : "false", r[3], r[4] % 100, (int)(r[5] % 7) - 3);
  for (uint32_t i = 0; i < r[6] % 5; i++)
    out += sprintf(out, "%s\"tag%u\"", i ? ", " : "", (r[7] + i) % 50);
  out += sprintf(out, "], \"position\": {\"x\": -%u, \"y\": %u.5, \"path\": [[%u, %u], [%u, 4]]}}", r[8], r[9], r[10], r[11] % 9, r[7]);
  return out;
}

enum { RECORD_BYTES = 320, RECORD_VALUES = 32 };

int main(int argc, char **argv) {
  int records = argument(argc, argv, 1), repetitions = argument(argc, argv, 2);
  uint64_t state = 362436069;
  char *text = allocate((size_t)records + 1, RECORD_BYTES), *out = text;
  *out++ = '[';
  for (int i = 0; i < records; i++) {
    if (i)
      *out++ = ',', *out++ = '\n';
    out = write_record(out, i, &state);
  }
  *out++ = ']';
  struct value *pool = allocate((size_t)records * RECORD_VALUES + 1, sizeof *pool);
  char *strings = allocate((size_t)(out - text), 1);
  struct totals totals = {{0}, MIX_START, 0};
  for (int i = 0; i < repetitions; i++) {
    struct parser parser = {text, pool, 0, strings};
    walk(parse_value(&parser), &totals);
    if (parser.at != out)
      fail("trailing text");
  }
  for (int i = 0; i <= OBJECT; i++)
    printf("%u ", totals.counts[i]);
  printf("%.6e %08x\n", totals.sum, totals.hash);
  return 0;
}
