/* The stack of WebAssembly code: what one activation of the program needs, the frames on its stack
   and the values in them, how it ends, and the signals that interrupt it.

   An activation is an uninterrupted stack of WebAssembly frames and what belongs to it; a frame is
   a WebAssembly one: a machine frame has several where functions were inlined. */
#pragma once
#include "base/base.h"
#include "include/wanco.h"

/* ---- activation.c ---- */

enum { WANCO_OUTCOME_EXIT, WANCO_OUTCOME_TRAP, WANCO_OUTCOME_ERROR, WANCO_OUTCOME_CHECKPOINTED };

struct wanco_activation {
  struct wanco_registers anchor;   /* of the caller of the host function that runs now (stubs) */
  uint64_t runtime_stack;          /* where the free part of the runtime's stack begins (stubs) */
  void *innermost_resume;          /* not NULL: the stack is being rebuilt (stubs) */
  uint64_t stack_guard, stack_bottom, stack_top;
  uint32_t phase;                  /* WANCO_PHASE_... */
  uint32_t entry;                  /* index of the export that runs */
  struct wanco_frame *outermost;   /* of a snapshot, to be resumed; NULL: none */
  bool resumed_by_guest;           /* at a call of wanco.checkpoint, which returns 1 */
  bool resumed_at_host_call;       /* which is issued again and has had its number */
  uint32_t depth;                  /* calls of a library that run, one inside the other */
  struct wanco_registers *waiting; /* where a program that ends returns to; NULL: the process ends */
  uint32_t outcome, outcome_code;  /* how it ended: WANCO_OUTCOME_..., status or trap code */
};

extern struct wanco_activation wanco_activation; /* the one that runs: stubs address it directly */

/* What asks it to stop; set by signal handlers (checkpoint/requests.c). */
extern uint32_t wanco_requests;           /* WANCO_REQUEST_... bits; read by wanco_blocking_syscall() */
extern uint32_t wanco_host_calls_counted; /* not 0: the stubs of host calls that can block call wanco_on_host_call() */

#define WANCO_NO_EXPORT WANCO_NULL_FUNCTION /* entry, start_export, command_export: there is none */

void wanco_activation_create(struct wanco_activation *activation, uint64_t stack_size);

/* ---- ending.c: traps are raised here and reported above; the codes are WANCO_TRAP_... ---- */

/* What the folders above do; set when the instance is made. Until then the process just ends. */
struct wanco_handlers {
  void (*trapped)(const struct wanco_registers *registers, uint32_t code) __attribute__((noreturn)); /* and reported */
  void (*exited)(int status) __attribute__((noreturn));
  void (*interrupted)(void); /* takes a checkpoint where one was requested; returns if the program goes on */
};
extern struct wanco_handlers wanco_handlers;

/* Notes how the program ended; true: somebody waits for that (activation->waiting). */
bool wanco_note_outcome(uint32_t outcome, uint32_t code);
_Noreturn void wanco_trap_at_anchor(uint32_t code);     /* at the call of an anchored function */
_Noreturn void wanco_trap_at_start(uint32_t code);      /* while the instance is being made */
_Noreturn void wanco_trap_with_text(const char *text);  /* WANCO_TRAP_HOST */
const char *wanco_trap_message(uint32_t code);          /* of the last trap, which has this code */

/* What a host function does when a system call returned -EINTR (or sys_blocking() did) and
   nothing has been done yet: takes a checkpoint where one was requested, as of the call of the
   host function, which a restored program issues again. Returns if the program goes on. */
void wanco_host_interrupted(struct wanco_instance *instance);

/* ---- signals.c ---- */

typedef void wanco_fault_handler(int signal, uint64_t address, void *info, void *context);
typedef void wanco_signal_handler(int signal);
/* Faults go to the one from now on, signals that are asked for to the other. */
void wanco_signals_start(wanco_fault_handler *fault, wanco_signal_handler *request);
void wanco_signal_request(int signal);
void wanco_signal_request_timed(int signal, uint64_t first, uint64_t interval); /* microseconds; interval 0: once */
void wanco_signals_unblock(uint64_t signals); /* bits 1 << (signal - 1): whoever started this process may have blocked them */
void wanco_signal_default(int signal);
bool wanco_signal_forward(int signal, void *info, void *context); /* to the handler that was there before; false: none */

/* ---- safepoint_table.c: what is known of return addresses ----

   No read goes beyond the table, whatever it holds: a damaged one ends a walk. */

/* Bytes that are still to be read. */
struct wanco_cursor {
  const uint8_t *at, *end;
};

/* What a table knows of one return address. */
struct wanco_record {
  struct wanco_cursor row;      /* how to unwind the frame; empty: it cannot be */
  struct wanco_cursor saves;    /* the pool that rows refer to */
  struct wanco_cursor values;   /* the recorded values that were not read yet ... */
  struct wanco_cursor repeated; /* ... after so many of these */
  uint64_t repeated_count;
  const uint8_t *pool;     /* where values begin that can be repeated */
  uint64_t function, site; /* what the block is near */
};

/* A recorded value: its bytes lie at address (in memory or in a struct wanco_registers, as
   many as its type has), or where address is null it is the constant. */
struct wanco_value {
  const void *address;
  uint64_t constant;
};

/* Looks a return address up. False: it belongs to no record. */
bool wanco_table_find(const struct wanco_unit *units, uint32_t unit_count, uint64_t return_address, struct wanco_record *record);

/* Reads the record's next value, which lies in the frame with the given registers. False:
   no value is left. */
bool wanco_record_next(struct wanco_record *record, const struct wanco_registers *registers, struct wanco_value *value);

/* Whether values are left. */
bool wanco_record_has_next(const struct wanco_record *record);

/* Turns a frame's registers into its caller's. False: the frame cannot be left, because the
   row is damaged or leads downwards; the registers are of no use then. */
bool wanco_unwind(struct wanco_registers *registers, const struct wanco_record *record);

/* The index of the WebAssembly function that an address lies in, or WANCO_NULL_FUNCTION.
   For a return address pass the address before it, here and below. */
uint32_t wanco_table_function(const struct wanco_unit *units, uint32_t unit_count, uint64_t pc);

/* Turns the registers of a frame that is at any address pc (not necessarily at a call) into
   its caller's; the return address is then in WANCO_DWARF_RA. Where innermost is false the
   frame must have saved its return address. False: it cannot be left. */
bool wanco_unwind_at(const struct wanco_unit *units, uint32_t unit_count, uint64_t pc, bool innermost,
                     struct wanco_registers *registers);

/* ---- sites.c: what is recorded at safepoints ---- */

enum { WANCO_ROLE_LOCAL, WANCO_ROLE_STACK, WANCO_ROLE_GLOBAL };

struct wanco_slot {
  uint8_t type;   /* WANCO_VALUE_CODE_... */
  bool raw_nan;   /* if it is a NaN, its bits are open */
  uint8_t role;
  uint32_t index;
};

struct wanco_site {
  uint32_t number, function, offset;
  uint8_t kind; /* WANCO_SITE_KIND_... */
  uint32_t callee;
  uint32_t local_count, stack_count;
  const uint8_t *locals, *stack; /* encoded */
};

struct wanco_site_values {
  const struct wanco_site *site;
  const uint8_t *local;
  uint32_t taken;
};

void wanco_site_read(uint64_t number, struct wanco_site *site);
struct wanco_site_values wanco_site_values(const struct wanco_site *site);
bool wanco_site_next(struct wanco_site_values *values, struct wanco_slot *slot);
/* The frame slot where a resume function has a value of a site. */
void *wanco_frame_slot(const struct wanco_frame *frame, const struct wanco_site *site, struct wanco_slot slot);

/* ---- values.c ---- */

size_t wanco_native_size(uint8_t type);
size_t wanco_payload_size(uint8_t type);
void wanco_value_save(struct wanco_slot slot, const void *native, uint8_t payload[16]);
bool wanco_value_load(uint8_t type, const uint8_t *payload, void *native); /* false: no such value can be */
bool wanco_is_referenceable(uint64_t function);
const struct wanco_funcref *wanco_function_reference(uint32_t function); /* NULL for WANCO_NULL_FUNCTION */

/* ---- walk.c ---- */

/* A WebAssembly frame as a safepoint's record tells of it. */
struct wanco_virtual_frame {
  uint64_t id; /* site number, WANCO_ENTRY_SITE, WANCO_TAIL_SITE or a place (WANCO_LOCATION_SITE) */
  bool is_site;
  struct wanco_site site;
  const struct wanco_frame *slots; /* where the values are, if a resume function has them in memory; else NULL */
  struct wanco_record values; /* to be read with the registers of its machine frame */
};

/* How many frames a record holds; false: it is damaged. */
bool wanco_record_frames(const struct wanco_record *record, const struct wanco_registers *registers, uint32_t *count);
/* One of them, from 0 for the outermost; the record is known to be good. */
void wanco_record_frame(const struct wanco_record *record, const struct wanco_registers *registers, uint32_t i,
                        struct wanco_virtual_frame *frame);

/* Visits all frames that are at sites, innermost first, until the visitor has seen enough and
   returns false. False: the walk did not end at an entry wrapper, or something in between is no
   site. */
typedef bool wanco_visitor(void *context, const struct wanco_virtual_frame *frame, const struct wanco_registers *registers);
bool wanco_walk(const struct wanco_registers *innermost, wanco_visitor *visit, void *context);
