/* The runtime's own options: --wanco-NAME among the program's arguments, WANCO_NAME in the
   environment. One table drives parsing, the help text and the error messages. All other
   arguments belong to the program, "--" and what follows it included. */
#include "instance/instance.h"

enum kind { HELP, VERSION, FLAG, TEXT, LIST, BYTES, DURATION, POLLS, STATUS };

struct option {
  const char *name;  /* after --wanco- */
  const char *value; /* placeholder; NULL: takes none */
  const char *help;
  enum kind kind;
  size_t field;
};

#define FIELD(name) offsetof(struct wanco_options, name)

static const struct option OPTIONS[] = {
    {"help", NULL, "print this text", HELP, 0},
    {"version", NULL, "print the versions of runtime and snapshot format", VERSION, 0},
    {"dir", "HOST[::GUEST]", "give the program a directory (repeatable)", LIST, FIELD(directories)},
    {"env", "NAME=VALUE", "set an environment variable of the program (repeatable)", LIST, FIELD(variables)},
    {"listen", "tcp:ADDRESS:PORT|fd:N", "give the program a listening socket (repeatable)", LIST, FIELD(listeners)},
    {"inherit-env", NULL, "give the program the environment of this process", FLAG, FIELD(inherit_environment)},
    {"max-memory", "SIZE", "limit of its memories together, as 65536, 64K, 512M or 2G", BYTES, FIELD(max_memory)},
    {"stack-size", "SIZE", "its call stack (default 64M)", BYTES, FIELD(stack_size)},
    {"snapshot", "PATH", "where to save (default PROGRAM.wsnap); %n is the snapshot's number", TEXT, FIELD(snapshot)},
    {"guest-snapshot", "PATH", "where the program's own checkpoints go (default: as --wanco-snapshot)", TEXT, FIELD(guest_snapshot)},
    {"checkpoint-on-term", NULL, "save and leave on SIGTERM, as on SIGUSR1", FLAG, FIELD(checkpoint_on_term)},
    {"checkpoint-after", "TIME", "save and leave after a time, as 90s, 200ms, 5m or 1h", DURATION, FIELD(checkpoint_after)},
    {"checkpoint-every", "TIME", "save again and again, in the background", DURATION, FIELD(checkpoint_every)},
    {"incremental", NULL, "save only pages that changed since the last snapshot, which is needed, too", FLAG, FIELD(incremental)},
    {"checkpoint-at", "N[,N...]", "save at the N-th poll executed, and leave at the last of them", POLLS, FIELD(checkpoint_at)},
    {"count-host-calls", NULL, "host calls that can block have numbers among the polls (for tests)", FLAG, FIELD(count_host_calls)},
    {"checkpoint-at-exit", "PATH", "save the state in which the program ends, to be looked at", TEXT, FIELD(checkpoint_at_exit)},
    {"checkpoint-exit-status", "N", "exit status after saving (default 85)", STATUS, FIELD(checkpoint_exit_status)},
    {"restore", "FILE", "continue from a snapshot", TEXT, FIELD(restore)},
    {"allow-changed-files", NULL, "on restore, go on where an open file is gone or has another size", FLAG, FIELD(allow_changed_files)},
    {"untrusted", NULL, "on restore, open only directories that --wanco-dir gives, none that the snapshot names", FLAG, FIELD(untrusted)},
    {"verify", NULL, "on restore, read and check all memory pages before the program goes on", FLAG, FIELD(verify)},
    {"deterministic", NULL, "clocks that do not depend on real time, random numbers from a fixed seed", FLAG, FIELD(deterministic)},
    {"trace-polls", "PATH", "write which safepoints the program reaches, and when", TEXT, FIELD(trace_polls)},
    {"trace-checkpoints", "PATH", "write how long each snapshot took", TEXT, FIELD(trace_checkpoints)},
    {"trace-latency", "PATH", "write how long requests wait for a safepoint, measured every millisecond", TEXT, FIELD(trace_latency)},
    {"trace-start", "PATH", "write when the program's code began to run", TEXT, FIELD(trace_start)},
    {"quiet", NULL, "no message when a snapshot was saved", FLAG, FIELD(quiet)},
};
enum { OPTION_COUNT = sizeof OPTIONS / sizeof *OPTIONS };

struct unit {
  const char *name;
  uint64_t factor;
};
static const struct unit BYTE_UNITS[] = {{"", 1}, {"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}, {NULL, 0}};
static const struct unit TIME_UNITS[] = {{"us", 1}, {"ms", 1000}, {"s", 1000000}, {"m", 60000000}, {"h", 3600000000}, {NULL, 0}};
static const struct unit NO_UNITS[] = {{"", 1}, {NULL, 0}};

/* A positive number with a unit. False: it is none, or too large. */
static bool parse_number(const char *text, const struct unit *units, uint64_t limit, uint64_t *result) {
  uint64_t value = 0;
  const char *digit = text;
  for (; *digit >= '0' && *digit <= '9'; digit++) {
    if (value > (limit - (uint64_t)(*digit - '0')) / 10) return false;
    value = 10 * value + (uint64_t)(*digit - '0');
  }
  if (digit == text) return false;
  while (units->name && !wanco_equal(units->name, digit)) units++;
  if (!units->name || value > limit / units->factor) return false;
  *result = value * units->factor;
  return true;
}

/* Where a value came from, for messages: "--wanco-" and "dir", or "WANCO_" and "DIR". */
struct source {
  const char *prefix, *name;
};

static _Noreturn void fail_value(const struct option *option, struct source from, const char *value) {
  wanco_fail("%s%s: '%s' is not a valid %s; see --wanco-help", from.prefix, from.name, value, option->value);
}

static void set_number(const struct option *option, struct source from, const char *value, void *field) {
  static const struct {
    const struct unit *units;
    uint64_t least, most;
  } RULES[] = {
      [BYTES] = {BYTE_UNITS, 1, 1ull << 46},
      [DURATION] = {TIME_UNITS, 1, 1ull << 50},
      [STATUS] = {NO_UNITS, 0, 255},
  };
  uint64_t number;
  if (!parse_number(value, RULES[option->kind].units, RULES[option->kind].most, &number) || number < RULES[option->kind].least)
    fail_value(option, from, value);
  *(uint64_t *)field = number;
}

/* Ascending numbers with commas between them. */
static bool parse_polls(const char *text, struct wanco_polls *polls) {
  size_t most = 1;
  for (const char *c = text; *c; c++) most += *c == ',';
  polls->items = wanco_allocate(most * sizeof *polls->items);
  polls->count = 0;
  for (uint64_t last = 0;; text++) {
    uint64_t value = 0;
    for (; *text >= '0' && *text <= '9'; text++) {
      if (value >= UINT64_MAX / 100) return false;
      value = 10 * value + (uint64_t)(*text - '0');
    }
    if (value <= last) return false;
    last = polls->items[polls->count++] = value;
    if (*text != ',') return !*text;
  }
}

static void append(struct wanco_list *list, const char *value) { list->items[list->count++] = value; }

static void print_help(const struct wanco_options *options) {
  wanco_print(1, "usage: %s [--wanco-OPTION ...] [ARGUMENT ...]\n\nOptions of the runtime; all other arguments are the program's.\n",
              options->argc ? options->argv[0] : "PROGRAM");
  for (const struct option *o = OPTIONS; o < OPTIONS + OPTION_COUNT; o++)
    wanco_print(1, "  --wanco-%s%s%s\n        %s\n", o->name, o->value ? " " : "", o->value ? o->value : "", o->help);
  wanco_print(1, "Each can also be given as an environment variable: WANCO_MAX_MEMORY=1G.\n");
}

static void print_version(void) {
  wanco_print(1, "wanco %s, %s, snapshot format %u\n", WANCO_VERSION, WANCO_ISA_NAME, WANCO_SNAPSHOT_VERSION);
}

static void set_option(struct wanco_options *options, const struct option *option, struct source from, const char *value) {
  void *field = (char *)options + option->field;
  switch (option->kind) {
  case HELP: print_help(options); sys(exit_group, 0); break;
  case VERSION: print_version(); sys(exit_group, 0); break;
  case FLAG: *(bool *)field = true; break;
  case TEXT: *(const char **)field = value; break;
  case LIST: append(field, value); break;
  case POLLS:
    if (!parse_polls(value, field)) fail_value(option, from, value);
    break;
  default: set_number(option, from, value, field); break;
  }
  if (option->value && !*value) fail_value(option, from, value);
}

/* The option that `text` names, up to its end or a "="; *value is then what follows that. */
static const struct option *find_option(const char *text, const char **value) {
  for (const struct option *o = OPTIONS; o < OPTIONS + OPTION_COUNT; o++) {
    if (!wanco_starts_with(text, o->name)) continue;
    const char *rest = text + strlen(o->name);
    if (*rest && *rest != '=') continue;
    *value = *rest ? rest + 1 : NULL;
    return o;
  }
  return NULL;
}

static const char ARGUMENT_PREFIX[] = "--wanco-";
static const char VARIABLE_PREFIX[] = "WANCO_";

/* Handles argv[i], which begins with the prefix; returns how many arguments that took. */
static int take_argument(struct wanco_options *options, int argc, char **argv, int i) {
  const char *value, *text = argv[i] + sizeof ARGUMENT_PREFIX - 1;
  const struct option *option = find_option(text, &value);
  if (!option) wanco_fail("unknown option %s; see --wanco-help", argv[i]);
  if (!option->value && value) wanco_fail("%s%s takes no value", ARGUMENT_PREFIX, option->name);
  int taken = 1;
  if (option->value && !value) {
    if (i + 1 >= argc) wanco_fail("%s%s needs a value: %s", ARGUMENT_PREFIX, option->name, option->value);
    value = argv[i + 1];
    taken = 2;
  }
  set_option(options, option, (struct source){ARGUMENT_PREFIX, option->name}, value);
  return taken;
}

static void take_arguments(struct wanco_options *options, int argc, char **argv) {
  int kept = 0;
  for (int i = 0; i < argc;) {
    if (i && wanco_starts_with(argv[i], ARGUMENT_PREFIX)) i += take_argument(options, argc, argv, i);
    else argv[kept++] = argv[i++];
  }
  argv[kept] = NULL;
  options->argc = kept;
}

/* NAME_OF_VARIABLE to name-of-variable, cut to the buffer. */
static void variable_to_option(const char *variable, char *name, size_t size) {
  size_t i = 0;
  for (; i + 1 < size && variable[i] && variable[i] != '='; i++) {
    char c = variable[i];
    name[i] = c == '_' ? '-' : c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : '?';
  }
  name[i] = 0;
}

/* Variables that name no option, and empty ones, are somebody else's. */
static void take_variable(struct wanco_options *options, const char *variable) {
  char name[32];
  const char *value = variable, *unused;
  while (*value && *value != '=') value++;
  if (!*value || !value[1]) return;
  variable_to_option(variable + sizeof VARIABLE_PREFIX - 1, name, sizeof name);
  const struct option *option = find_option(name, &unused);
  if (!option || option->kind == HELP || option->kind == VERSION) return;
  if (option->kind == FLAG && wanco_equal(value, "=0")) return;
  set_option(options, option, (struct source){"variable WANCO_", name}, value + 1);
}

static size_t count_variables(char **environment) {
  size_t count = 0;
  for (; *environment; environment++) count += wanco_starts_with(*environment, VARIABLE_PREFIX);
  return count;
}

static void make_list(struct wanco_list *list, size_t most) { list->items = wanco_allocate(most * sizeof *list->items); }

void wanco_take_options(struct wanco_options *options, int argc, char **argv, char **environment) {
  *options = (struct wanco_options){
      .argc = argc,
      .argv = argv,
      .environment = environment,
      .stack_size = 64 << 20,
      .checkpoint_exit_status = WANCO_EXIT_CHECKPOINTED,
  };
  size_t most = (size_t)argc + count_variables(environment);
  make_list(&options->directories, most);
  make_list(&options->listeners, most);
  make_list(&options->variables, most);
  for (char **variable = environment; *variable; variable++)
    if (wanco_starts_with(*variable, VARIABLE_PREFIX)) take_variable(options, *variable);
  take_arguments(options, argc, argv);
}
