/* Another main program: calls exports as lines on standard input say, one answer a line.

     invoke EXPORT ARGUMENT...   ok RESULT... | trap MESSAGE | exit STATUS
     get EXPORT                  ok VALUE                     a global
     size EXPORT                 ok SIZE                      pages of a memory, entries of a table
     save                        ok | error ...               between two calls, to --wanco-snapshot
     exports                     ok, after a line "INDEX KIND SIGNATURE NAME" for each
     quit

   EXPORT is an index into the module's exports. Values are hexadecimal numbers of up to 32
   digits (the bits); function references are function indices, external ones any number,
   "null" is the null of either. The first line is "ready", or "trap MESSAGE" if the module
   cannot be instantiated. Restored from a snapshot, the answer to the interrupted invoke
   comes after it. After a trap the instance goes on. */
#include "front/front.h"

enum { MAX_VALUES = 1024, MAX_LINE = 64 << 10 };

static uint8_t slots[MAX_VALUES][WANCO_SLOT_SIZE] __attribute__((aligned(16)));

/* ---- lines ---- */

static char input[MAX_LINE];
static size_t filled, used;

/* More input behind what is not used yet; false: there is none, or no room for it. */
static bool read_more(void) {
  memmove(input, input + used, filled - used);
  filled -= used;
  used = 0;
  long count = filled < MAX_LINE ? sys(read, 0, input + filled, MAX_LINE - filled) : 0;
  if (count <= 0) return false;
  filled += (size_t)count;
  return true;
}

/* The next line, without its end; NULL at the end of input. */
static char *read_line(void) {
  for (size_t length = 0;; length++) {
    if (used + length == filled && !read_more()) return NULL;
    char *line = input + used;
    if (line[length] != '\n') continue;
    line[length] = 0;
    used += length + 1;
    return line;
  }
}

/* Cuts the next word off; NULL: there is none. */
static char *next_word(char **line) {
  char *word = *line;
  while (*word == ' ') word++;
  if (!*word) return NULL;
  char *end = word;
  while (*end && *end != ' ') end++;
  *line = *end ? end + 1 : end;
  *end = 0;
  return word;
}

/* ---- values ---- */

static int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool parse_hex(const char *word, uint8_t slot[WANCO_SLOT_SIZE]) {
  size_t digits = strlen(word);
  if (!digits || digits > 2 * WANCO_SLOT_SIZE) return false;
  for (size_t i = 0; i < digits; i++) {
    int value = digit_value(word[digits - 1 - i]);
    if (value < 0) return false;
    slot[i / 2] |= (uint8_t)(value << 4 * (i % 2));
  }
  return true;
}

/* An external reference must not be null even for 0. */
static bool parse_value(uint8_t type, const char *word, uint8_t slot[WANCO_SLOT_SIZE]) {
  memset(slot, 0, WANCO_SLOT_SIZE);
  bool is_reference = type == WANCO_VALUE_CODE_FUNCREF || type == WANCO_VALUE_CODE_EXTERNREF;
  if (is_reference && wanco_equal(word, "null")) return true;
  if (!parse_hex(word, slot)) return false;
  uint64_t number = wanco_load_u64(slot);
  if (type == WANCO_VALUE_CODE_EXTERNREF) wanco_store_u64(slot, number + 1);
  if (type == WANCO_VALUE_CODE_FUNCREF) {
    if (!wanco_is_referenceable(number)) return false;
    wanco_store_u64(slot, (uint64_t)wanco_function_reference((uint32_t)number));
  }
  return true;
}

static void print_hex(const uint8_t slot[WANCO_SLOT_SIZE]) {
  char text[2 * WANCO_SLOT_SIZE + 1];
  for (size_t i = 0; i < 2 * WANCO_SLOT_SIZE; i++) {
    uint8_t byte = slot[WANCO_SLOT_SIZE - 1 - i / 2];
    text[i] = "0123456789abcdef"[i % 2 ? byte & 15 : byte >> 4];
  }
  text[2 * WANCO_SLOT_SIZE] = 0;
  wanco_print(1, " %s", text);
}

static void print_value(uint8_t type, const void *native) {
  uint8_t payload[WANCO_SLOT_SIZE] = {0};
  wanco_value_save((struct wanco_slot){.type = type}, native, payload);
  uint64_t number = wanco_load_u64(payload);
  bool is_null = (type == WANCO_VALUE_CODE_FUNCREF && number == WANCO_NULL_FUNCTION) || (type == WANCO_VALUE_CODE_EXTERNREF && !number);
  if (type == WANCO_VALUE_CODE_EXTERNREF) wanco_store_u64(payload, number - 1);
  if (is_null) wanco_print(1, " null");
  else print_hex(payload);
}

/* ---- calls ---- */

static struct wanco_registers context;

static void print_results(const char *signature) {
  while (*signature != '>') signature++;
  wanco_print(1, "ok");
  for (size_t i = 0; signature[i + 1]; i++) print_value((uint8_t)(signature[i + 1] - '0'), slots[i]);
  wanco_print(1, "\n");
}

static void print_end(void) {
  if (wanco_activation.outcome == WANCO_OUTCOME_TRAP) wanco_print(1, "trap %s\n", wanco_trap_message(wanco_activation.outcome_code));
  else wanco_print(1, "exit %u\n", wanco_activation.outcome_code);
}

static const struct wanco_export *current(void) { return &wanco_instance.module->exports[wanco_activation.entry]; }

static void invoke(uint32_t entry) {
  wanco_activation.waiting = &context;
  if (wanco_save_context(&context)) {
    print_end();
    return;
  }
  wanco_invoke(WANCO_PHASE_INVOKE, entry, slots);
  print_results(current()->signature);
}

static void resume(void) {
  wanco_activation.waiting = &context;
  if (wanco_save_context(&context)) {
    print_end();
    return;
  }
  wanco_continue(slots);
  print_results(current()->signature);
}

/* ---- commands ---- */

static bool parse_export(char **line, uint32_t kind, const struct wanco_export **export) {
  char *word = next_word(line);
  uint64_t index = 0;
  for (; word && *word >= '0' && *word <= '9' && index <= UINT32_MAX; word++) index = 10 * index + (uint64_t)(*word - '0');
  if (!word || *word || index >= wanco_instance.module->export_count) return false;
  *export = &wanco_instance.module->exports[index];
  return (*export)->kind == kind;
}

static bool command_invoke(char *line) {
  const struct wanco_export *export;
  if (!parse_export(&line, WANCO_EXTERN_KIND_FUNCTION, &export) || !export->invoke || strlen(export->signature) > MAX_VALUES) return false;
  const char *type = export->signature;
  for (size_t i = 0; *type != '>'; i++, type++) {
    char *word = next_word(&line);
    if (!word || !parse_value((uint8_t)(*type - '0'), word, slots[i])) return false;
  }
  invoke((uint32_t)(export - wanco_instance.module->exports));
  return true;
}

static bool command_get(char *line) {
  const struct wanco_export *export;
  if (!parse_export(&line, WANCO_EXTERN_KIND_GLOBAL, &export)) return false;
  const struct wanco_global *global = &wanco_instance.module->globals[export->index];
  if (!global->address) return false;
  wanco_print(1, "ok");
  print_value(global->type, global->address);
  wanco_print(1, "\n");
  return true;
}

static bool command_size(char *line) {
  const struct wanco_export *export;
  char *again = line, copy[16];
  wanco_format(copy, sizeof copy, "%s", line);
  if (parse_export(&again, WANCO_EXTERN_KIND_MEMORY, &export)) {
    wanco_print(1, "ok %lx\n", wanco_memory_bytes[export->index] / WANCO_WASM_PAGE);
    return true;
  }
  again = copy;
  if (!parse_export(&again, WANCO_EXTERN_KIND_TABLE, &export)) return false;
  wanco_print(1, "ok %x\n", wanco_instance.module->tables[export->index].state->size);
  return true;
}

static bool command_save(char *line) {
  (void)line;
  wanco_activation.phase = WANCO_PHASE_INVOKE;
  wanco_activation.entry = WANCO_NO_EXPORT;
  if (!wanco_instance.module->checkpointable || !wanco_save_between_calls()) return false;
  wanco_print(1, "ok\n");
  return true;
}

static bool command_exports(char *line) {
  (void)line;
  const struct wanco_export *export = wanco_instance.module->exports;
  for (uint32_t i = 0; i < wanco_instance.module->export_count; i++, export++)
    wanco_print(1, "%u %u %s %s\n", i, export->kind, *export->signature ? export->signature : "-", export->name);
  wanco_print(1, "ok\n");
  return true;
}

static const struct {
  const char *name;
  bool (*run)(char *line);
} COMMANDS[] = {
    {"invoke", command_invoke}, {"get", command_get}, {"size", command_size}, {"save", command_save}, {"exports", command_exports},
};

static bool run_command(char *line) {
  char *word = next_word(&line);
  for (size_t i = 0; word && i < sizeof COMMANDS / sizeof *COMMANDS; i++)
    if (wanco_equal(COMMANDS[i].name, word)) return COMMANDS[i].run(line);
  return false;
}

/* Instantiates the module, or goes on with that; false: it ended in a trap, which has been told. */
static bool start(int argc, char **argv, char **environment) {
  wanco_activation.waiting = &context;
  if (wanco_save_context(&context)) {
    print_end();
    return false;
  }
  wanco_setup(argc, argv, environment);
  uint32_t entry = wanco_instance.module->start_export;
  if (wanco_instance.restored) {
    if (wanco_activation.phase == WANCO_PHASE_START) wanco_continue(NULL);
  } else if (entry != WANCO_NO_EXPORT) {
    wanco_invoke(WANCO_PHASE_START, entry, NULL);
  }
  wanco_print(1, "ready\n");
  return true;
}

int wanco_main(int argc, char **argv, char **environment) {
  if (!start(argc, argv, environment)) return 0;
  if (wanco_activation.outermost && wanco_activation.phase == WANCO_PHASE_INVOKE) resume();
  for (char *line; (line = read_line()) && !wanco_equal(line, "quit");)
    if (!run_command(line)) wanco_print(1, "error: not understood or not possible\n");
  wanco_save_finish();
  return 0;
}
