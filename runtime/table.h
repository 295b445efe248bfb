/* Safepoint tables and the stack walk over them.

   A table describes one text section of one codegen unit. It is made at compile time (by
   wanco/table.py, which states the same grammar) from LLVM's stack maps and .eh_frame, so
   that nothing has to interpret either at run time. Little-endian; LEB is unsigned LEB128.

     table    = header return[records] record[records] start[functions] function[functions]
                program[functions] rows values programs
     header   = size text_size records functions rows values programs     (u32 each)
     return   = u32: return address of the record, as offset from the anchor; ascending
     record   = u32: its entry, as offset into values
     start    = u32: start of the function, as offset from the anchor; ascending; it ends
                where the next one starts
     function = u32: its index in WebAssembly, or WANCO_NULL_FUNCTION
     program  = u32: its rows, as offset into programs
     rows     = row*
     row      = LEB register, LEB offset: the canonical frame address is register + offset
                LEB count, count x { LEB register, LEB slot }: saved at CFA - 8 * slot
     values   = entry*
     entry    = LEB row (offset into rows), LEB count, count x value
     value    = LEB (x << 2 | kind); zigzag numbers are (n << 1) ^ (n >> 63)
                kind 0  in register x
                kind 1  in memory at SP + 4 * x
                kind 2  the constant x, zigzag
                kind 3  in memory at register (x & 127) + (x >> 7), zigzag; but
                        register 127: the constant in the next eight bytes
                        register 126: the constant WANCO_LOCATION_SITE | x >> 7 << 32 | LEB
     programs = program*
     program  = LEB count, count x { LEB delta, LEB row }: from start + sum of deltas on,
                offset into rows + 1; 0: code that cannot be unwound

   header.size is the size of the whole table, a multiple of eight, text_size that of the
   section from the anchor on; rows, values and programs are offsets from the start of the
   table. Registers are DWARF numbers. A return address may equal the end of its section (a
   call that does not return), so a section's range is (text, text + text_size].

   No read goes beyond the table, whatever it holds: a damaged one ends a walk. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/arch.h"
#include "wanco_layout.h"

/* The registers of a frame at one of its calls, by DWARF number: those that calls preserve,
   the stack pointer as it is right after the call has returned, and in WANCO_DWARF_RA the
   return address into this frame. */
struct wanco_registers {
  uint64_t r[WANCO_REGISTERS];
};

/* Bytes that are still to be read. */
struct wanco_cursor {
  const uint8_t *at, *end;
};

/* What a table knows of one return address. */
struct wanco_record {
  struct wanco_cursor row;    /* how to unwind the frame */
  struct wanco_cursor values; /* the recorded values that were not read yet */
  uint32_t count;             /* how many they are */
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
