#include <wanco.h>

/* The FNV-1a hash of bytes in the program's memory. */
uint32_t WANCO_HOST(hash, fnv1a)(struct wanco_instance *instance, uint32_t hash, uint32_t address, uint32_t size)
{
    const uint8_t *bytes = wanco_guest_memory(instance, address, size);
    if (!bytes)
        wanco_exit(1);
    for (uint32_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * 16777619u;
    return hash;
}
