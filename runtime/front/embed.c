/* Another front of the runtime: a module as a library of the process that it is linked into
   (docs/embedding.md). wanco/emit/module/library.py makes the functions of the library's header,
   which call these. All return a WANCO_STATUS_..., and leave a message where it is not OK. */
#include "front/front.h"

/* ---- of the C library that the process has ---- */

void exit(int status);
unsigned long getauxval(unsigned long type);
extern char **environ;

/* ---- what happened last ---- */

static char message[2048];
static int exit_status;

static void keep_message(const char *text) { wanco_format(message, sizeof message, "%s", text); }

static int refuse(const char *why) {
  keep_message(why);
  return WANCO_STATUS_ERROR;
}

/* The status that stands for the end that the runtime has noted. */
static int ended(void) {
  switch (wanco_activation.outcome) {
  case WANCO_OUTCOME_TRAP: keep_message(wanco_trap_message(wanco_activation.outcome_code)); return WANCO_STATUS_TRAP;
  case WANCO_OUTCOME_EXIT: exit_status = (int)wanco_activation.outcome_code; return WANCO_STATUS_EXIT;
  case WANCO_OUTCOME_CHECKPOINTED: return WANCO_STATUS_CHECKPOINTED;
  default: return WANCO_STATUS_ERROR; /* keep_message() has been called */
  }
}

/* Reached by wanco_fail(), when the message is kept. */
static void give_up(void) {
  if (!wanco_activation.waiting) return;
  wanco_activation.outcome = WANCO_OUTCOME_ERROR;
  wanco_resume_context(wanco_activation.waiting);
}

const char *wanco_embed_message(void) { return message; }

int wanco_embed_exit_status(void) { return exit_status; }

/* ---- calls ---- */

static enum { NONE, MADE, FAILED } state;
static void *thread; /* that made the instance */

/* What a call that may end early must put back. Calls may be nested: a host function can
   call exported functions. */
struct call {
  struct wanco_registers context, anchor;
  struct wanco_registers *waiting;
  uint32_t phase, entry, depth;
  uint64_t floating_point;
};

static void enter(struct call *call) {
  call->waiting = wanco_activation.waiting;
  call->anchor = wanco_activation.anchor;
  call->phase = wanco_activation.phase;
  call->entry = wanco_activation.entry;
  call->depth = wanco_activation.depth;
  call->floating_point = wanco_set_floating_point();
  wanco_activation.waiting = &call->context;
  wanco_activation.depth++;
}

static void leave(const struct call *call) {
  wanco_activation.waiting = call->waiting;
  wanco_activation.anchor = call->anchor;
  wanco_activation.phase = call->phase;
  wanco_activation.entry = call->entry;
  wanco_activation.depth = call->depth;
  wanco_restore_floating_point(call->floating_point);
  if (call->depth <= 1) wanco_requests_allowed();
}

static const char *obstacle(void) {
  if (state == NONE) return "there is no instance: make one first";
  if (state == FAILED) return "the instance could not be made";
  if (thread != __builtin_thread_pointer()) return "called by another thread than the one that made the instance";
  return NULL;
}

/* As in an executable, which can then go on from a library's snapshot. */
static uint32_t phase_of(uint32_t entry) { return entry == wanco_module.command_export ? WANCO_PHASE_COMMAND : WANCO_PHASE_INVOKE; }

int wanco_embed_call(uint32_t entry, void *slots) {
  const char *why = obstacle();
  if (why) return refuse(why);
  if (wanco_activation.outermost) return refuse("a restored call waits to be continued");
  struct call call;
  enter(&call);
  if (wanco_save_context(&call.context)) {
    leave(&call);
    return ended();
  }
  if (call.depth) {
    /* On the WebAssembly stack already, whose top is in use. */
    wanco_activation.phase = phase_of(entry);
    wanco_activation.entry = entry;
    wanco_module.exports[entry].invoke(wanco_memory_base[0], slots);
  } else {
    wanco_invoke(phase_of(entry), entry, slots);
  }
  leave(&call);
  return WANCO_STATUS_OK;
}

/* ---- the instance ---- */

/* The options keep pointers into the arguments. */
static char **copy_arguments(int argc, const char *const *argv) {
  char **copy = wanco_allocate(((size_t)argc + 1) * sizeof *copy);
  for (int i = 0; i < argc; i++) {
    size_t size = strlen(argv[i]) + 1;
    copy[i] = memcpy(wanco_allocate(size), argv[i], size);
  }
  return copy;
}

static void make(int argc, const char *const *argv, const char *snapshot) {
  static const char *const NO_ARGUMENTS[] = {"library"};
  static char *nothing[] = {NULL};
  if (argc < 1) argc = 1, argv = NO_ARGUMENTS;
  wanco_take_options(&wanco_instance.options, argc, copy_arguments(argc, argv), nothing);
  wanco_instance.options.environment = environ;
  wanco_instance.options.quiet = true;
  if (snapshot) wanco_instance.options.restore = snapshot;
  wanco_instantiate();
  wanco_blocks_leave_open(); /* its memory can be accessed at any time, by system calls, too */
  uint32_t start = wanco_module.start_export;
  if (wanco_instance.restored) {
    if (wanco_activation.phase != WANCO_PHASE_START) return;
    wanco_continue(NULL);
    wanco_activation.outermost = NULL;
  } else if (start != WANCO_NO_EXPORT) {
    wanco_invoke(WANCO_PHASE_START, start, NULL);
  }
}

int wanco_embed_create(int argc, const char *const *argv, const char *snapshot) {
  if (state != NONE) return refuse(state == MADE ? "there is an instance already" : "the instance could not be made");
  wanco_libc_exit = exit;
  wanco_message_to = keep_message;
  wanco_failed_to = give_up;
  wanco_instance.embedded = true;
  thread = __builtin_thread_pointer();
  wanco_note_process(getauxval);
  state = FAILED;
  struct call call;
  enter(&call);
  if (wanco_save_context(&call.context)) {
    leave(&call);
    return ended();
  }
  make(argc, argv, snapshot);
  call.phase = wanco_activation.phase; /* of the snapshot */
  call.entry = wanco_activation.entry;
  leave(&call);
  state = MADE;
  return WANCO_STATUS_OK;
}

const char *wanco_embed_pending(void) {
  return state == MADE && wanco_activation.outermost ? wanco_module.exports[wanco_activation.entry].name : NULL;
}

/* Results go to `values`, 16 bytes each. */
int wanco_embed_continue(void *values, size_t count) {
  static uint8_t slots[1000][WANCO_SLOT_SIZE] __attribute__((aligned(16))); /* no function has more results */
  const char *why = obstacle();
  if (why) return refuse(why);
  if (!wanco_activation.outermost) return refuse("no restored call waits to be continued");
  struct call call;
  enter(&call);
  if (wanco_save_context(&call.context)) {
    leave(&call);
    wanco_activation.outermost = NULL;
    return ended();
  }
  wanco_continue(slots);
  leave(&call);
  wanco_activation.outermost = NULL;
  size_t most = sizeof slots / sizeof *slots;
  if (values) memcpy(values, slots, (count < most ? count : most) * WANCO_SLOT_SIZE);
  return WANCO_STATUS_OK;
}

int wanco_embed_save(const char *path) {
  const char *why = obstacle();
  if (why) return refuse(why);
  if (!wanco_module.checkpointable) return refuse("compiled without checkpoints (--no-checkpoint)");
  if (wanco_activation.depth) return refuse("a call is running: only a requested checkpoint can be taken inside it");
  if (wanco_activation.outermost) return refuse("a restored call waits to be continued");
  wanco_activation.phase = WANCO_PHASE_INVOKE;
  wanco_activation.entry = WANCO_NO_EXPORT;
  return wanco_save_to(path) ? WANCO_STATUS_OK : WANCO_STATUS_ERROR;
}

void wanco_embed_request_checkpoint(void) { wanco_request(WANCO_REQUEST_LEAVE); }

/* ---- exported memories ---- */

void *wanco_embed_memory_at(uint32_t memory, uint32_t address, uint64_t size) {
  uint64_t bytes = wanco_memory_bytes[memory];
  return size <= bytes && address <= bytes - size ? wanco_memory_base[memory] + address : NULL;
}
