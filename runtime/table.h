/* Safepoint tables and the stack walk over them.

   A table describes one text section of one codegen unit. It is made at compile time (by
   wanco/objects/safepoint_table.py, which states the same grammar) from LLVM's stack maps and .eh_frame, so
   that nothing has to interpret either at run time. Little-endian; LEB is unsigned LEB128.

     table    = header base[blocks] block[blocks] start[functions] function[functions]
                program[functions] rows saves heads values programs
     header   = size text_size blocks functions rows saves heads values programs     (u32 each)
     base     = u32: the first return address of the block, as offset from the anchor; ascending
     block    = u32: the block's head, as offset into heads
     start    = u32: start of the function, as offset from the anchor; ascending; it ends
                where the next one starts
     function = u32: its index in WebAssembly, or WANCO_NULL_FUNCTION
     program  = u32: its rows, as offset into programs
     rows     = row*
     row      = LEB (x << 1 | other), LEB register if other, LEB saves: the canonical frame
                address is 8 * x + the register, or the stack pointer; saves: offset into saves
     saves    = { LEB count, count x { LEB register, LEB slot } }*: saved at CFA - 8 * slot
     heads    = head*
     head     = LEB count, LEB function, LEB site, LEB values, count x { LEB delta, LEB length }:
                records, each with the distance of its return address to that of the one before
                (or base) and the length of its entry; the first one's begins at values,
                an offset into values
     values   = entry*
     entry    = LEB row (offset into rows + 1; 0: the walk ends here), value*
     value    = byte x
                0 to 31     in register x
                32 to 191   in memory at SP + 4 * (x - 32)
                192 to 207  the constant x - 192, zigzag
                208 to 239  the constant head's site + x - 208
                240         in register LEB
                241         in memory at SP + 4 * LEB
                242         the constant LEB, zigzag
                243         the constant in the next eight bytes
                244         in memory at register LEB + LEB, zigzag
                245         the constant WANCO_LOCATION_SITE | function << 32 | offset: LEB, zigzag, more
                            than head's function; LEB
                246         the constant head's site + LEB, zigzag
                247         the same with WANCO_HOMED_SITE set
                248         LEB count, LEB distance: values that begin so many bytes before x, none
                            of which is of this form
     programs = program*
     program  = LEB count, count x { LEB delta, LEB row }: from start + sum of deltas on,
                offset into rows + 1; 0: code that cannot be unwound

   Zigzag numbers are (n << 1) ^ (n >> 63). header.size is the size of the whole table, a multiple
   of eight, text_size that of the section from the anchor on; the last five of the header are
   offsets from the start of the table. Registers are indices of a struct wanco_registers. A return address may equal
   the end of its section (a call that does not return), so a section's range is
   (text, text + text_size].

   No read goes beyond the table, whatever it holds: a damaged one ends a walk. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/arch.h"
#include "wanco_layout.h"

/* The registers of a frame at one of its calls, by DWARF number, vectors (two elements each) at
   WANCO_VECTOR(n): those that calls preserve, the stack pointer as it is right after the call has
   returned, and in WANCO_DWARF_RA the return address into this frame. */
struct wanco_registers {
  uint64_t r[WANCO_REGISTERS];
};

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
