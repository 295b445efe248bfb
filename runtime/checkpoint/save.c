/* Saves the state of the program, to a file. In the background everything but the memories is written
   before the program goes on, which alone can change then without the child process noticing: files' offsets, above all. */
#include "checkpoint/checkpoint.h"

static uint64_t number; /* of the last snapshot in this chain */

/* ---- names of files ---- */

enum { PATH = 4096 };

struct path {
  char text[PATH];
  size_t length;
  bool too_long;
};

static void append(struct path *path, const char *text) {
  for (; *text; text++) {
    if (path->length + 1 < PATH) path->text[path->length++] = *text;
    else path->too_long = true;
  }
  path->text[path->length] = 0;
}

static void append_number(struct path *path, uint64_t value) {
  char digits[24];
  wanco_format(digits, sizeof digits, "%lu", value);
  append(path, digits);
}

static void expand(struct path *path, const char *pattern) {
  for (; *pattern; pattern++) {
    if (pattern[0] == '%' && pattern[1] == 'n') {
      append_number(path, number + 1);
      pattern++;
    } else {
      append(path, (char[]){*pattern, 0});
    }
  }
}

static const char *base_name(const char *path) {
  const char *base = path;
  for (; *path; path++)
    if (*path == '/' && path[1]) base = path + 1;
  return base;
}

/* The snapshot that is being saved: its path, and the name it has until it is complete. */
static struct path final, temporary;

static void make_paths(const char *pattern) {
  const struct wanco_options *options = &wanco_instance.options;
  final.length = temporary.length = 0;
  final.too_long = temporary.too_long = false;
  if (pattern) {
    expand(&final, pattern);
  } else {
    append(&final, base_name(options->argc ? options->argv[0] : "program"));
    append(&final, ".wsnap");
  }
  append(&temporary, final.text);
  append(&temporary, ".tmp-");
  append_number(&temporary, (uint64_t)sys(getpid));
}

static bool has_number(const char *pattern) {
  for (; pattern && *pattern; pattern++)
    if (pattern[0] == '%' && pattern[1] == 'n') return true;
  return false;
}

/* ---- increments ---- */

/* What the next increment builds on; no depth: nothing does, the next snapshot is a full one. */
static struct wanco_base base;
static uint64_t full_bytes, increments_bytes;

static bool incremental(void) { return wanco_instance.options.incremental; }

void wanco_increments_start(void) {
  const char *pattern = wanco_instance.options.snapshot;
  if (!has_number(pattern ? base_name(pattern) : NULL))
    wanco_fail("--wanco-incremental needs a --wanco-snapshot with %%n in the file's name: each increment builds on the file before it");
  wanco_pages_start();
}

/* A restore reads the whole chain: so it is not to become much larger than a full snapshot. */
static void extend_chain(const struct wanco_saved *saved, enum wanco_scan scan, uint64_t time) {
  if (scan == WANCO_SCAN_FIRST) full_bytes = saved->bytes, increments_bytes = 0;
  else increments_bytes += saved->bytes;
  uint32_t depth = scan == WANCO_SCAN_FIRST ? 1 : base.depth + 1;
  if (depth == WANCO_MAX_CHAIN || increments_bytes > full_bytes) depth = 0;
  base.depth = depth;
  base.size = saved->bytes;
  base.time = time;
  base.header_crc = saved->header_crc;
  wanco_format(base.name, sizeof base.name, "%s", base_name(final.text));
}

/* ---- saving ---- */

static struct wanco_file_sink file;
static struct wanco_sink *const sink = &file.sink; /* all that follows knows nothing of files */
static struct wanco_writer *writer;
static struct wanco_times times;
static enum wanco_scan scan;
static uint64_t date;

static bool fail(const char *why) {
  wanco_message("no snapshot: %s: %s; the program goes on", final.text, why);
  return false;
}

/* Opens the file and writes all that is not memory; false: that failed, and has been told. */
static bool begin(const char *pattern, struct wanco_stop *stop, bool in_chain) {
  if (!stop->began) stop->requested = stop->began = wanco_now();
  make_paths(pattern);
  if (temporary.too_long) return fail("path too long");
  long error = wanco_file_sink_open(&file, temporary.text, final.text);
  if (error) return fail(wanco_error_text(error));
  stop->number = number + 1;
  stop->time = date = wanco_date();
  stop->base = in_chain && base.depth ? &base : NULL;
  scan = !in_chain ? WANCO_SCAN_FULL : stop->base ? WANCO_SCAN_CHANGES : WANCO_SCAN_FIRST;
  times = (struct wanco_times){.number = stop->number, .requested = stop->requested, .began = stop->began};
  writer = wanco_writer_start(sink);
  wanco_dump_state(writer, stop);
  return true;
}

static struct wanco_saved complete(void) {
  if (scan != WANCO_SCAN_CHANGES) wanco_blocks_load();
  const char *why = wanco_dump_memories(writer, scan) ? wanco_writer_reason(writer) : NULL;
  long error = why ? 0 : sink->finish(sink);
  if (error) why = wanco_error_text(error);
  struct wanco_saved saved = {.ended = true, .complete = !why, .bytes = wanco_writer_size(writer), .header_crc = wanco_writer_header_crc(writer)};
  if (why) {
    sink->abandon(sink);
    fail(why);
  } else if (!wanco_instance.options.quiet) {
    wanco_message("saved %s (%lu bytes)", final.text, saved.bytes);
  }
  saved.time = wanco_now();
  return saved;
}

static bool note_end(const struct wanco_saved *saved) {
  if (scan != WANCO_SCAN_FULL && !saved->complete) base.depth = 0; /* nobody knows what has been compared */
  if (!saved->complete) return false;
  if (scan != WANCO_SCAN_FULL) extend_chain(saved, scan, date);
  times.bytes = saved->bytes;
  times.complete = saved->time;
  wanco_trace_checkpoint(&times);
  return true;
}

static bool complete_in_foreground(const struct wanco_stop *stop) {
  struct wanco_saved saved = complete();
  if (scan != WANCO_SCAN_FULL) wanco_blocks_guard(stop->in_host_call);
  times.resumed = saved.time;
  return note_end(&saved);
}

bool wanco_save_apart(const char *pattern, struct wanco_stop *stop) {
  wanco_save_finish();
  return begin(pattern, stop, false) && complete_in_foreground(stop);
}

bool wanco_save(struct wanco_stop *stop) {
  wanco_save_finish();
  if (!begin(wanco_instance.options.snapshot, stop, incremental()) || !complete_in_foreground(stop)) return false;
  number++;
  return true;
}

bool wanco_save_to(const char *path) {
  struct wanco_stop stop = {0};
  if (!wanco_save_apart(path, &stop)) return false;
  number++;
  return true;
}

bool wanco_save_between_calls(void) {
  struct wanco_stop stop = {0};
  return wanco_save(&stop);
}

/* There is nothing to go on with, so nothing is running in it. */
void wanco_save_at_end(void) {
  if (!wanco_instance.options.checkpoint_at_exit) return;
  wanco_activation.phase = WANCO_PHASE_INVOKE;
  wanco_activation.entry = WANCO_NO_EXPORT;
  wanco_save_apart(wanco_instance.options.checkpoint_at_exit, &(struct wanco_stop){0});
}

void wanco_save_in_background(struct wanco_stop *stop) {
  if (!begin(wanco_instance.options.snapshot, stop, incremental())) return;
  long pid = wanco_background_fork();
  if (wanco_failed(pid)) {
    wanco_message("cannot save in the background: %s; the program waits until the snapshot is complete", wanco_error_text(pid));
    number += complete_in_foreground(stop);
    return;
  }
  if (!pid) {
    wanco_wasi_let_go(&wanco_instance);
    struct wanco_saved saved = complete();
    wanco_background_end(&saved);
  }
  sink->leave(sink);
  wanco_blocks_guard(stop->in_host_call);
  times.resumed = wanco_now();
}

static void collect(bool wait) {
  struct wanco_saved saved;
  if (!wanco_background_collect(wait, &saved)) return;
  if (!incremental()) wanco_blocks_open_guarded();
  number += note_end(&saved);
  if (saved.ended) return;
  char why[80];
  sink->abandon(sink);
  wanco_format(why, sizeof why, "the process that wrote it was ended by signal %d", saved.signal);
  fail(why);
}

bool wanco_save_busy(void) {
  collect(false);
  return wanco_background_busy();
}

void wanco_save_finish(void) { collect(true); }

void wanco_snapshot_number(uint64_t last) { number = last; }
