/* Fills a buffer over and over, and lets a function outside of WebAssembly look at it. */
#include <stdint.h>
#include <stdio.h>

__attribute__((import_module("hash"), import_name("fnv1a")))
uint32_t fnv1a(uint32_t hash, const void *bytes, uint32_t size);

static uint8_t buffer[1 << 12];

int main(void)
{
    uint32_t hash = 2166136261u, state = 1;
    for (int round = 0; round < 50; round++) {
        for (size_t i = 0; i < sizeof buffer; i++) {
            state = state * 1664525u + 1013904223u;
            buffer[i] = state >> 24;
        }
        hash = fnv1a(hash, buffer, sizeof buffer);
    }
    printf("checksum %08x\n", (unsigned)hash);
    return 0;
}
